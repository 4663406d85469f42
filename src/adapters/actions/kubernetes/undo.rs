//! Takes a deployment's last rollout back, as `kubectl rollout undo` does: the template of the replica set
//! before the newest becomes the deployment's again.

use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, ListParams, PostParams};
use serde_json::Value;

use super::cluster::fault;
use crate::adapters::actions::service::Effect;
use crate::adapters::actions::{Fault, Says};

/// Where a replica set says which rollout it came from.
const REVISION: &str = "deployment.kubernetes.io/revision";
/// What the controller adds to each replica set's template.
const HASH: &str = "pod-template-hash";
/// Replica sets that are looked at: a deployment keeps ten of its own.
const SETS_MAX: u32 = 500;

/// Puts the template before the newest back; the whole object is sent with its version, so that
/// what somebody changed meanwhile is a conflict.
pub(super) async fn undo(
    api: &Api<DynamicObject>,
    client: Client,
    object: &DynamicObject,
    how: &PostParams,
    says: &dyn Says,
) -> Result<DynamicObject, Fault> {
    if object.data.pointer("/spec/paused") == Some(&Value::Bool(true)) {
        return Err(Fault::Refused("it is paused: nothing can be taken back".to_owned()));
    }
    let namespace = object.metadata.namespace.as_deref().unwrap_or_default();
    let sets = ApiResource::from_gvk(&GroupVersionKind::gvk("apps", "v1", "ReplicaSet"));
    let sets: Api<DynamicObject> = Api::namespaced_with(client, namespace, &sets);
    let sets = sets.list(&ListParams::default().limit(SETS_MAX)).await;
    let sets = sets.map_err(|error| fault(&error, Effect::Looks))?;
    let (revision, template) = before_the_newest(&sets.items, object)
        .ok_or_else(|| Fault::Refused("there is no earlier rollout to go back to".to_owned()))?;
    let mut changed = object.clone();
    let Some(place) = changed.data.pointer_mut("/spec/template") else {
        return Err(Fault::Refused("it has no template".to_owned()));
    };
    let (from, to) = (images(place), images(&template));
    says.line(&format!("back to revision {revision}: {from} -> {to}"));
    *place = template;
    let name = object.metadata.name.clone().unwrap_or_default();
    let changed = api.replace(&name, how, &changed).await;
    changed.map_err(|error| fault(&error, Effect::Changes))
}

/// The template of the second newest replica set of this deployment, and its number.
fn before_the_newest(sets: &[DynamicObject], object: &DynamicObject) -> Option<(u64, Value)> {
    let is_ours = |set: &&DynamicObject| {
        let owners = set.metadata.owner_references.iter().flatten();
        let mut ours = owners.filter(|owner| Some(&owner.uid) == object.metadata.uid.as_ref());
        ours.any(|owner| owner.controller == Some(true))
    };
    let numbered = |set: &DynamicObject| {
        let revision = set.metadata.annotations.as_ref()?.get(REVISION)?.parse::<u64>().ok()?;
        Some((revision, set.data.pointer("/spec/template")?.clone()))
    };
    let mut all: Vec<(u64, Value)> = sets.iter().filter(is_ours).filter_map(numbered).collect();
    all.sort_by_key(|(revision, _)| std::cmp::Reverse(*revision));
    let (revision, mut template) = all.into_iter().nth(1)?;
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove(HASH);
    }
    Some((revision, template))
}

/// The images of a template, for people.
fn images(template: &Value) -> String {
    let containers = template.pointer("/spec/containers").and_then(Value::as_array);
    let images = containers.into_iter().flatten().filter_map(|it| it.pointer("/image")?.as_str());
    images.collect::<Vec<_>>().join(", ")
}
