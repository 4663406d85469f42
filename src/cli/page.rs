//! `warroom page test`: wakes somebody by one pager, with no server, and tells what the other side
//! answered. Nobody should learn at three in the morning that a number is wrong.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};

use super::files::Files;
use crate::adapters::http;
use crate::adapters::pagers::{Call, Page, To};
use crate::domain::ids::{CaseId, EffectId, Number};
use crate::engine::clock::{Clock, System};
use crate::wiring;

/// The arguments of `warroom page`.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Subcommand)]
enum What {
    /// Send a test page by one pager, and say what the other side answered.
    Test(Test),
}

#[derive(Debug, Clone, Args)]
struct Test {
    #[command(flatten)]
    files: Files,
    /// The pager, as [pagers.NAME] calls it.
    pager: String,
    /// A telephone number, mail address or topic; without it, where the pager sends what is for
    /// nobody in particular.
    #[arg(long, value_name = "ADDRESS")]
    to: Option<String>,
}

/// Sends the page. Exit code 1: it was not taken.
///
/// # Errors
/// When there is no such pager, or it does not take the page.
#[expect(clippy::print_stdout, reason = "a command tells the person who called it")]
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let What::Test(Test { files, pager: name, to }) = arguments.what;
    let config = files.config()?;
    let client = http::client().context("cannot build the HTTP client")?;
    let pagers = wiring::pagers(&config, &client)?;
    let Some(pager) = pagers.get(name.as_str()) else {
        let known: Vec<&str> = pagers.keys().map(|name| name.as_str()).collect();
        bail!("no pager is called {name:?}; there are: {}", known.join(", "));
    };
    let serial = u64::try_from(System::default().random() >> 64).unwrap_or_default();
    let page = Page {
        id: EffectId { case: CaseId { shard: 0, serial }, event: 0, index: 0 },
        attempt: 1,
        call: Call::Page,
        number: Number(0),
        policy: "test",
        step: 1,
        severity: "test",
        text: "This is a test page from warroom. Nothing is wrong, and there is nothing to do.",
        to: to.as_deref().map(|address| To { person: "test", address }),
        links: None,
        picture: None,
    };
    match pager.page(page).await {
        Ok(receipt) => {
            println!("{name} has taken the page: {}", receipt.id);
            Ok(ExitCode::SUCCESS)
        }
        Err(failure) => bail!("{name} has not taken the page: {failure}"),
    }
}
