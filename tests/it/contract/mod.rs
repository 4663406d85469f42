//! Suites that run over every implementation of a trait.

pub(crate) mod brain;
mod embedded;
