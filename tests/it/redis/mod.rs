//! The brain on real Redis servers: the contract over each kind, and the faults of each kind.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "helpers of tests; a broken assumption shall fail loudly"
)]

mod failover;
mod faults;
mod stores;

use std::sync::Arc;

use warroom::brain::Error;
use warroom::brain::redis::{Options, Redis};

use crate::contract::brain::{Store, shared_suite, suite};
use crate::world::redis::{CLUSTER, ONE, TRIO, address, options};

/// A handle on a fresh store, and another one on the same.
async fn fresh(url: &str) -> Store {
    let options = options();
    let brain = Arc::new(open(url, &options).await.unwrap());
    let other = Arc::new(open(url, &options).await.unwrap());
    Store { brain, other: Some(other), _keep: Box::new(()) }
}

async fn open(url: &str, options: &Options) -> Result<Redis, Error> {
    Redis::open(address(url), options.clone()).await
}

async fn on_one() -> Store {
    fresh(&ONE).await
}

async fn on_sentinel() -> Store {
    fresh(&TRIO).await
}

async fn on_cluster() -> Store {
    fresh(&CLUSTER).await
}

mod one {
    use super::{shared_suite, suite};

    suite!(crate::redis::on_one);
    shared_suite!(crate::redis::on_one);
}

mod sentinel {
    use super::{shared_suite, suite};

    suite!(crate::redis::on_sentinel);
    shared_suite!(crate::redis::on_sentinel);
}

mod cluster {
    use super::{shared_suite, suite};

    suite!(crate::redis::on_cluster);
    shared_suite!(crate::redis::on_cluster);
}
