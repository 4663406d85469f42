//! `[trackers.<name>]`: where tickets are, beside the local register.

use std::collections::BTreeMap;
use std::path::PathBuf;

use url::Url;

use super::secrets::{Held, held};
use crate::domain::diagnostic::Diagnostic;
use crate::domain::diagnostic::Diagnostics;
use crate::domain::files::{Node, named, one_of, table, text, url};

/// One tracker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tracker {
    /// How it is asked.
    pub recipe: Recipe,
    /// Where its API is. None: where the recipe says.
    pub url: Option<Url>,
    /// Who we are to it, where it wants a name.
    pub user: Option<String>,
    /// What proves it.
    pub token: Option<Held>,
    /// The project, the repository or the queue.
    pub project: String,
    /// What else the recipe needs.
    pub values: BTreeMap<String, String>,
}

/// How a tracker is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipe {
    /// By a recipe that is shipped.
    Shipped(&'static str),
    /// By a recipe of the team's own.
    File(PathBuf),
}

/// `recipe` stands for a file of one's own; the rest is shipped.
const KINDS: &[(&str, &str)] = &[
    ("github", "github"),
    ("gitlab", "gitlab"),
    ("jira", "jira"),
    ("jira_server", "jira_server"),
    ("redmine", "redmine"),
    ("request_tracker", "request_tracker"),
    ("zendesk", "zendesk"),
    ("recipe", OWN),
];
const OWN: &str = "recipe";

/// The name of the register that warroom keeps itself.
const LOCAL: &str = "local";

pub(super) fn tracker(name: &str, node: &Node, out: &mut Diagnostics) -> Option<Tracker> {
    if name == LOCAL || name.contains(':') {
        let fault = format!("a tracker cannot be called {name:?}");
        let label = "`local` is the register here, and `:` ends the name in a ticket's id";
        out.push(Diagnostic::error(&node.place, fault).label(label));
    }
    table(node, &format!("trackers.{name}"), out, |fields| {
        let kind = fields.required("kind", one_of(KINDS));
        let file = fields.optional("recipe", text).map(PathBuf::from);
        let url = fields.optional("url", url);
        let user = fields.optional("user", text);
        let token = held(fields, "token", "token_file");
        let project = fields.required("project", text);
        let values = fields.optional("values", named(|_, node, out| text(node, out)));
        let recipe = match (kind?, file) {
            (OWN, Some(file)) => Recipe::File(file),
            (OWN, None) => {
                let fault = "`recipe` must name the file with the recipe";
                fields.out.push(Diagnostic::error(fields.place(), fault).label("no file here"));
                return None;
            }
            (kind, None) => Recipe::Shipped(kind),
            (_, Some(_)) => {
                let fault = "`recipe` is for the kind \"recipe\" only";
                fields.out.push(Diagnostic::error(fields.place(), fault).label("leave it out"));
                return None;
            }
        };
        let values = values.unwrap_or_default();
        Some(Tracker { recipe, url, user, token, project: project?, values })
    })
    .flatten()
}
