//! The actions of an executor.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::adapters::actions::cage::Cage;
use crate::adapters::actions::service::Services;
use crate::adapters::actions::{
    Action, ansible, browser, exec, github_actions, http, jenkins, kubernetes, recipe, ssh, systemd,
};

/// What actions work with.
pub(super) struct Means {
    pub(super) cage: Cage,
    pub(super) services: Arc<Services>,
    pub(super) inventory: ssh::Inventory,
    pub(super) playbooks: Option<PathBuf>,
    pub(super) units: Vec<String>,
    pub(super) clusters: BTreeMap<String, kubernetes::Cluster>,
    pub(super) sites: browser::Sites,
}

impl Means {
    /// Every action. What this build has no code for refuses, and names the feature.
    pub(super) fn build(self) -> anyhow::Result<Vec<Arc<dyn Action>>> {
        let Self { cage, services, inventory, playbooks, units, clusters, sites } = self;
        let mut actions: Vec<Arc<dyn Action>> = vec![
            Arc::new(exec::Exec::new(cage.clone())),
            Arc::new(http::Http::new(services.clone())),
            Arc::new(ssh::Ssh::new(cage.clone(), inventory)),
            Arc::new(ansible::Ansible::new(cage, playbooks)),
            Arc::new(jenkins::Jenkins::new(services.clone())),
            Arc::new(github_actions::GithubActions::new(services.clone())),
            systemd(units),
            kubernetes(clusters),
            Arc::new(browser::Browser::new(services.clone(), sites)),
        ];
        for recipe in recipe::Recipe::all(&services)? {
            actions.push(Arc::new(recipe));
        }
        Ok(actions)
    }
}

#[cfg(feature = "systemd")]
fn systemd(units: Vec<String>) -> Arc<dyn Action> {
    Arc::new(systemd::Systemd::new(units, None))
}

#[cfg(not(feature = "systemd"))]
fn systemd(_units: Vec<String>) -> Arc<dyn Action> {
    Arc::new(crate::adapters::actions::missing::Missing::new(&systemd::KIND, "systemd"))
}

#[cfg(feature = "kubernetes")]
fn kubernetes(clusters: BTreeMap<String, kubernetes::Cluster>) -> Arc<dyn Action> {
    Arc::new(kubernetes::Kubernetes::new(clusters))
}

#[cfg(not(feature = "kubernetes"))]
fn kubernetes(_clusters: BTreeMap<String, kubernetes::Cluster>) -> Arc<dyn Action> {
    Arc::new(crate::adapters::actions::missing::Missing::new(&kubernetes::KIND, "kubernetes"))
}
