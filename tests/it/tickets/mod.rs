//! Trackers: the contract over every recipe that is shipped, against stand-ins that refuse what the
//! vendors refuse; Request Tracker as it really is.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "real programs are started on the real clock, and what is skipped is said"
)]

mod atlassian;
mod forge;
pub(crate) mod house;

mod other;
mod real_rt;

use std::collections::BTreeMap;
use std::sync::Arc;

use url::Url;
use warroom::adapters::http;
use warroom::adapters::tickets::recipe::Recipe;
use warroom::adapters::tickets::recipe::tracker::{Asked, Options};
use warroom::domain::secret::Secret;

use self::house::House;
use crate::contract::tickets::{World, tracker_suite};
use crate::world::vendor::{Call, Reply, Vendor};

tracker_suite! { github, gitlab, jira, jira_server, redmine, request_tracker, zendesk }

type Speaks = fn(&House, &Call) -> Reply;

/// A stand-in that speaks like the vendor, and the tracker before it.
pub(crate) async fn world(name: &str) -> World {
    let (project, user, prefix, speaks): (&str, Option<&str>, &'static str, Speaks) = match name {
        "github" => ("example/operations", None, "", forge::github),
        "gitlab" => ("example/operations", None, "", forge::gitlab),
        "jira" => ("OPS", Some("warroom@example.org"), "OPS-", atlassian::cloud),
        "jira_server" => ("OPS", None, "OPS-", atlassian::server),
        "redmine" => ("operations", None, "", other::redmine),
        "request_tracker" => ("General", None, "", other::request_tracker),
        "zendesk" => ("", Some("warroom@example.org/token"), "", other::zendesk),
        name => panic!("no stand-in speaks {name}"),
    };
    let house = Arc::new(House::new(prefix, name != "request_tracker"));
    let shared = house.clone();
    let vendor = Vendor::start(move |call| match shared.first() {
        Some(reply) => reply,
        None => speaks(&shared, call),
    })
    .await;
    let values = match name {
        "redmine" => [("closed".to_owned(), "5".to_owned())].into(),
        _ => BTreeMap::new(),
    };
    let tracker = asked(name, (&vendor.url(), "hunter2"), (project, user), values);
    World { tracker: Box::new(tracker), house }
}

/// A tracker by a shipped recipe.
pub(crate) fn asked(
    recipe: &str,
    (url, token): (&str, &str),
    (project, user): (&str, Option<&str>),
    values: BTreeMap<String, String>,
) -> Asked {
    let options = Options {
        name: "tracker".into(),
        url: Some(Url::parse(url).unwrap()),
        user: user.map(str::to_owned),
        token: Some(Secret::new(token)),
        project: project.to_owned(),
        values,
        home: Some(Url::parse("https://warroom.example.org/").unwrap()),
    };
    Asked::new(http::client().unwrap(), Recipe::shipped(recipe).unwrap(), options).unwrap()
}

/// A number below `most` characters and above none, as vendors count them.
pub(crate) fn fits(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.chars().count())
}
