//! Who hears of an assignment: the server's engine, at whatever distance.

use std::fmt;

use futures_util::future::BoxFuture;

use crate::adapters::failure::Failure;
use crate::domain::run::Report;

/// Takes reports.
pub trait Hears: Send + Sync + fmt::Debug {
    /// Takes one. An error means that it should be told again; the same word may come twice.
    fn report(&self, report: Report) -> BoxFuture<'_, Result<(), Failure>>;
}
