//! The simulated brain keeps the contract that every brain keeps: what is found over it would happen
//! over the others. Its bad habits are left out here.

#[path = "../../it/contract/brain/mod.rs"]
#[expect(
    clippy::panic,
    clippy::expect_used,
    clippy::cast_possible_truncation,
    reason = "the checks are tests, which may fail loudly"
)]
pub(crate) mod brain;

use std::future::{Ready, ready};
use std::sync::Arc;

use self::brain::{Store, shared_suite, suite};
use crate::brain::SimBrain;
use crate::habits::Habits;
use crate::world::{Life, Shared};

fn make() -> Ready<Store> {
    let world = Shared::new(0, Habits::default(), None);
    let handle = |name| Arc::new(SimBrain { world: world.clone(), life: Life::new(name, 0) });
    ready(Store { brain: handle("ann"), other: Some(handle("bob")), _keep: Box::new(()) })
}

suite!(crate::contract::make);
shared_suite!(crate::contract::make);
