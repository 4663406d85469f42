//! The contract of every brain, over the simulated one: what the simulation rests on is what the
//! real brains do.

use std::sync::Arc;

use warroom::brain::Brain;

use crate::brain::SimBrain;
use crate::habits::Habits;
use crate::world::{Life, Shared};

#[expect(clippy::panic, clippy::expect_used, reason = "a broken contract must stop the test")]
#[path = "../it/contract/brain/mod.rs"]
pub(crate) mod brain;

/// A brain without bad habits, and another process' handle on it.
#[expect(clippy::unused_async, reason = "the suite awaits what makes a store")]
pub(crate) async fn simulated() -> brain::Store {
    let world = Shared::new(0, Habits::default(), None);
    let handle = |name| -> Arc<dyn Brain> {
        Arc::new(SimBrain { world: world.clone(), life: Life::new(name, 0) })
    };
    brain::Store { brain: handle("ann"), other: Some(handle("bob")), _keep: Box::new(()) }
}

brain::suite!(crate::contract::simulated);
brain::shared_suite!(crate::contract::simulated);
