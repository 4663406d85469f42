//! The brain in memory keeps the contract that every brain keeps.

use std::future::{Ready, ready};
use std::sync::Arc;

use warroom::brain::memory::Memory;

use crate::contract::brain::{Store, suite};

fn make() -> Ready<Store> {
    ready(Store { brain: Arc::new(Memory::default()), other: None, _keep: Box::new(()) })
}

suite!(crate::contract::memory::make);
