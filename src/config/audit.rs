//! `[audit]`: where checkpoints of the audit log go.

use std::path::PathBuf;

use chrono::TimeDelta;
use url::Url;

use super::secrets::{Held, held};
use super::sections::section;
use crate::domain::diagnostic::{Diagnostic, Diagnostics};
use crate::domain::files::{Node, duration, text, url};

/// `[audit]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// How often, where there is anything new.
    pub checkpoint_every: TimeDelta,
    /// The file that each is appended to.
    pub checkpoint_file: Option<PathBuf>,
    /// The address that each is posted to.
    pub checkpoint_webhook: Option<Outpost>,
}

/// `[audit.checkpoint_webhook]`: a keeper outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outpost {
    /// Its address.
    pub url: Url,
    /// What posts to it are signed with.
    pub secret: Option<Held>,
}

/// The shortest interval: each checkpoint is a request to somebody else's server.
const EVERY_MIN: TimeDelta = TimeDelta::seconds(1);

pub(super) fn audit(node: &Node, out: &mut Diagnostics) -> Option<Audit> {
    section(node, "audit", out, |fields| {
        let every = fields.required("checkpoint_every", duration);
        if every.is_some_and(|every| every < EVERY_MIN) {
            let fault = "checkpoints need a second between them at least";
            fields.out.push(Diagnostic::error(fields.place(), fault).label("too often"));
        }
        let file = fields.optional("checkpoint_file", text).map(PathBuf::from);
        let webhook = fields.optional("checkpoint_webhook", outpost);
        Some(Audit { checkpoint_every: every?, checkpoint_file: file, checkpoint_webhook: webhook })
    })
}

fn outpost(node: &Node, out: &mut Diagnostics) -> Option<Outpost> {
    section(node, "audit.checkpoint_webhook", out, |fields| {
        let url = fields.required("url", url);
        let secret = held(fields, "secret", "secret_file");
        Some(Outpost { url: url?, secret })
    })
}
