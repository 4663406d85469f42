//! What wakes people, against servers that take what the vendors take, and what comes back.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "real programs are started on the real clock, and what is skipped is said"
)]

mod answers;
mod command;
mod contract;
mod duty;

mod lab;
mod links;
mod mail;
mod push;
mod smtp;
mod telephone;

use url::Url;
use warroom::adapters::pagers::{Call, Links, Page};
use warroom::domain::ids::{CaseId, EffectId, Number};

/// A page about incident 42.
pub(crate) fn page(text: &str) -> Page<'_> {
    Page {
        id: EffectId { case: CaseId { shard: 3, serial: 7 }, event: 9, index: 1 },
        attempt: 1,
        call: Call::Page,
        number: Number(42),
        policy: "cms",
        step: 1,
        severity: "sev1",
        text,
        to: None,
        links: None,
        picture: None,
    }
}

/// The addresses that a page carries.
pub(crate) fn links() -> Links {
    let url = |text: &str| Url::parse(text).unwrap();
    Links {
        incident: url("https://warroom.example.org/incidents/42"),
        acknowledge: Some(url("https://warroom.example.org/a/1.abc.def")),
    }
}
