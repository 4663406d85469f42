//! How senders prove who they are.

use compact_str::CompactString;

use super::secrets::{Held, held, required};
use crate::domain::diagnostic::Diagnostics;
use crate::domain::files::{Node, one_of, table, text};

/// How a sender proves who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Auth {
    /// Not at all: this machine only.
    None,
    /// A bearer token: any of these.
    Bearer(Vec<Held>),
    /// A name and a password: any of these.
    Basic(CompactString, Vec<Held>),
    /// A signature over time and body, with any of these keys.
    Hmac(Vec<Held>),
}

#[derive(Clone, Copy)]
enum AuthName {
    None,
    Bearer,
    Basic,
    Hmac,
}

const AUTHS: &[(&str, AuthName)] = &[
    ("none", AuthName::None),
    ("bearer", AuthName::Bearer),
    ("basic", AuthName::Basic),
    ("hmac", AuthName::Hmac),
];

pub(super) fn auth(node: &Node, out: &mut Diagnostics) -> Option<Auth> {
    table(node, "auth", out, |fields| {
        let kind = fields.required("kind", one_of(AUTHS))?;
        Some(match kind {
            AuthName::None => Auth::None,
            AuthName::Bearer => Auth::Bearer(both(
                required(fields, "token", "token_file"),
                held(fields, "old_token", "old_token_file"),
            )),
            AuthName::Basic => {
                let user = fields.required("user", text);
                let passwords = both(
                    required(fields, "password", "password_file"),
                    held(fields, "old_password", "old_password_file"),
                );
                Auth::Basic(user?.into(), passwords)
            }
            AuthName::Hmac => Auth::Hmac(both(
                required(fields, "secret", "secret_file"),
                held(fields, "old_secret", "old_secret_file"),
            )),
        })
    })
    .flatten()
}

/// The secret and its predecessor, so that a sender can change it without a gap.
fn both(new: Option<Held>, old: Option<Held>) -> Vec<Held> {
    new.into_iter().chain(old).collect()
}
