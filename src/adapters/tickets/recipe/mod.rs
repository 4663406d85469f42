//! Trackers as recipes: what is asked of an HTTP API, written down in TOML.
//!
//! Those that many teams have are shipped, one file each in `shipped`; any other is a file of the
//! team's own. A recipe says requests and where things stand in the answers. How to be careful with
//! them (look before creating again, never say a thing twice, never adopt a stranger's ticket) is
//! the same for all of them and stands in [`tracker`].

mod fill;
mod request;
pub mod tracker;
mod words;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

pub use words::Markup;

/// How a tracker is asked.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Where the API is, for those that have one address for everybody.
    pub url: Option<String>,
    /// How a request says who we are.
    pub auth: Auth,
    /// What every request carries beside it.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// What a text may contain that means something to the tracker.
    #[serde(default)]
    pub markup: Markup,
    /// Characters of a title at most.
    #[serde(default = "title_max")]
    pub title_max: usize,
    /// Characters of a body or comment at most.
    #[serde(default = "text_max")]
    pub text_max: usize,
    /// The configuration's own values that the recipe needs; those with a text have that default.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// Makes a ticket; `id` is where its key stands in the answer.
    pub create: Ask,
    /// Lists tickets among which ours may be; `id` and `text` stand in each.
    pub find: Ask,
    /// Lists what was said about a ticket; `text` stands in each.
    pub comments: Option<Ask>,
    /// Says something about a ticket.
    pub comment: Ask,
    /// Closes it.
    pub close: Ask,
    /// Opens it again.
    pub reopen: Ask,
    /// Shows it.
    pub look: Look,
    /// Asks who we are, or whether the project is there.
    pub about: Ask,
}

/// How a request says who we are.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Auth {
    /// `Authorization: Bearer …`.
    Bearer,
    /// A name and a password, or what stands for one.
    Basic,
    /// A header of its own.
    Header {
        /// Its name.
        name: String,
        /// What stands before the token.
        #[serde(default)]
        before: String,
    },
}

/// One request.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// `GET`, `POST`, `PUT` or `PATCH`; without it, `GET` where there is no body, else `POST`.
    pub method: Option<String>,
    /// Below the address, with places.
    pub path: String,
    /// The query, with places.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// What only this request carries, with places.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body, with places.
    pub json: Option<Value>,
    /// Where the list stands in the answer: `issues`; nothing: the answer is the list.
    #[serde(default)]
    pub each: String,
    /// Where the key stands.
    #[serde(default)]
    pub id: String,
    /// Where the text stands that must hold our marker. Nothing: the question was exact.
    #[serde(default)]
    pub text: String,
    /// What is to be looked up first; its id is the place `picked`.
    pub pick: Option<Pick>,
}

/// Something that is looked up by its name, and never guessed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pick {
    /// Where the list is asked for, with places.
    pub path: String,
    /// Where it stands in the answer.
    #[serde(default)]
    pub each: String,
    /// Where the name stands in each.
    pub name: String,
    /// The name that is wanted, with places.
    pub is: String,
    /// Where the id stands in each.
    pub id: String,
}

/// How a ticket is shown.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// Below the address, with places.
    pub path: String,
    /// Where the title stands.
    pub title: String,
    /// Where the status stands.
    pub status: String,
    /// The words of it that mean that somebody must do something yet.
    #[serde(default)]
    pub open: Vec<String>,
    /// The words of it that mean that nobody must; where they are given, all others mean open.
    #[serde(default)]
    pub closed: Vec<String>,
    /// Where the page for people stands in the answer, or its address with places.
    #[serde(default)]
    pub page: String,
}

/// Many trackers take 255.
fn title_max() -> usize {
    250
}

/// The smallest limit of those shipped is 32,767, Jira's.
fn text_max() -> usize {
    30_000
}

/// The recipes that are shipped, by the word for `kind`.
const SHIPPED: [(&str, &str); 7] = [
    ("github", include_str!("shipped/github.toml")),
    ("gitlab", include_str!("shipped/gitlab.toml")),
    ("jira", include_str!("shipped/jira.toml")),
    ("jira_server", include_str!("shipped/jira_server.toml")),
    ("redmine", include_str!("shipped/redmine.toml")),
    ("request_tracker", include_str!("shipped/request_tracker.toml")),
    ("zendesk", include_str!("shipped/zendesk.toml")),
];

/// Why a text is no recipe.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unusable(String);

impl Recipe {
    /// Reads a recipe.
    ///
    /// # Errors
    /// What is wrong with it, with line and column.
    pub fn parse(text: &str) -> Result<Self, Unusable> {
        toml::from_str(text).map_err(|error| Unusable(error.to_string()))
    }

    /// A recipe that is shipped.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn shipped(name: &str) -> Result<Self, Unusable> {
        let text = SHIPPED.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
        Self::parse(text.ok_or_else(|| Unusable(format!("no recipe is called {name:?}")))?)
    }

    /// The names of those that are shipped.
    pub fn names() -> impl Iterator<Item = &'static str> {
        SHIPPED.iter().map(|(name, _)| *name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_recipe_can_be_read() {
        for name in Recipe::names() {
            Recipe::shipped(name).unwrap_or_else(|unusable| panic!("{name}: {unusable}"));
        }
    }

    #[test]
    fn a_mistake_in_a_recipe_is_told_with_its_place() {
        let text = "auth = \"bearer\"\n[create]\npth = \"/x\"\n";
        let told = Recipe::parse(text).unwrap_err().to_string();
        assert!(told.contains("line 3") && told.contains("pth"), "{told}");
    }
}
