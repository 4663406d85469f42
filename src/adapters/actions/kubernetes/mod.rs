//! `kubernetes`: restarts, takes back and scales what runs in a cluster, deletes pods, and waits until the
//! cluster says that it is done.
//!
//! A dry run is the server's own: admission and quotas have their say, nothing is kept. Every change
//! names the version of the object that was looked at, so what somebody changed meanwhile is refused. It
//! refuses namespaces that the operator has not listed, and says so when a controller that follows git
//! owns the object and will undo the change.

#[cfg(feature = "kubernetes")]
mod cluster;
#[cfg(feature = "kubernetes")]
mod gitops;
mod kind;
#[cfg(feature = "kubernetes")]
mod rollout;
#[cfg(feature = "kubernetes")]
mod undo;
#[cfg(feature = "kubernetes")]
mod work;

pub use kind::{Cluster, KIND};
#[cfg(feature = "kubernetes")]
pub use work::Kubernetes;
