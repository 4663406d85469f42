//! What runbooks may say of a cluster, and how an operator names one.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::domain::runbook::{Field, Kind, Shape};

const VERBS: &[&str] = &["restart", "undo", "scale", "delete"];
const KINDS: &[&str] = &["deployment", "statefulset", "daemonset", "pod"];
/// Replicas that a runbook may ask for: a typing mistake must not fill a cluster.
const REPLICAS_MAX: i64 = 1_000;

/// What a runbook may say of it.
pub const KIND: Kind = Kind {
    name: "kubernetes",
    help: "Restart, undo or scale a workload of a cluster, or delete a pod, and wait until it is done",
    plain: None,
    fields: &[
        Field {
            name: "cluster",
            help: "The cluster, by its name in [executor.clusters]",
            shape: Shape::Text,
            is_required: true,
            has_places: false,
        },
        Field {
            name: "namespace",
            help: "The namespace; the cluster's own list must allow it",
            shape: Shape::Text,
            is_required: true,
            has_places: true,
        },
        Field {
            name: "verb",
            help: "restart, undo (a deployment's last rollout), scale, delete (a pod)",
            shape: Shape::OneOf(VERBS),
            is_required: true,
            has_places: false,
        },
        Field {
            name: "kind",
            help: "deployment (the default), statefulset, daemonset, pod",
            shape: Shape::OneOf(KINDS),
            is_required: false,
            has_places: false,
        },
        Field {
            name: "name",
            help: "Its name",
            shape: Shape::Text,
            is_required: true,
            has_places: true,
        },
        Field {
            name: "replicas",
            help: "How many there shall be, for `scale`",
            shape: Shape::Number(0, REPLICAS_MAX),
            is_required: false,
            has_places: false,
        },
    ],
    outputs: &["replicas", "warning"],
    has_dry_run: true,
    is_repeatable: false,
};

/// A cluster that may be worked on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cluster {
    /// How it is reached; none: by the account of the pod that the executor runs in.
    pub kubeconfig: Option<PathBuf>,
    /// The context in that file; none: its current one.
    pub context: Option<String>,
    /// The namespaces that may be worked on.
    pub namespaces: Vec<String>,
}
