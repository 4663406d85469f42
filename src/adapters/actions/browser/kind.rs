//! What runbooks may say of a browser, and what an operator allows it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use url::Url;

use crate::adapters::actions::service;
use crate::domain::runbook::{Field, Kind, Shape};

/// What a runbook may say of it.
pub const KIND: Kind = Kind {
    name: "browser",
    help: "Walk through a site in a real browser; it passes or fails, with a screenshot",
    plain: None,
    fields: &[
        service::FIELD,
        Field {
            name: "site",
            help: "Where it begins, by its name in executor.sites",
            shape: Shape::Text,
            is_required: true,
            has_places: false,
        },
        Field {
            name: "steps",
            help: "`open /path`, `click CSS`, `type NAME into CSS`, `expect TEXT`, `screenshot`",
            shape: Shape::List,
            is_required: true,
            has_places: false,
        },
        Field {
            name: "values",
            help: "What is typed, by the names that the steps use",
            shape: Shape::Map,
            is_required: false,
            has_places: true,
        },
    ],
    outputs: &["steps", "screenshot"],
    has_dry_run: true,
    is_repeatable: false,
};

/// What an operator allows.
#[derive(Debug, Clone, Default)]
pub struct Sites {
    /// Where steps may go, by name.
    pub sites: BTreeMap<String, Url>,
    /// What the browser is started with, beside what is needed here.
    pub arguments: Vec<String>,
    /// The folder of screenshots.
    pub folder: PathBuf,
}
