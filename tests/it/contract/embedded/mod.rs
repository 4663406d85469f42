//! The embedded brain: the contract, and what only it promises.

mod power;
mod reopening;
mod sim;
mod size;

use std::sync::Arc;

use warroom::brain::embedded::{Embedded, Options};

use crate::contract::brain::{Store, suite};

#[expect(clippy::unused_async, reason = "the suite awaits what makes a store")]
async fn make() -> Store {
    let folder = tempfile::tempdir().unwrap();
    let brain = Embedded::open(folder.path(), &Options::default()).unwrap();
    Store { brain: Arc::new(brain), other: None, _keep: Box::new(folder) }
}

suite!(crate::contract::embedded::make);
