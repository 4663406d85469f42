//! Changes objects of a cluster, once, and follows what the cluster makes of it.

use std::collections::BTreeMap;

use kube::api::{
    Api, ApiResource, DeleteParams, DynamicObject, GroupVersionKind, Patch, PatchParams,
    PostParams, Preconditions,
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::cluster::{connect, fault};
use super::kind::{Cluster, KIND};
use super::rollout::{Progress, progress};
use super::{gitops, undo};
use crate::adapters::actions::follow::{Job, Stand, follow};
use crate::adapters::actions::given::Given;
use crate::adapters::actions::service::Effect;
use crate::adapters::actions::{Done, Ended, Fault, Perform, Says};
use crate::domain::run::Assignment;
use crate::domain::runbook::Kind;

/// What our changes are signed with.
const MANAGER: &str = "warroom";
/// What a restart writes into the template: another value of it is another template.
const RESTART: &str = "warroom/restarted-by";
/// Characters of a name: <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>.
const NAME_MAX: usize = 253;

/// Works on clusters.
#[derive(Debug)]
pub struct Kubernetes {
    clusters: BTreeMap<String, Cluster>,
}

/// What is asked for.
#[derive(Debug)]
struct Task<'a> {
    verb: &'a str,
    kind: &'a str,
    name: &'a str,
    namespace: &'a str,
    replicas: Option<i64>,
    key: String,
    is_dry: bool,
}

impl Kubernetes {
    /// Works on these.
    #[must_use]
    pub fn new(clusters: BTreeMap<String, Cluster>) -> Self {
        Self { clusters }
    }

    fn cluster(&self, name: &str, namespace: &str) -> Result<&Cluster, Fault> {
        let cluster = self.clusters.get(name).ok_or_else(|| {
            Fault::Refused(format!("no cluster `{name}` is configured: see [executor.clusters]"))
        })?;
        if !cluster.namespaces.iter().any(|allowed| allowed == namespace) {
            let why = format!("the namespace {namespace:?} is not in executor.clusters.{name}");
            return Err(Fault::Refused(why));
        }
        Ok(cluster)
    }
}

impl Perform for Kubernetes {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    async fn run(
        &self,
        assignment: &Assignment,
        says: &dyn Says,
        stop: CancellationToken,
    ) -> Ended {
        let task = task(assignment)?;
        let given = Given::new(assignment);
        let client = connect(self.cluster(given.text("cluster")?, task.namespace)?).await?;
        let api = Api::namespaced_with(client.clone(), task.namespace, &resource(task.kind));
        let object = api.get(task.name).await.map_err(|error| fault(&error, Effect::Looks))?;
        let warning = warning(&task, &object);
        warning.iter().for_each(|warning| says.line(warning));
        let changed = match task.verb {
            "delete" => {
                delete(&api, &task, &object).await?;
                object
            }
            "scale" => scale(&api, &task, &object, says).await?,
            "undo" => undo::undo(&api, client, &object, &post(task.is_dry), says).await?,
            _ => restart(&api, &task, &object).await?,
        };
        let outputs: BTreeMap<_, _> =
            warning.into_iter().map(|warning| ("warning".into(), warning)).collect();
        if task.is_dry {
            let summary = format!("would {}; the cluster would take it", task.told());
            return Ok(Done { summary, outputs });
        }
        let mut job = Watched { api, task: &task, changed, outputs, told: String::new() };
        follow(&mut job, says, stop).await
    }
}

impl Task<'_> {
    fn told(&self) -> String {
        let replicas = self.replicas.map(|replicas| format!(" to {replicas}")).unwrap_or_default();
        format!("{} {}/{} in {}{replicas}", self.verb, self.kind, self.name, self.namespace)
    }
}

/// What a step asks for, as far as it makes sense.
fn task(assignment: &Assignment) -> Result<Task<'_>, Fault> {
    let given = Given::new(assignment);
    let task = Task {
        verb: given.text("verb")?,
        kind: given.text_if("kind")?.unwrap_or("deployment"),
        name: given.text("name")?,
        namespace: given.text("namespace")?,
        replicas: given.number_if("replicas")?,
        key: assignment.key.to_string(),
        is_dry: assignment.is_dry,
    };
    let is_name = |name: &str| {
        !name.is_empty()
            && name.len() <= NAME_MAX
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b))
            && !name.starts_with(['-', '.'])
    };
    if !is_name(task.name) || !is_name(task.namespace) {
        let why = format!("{:?} in {:?} is no name of an object", task.name, task.namespace);
        return Err(Fault::Refused(why));
    }
    let can = match (task.verb, task.kind) {
        ("restart", "deployment" | "statefulset" | "daemonset")
        | ("undo", "deployment")
        | ("delete", "pod") => task.replicas.is_none(),
        ("scale", "deployment" | "statefulset") => task.replicas.is_some_and(|it| it >= 0),
        _ => false,
    };
    can.then_some(task).ok_or_else(|| {
        Fault::Refused("this verb, this kind and `replicas` do not go together".to_owned())
    })
}

fn resource(kind: &str) -> ApiResource {
    let (group, kind) = match kind {
        "pod" => ("", "Pod"),
        "statefulset" => ("apps", "StatefulSet"),
        "daemonset" => ("apps", "DaemonSet"),
        _ => ("apps", "Deployment"),
    };
    ApiResource::from_gvk(&GroupVersionKind::gvk(group, "v1", kind))
}

/// A restart changes nothing that git describes, and a pod comes back by itself.
fn warning(task: &Task<'_>, object: &DynamicObject) -> Option<String> {
    let owner = gitops::owner(&object.metadata)?;
    matches!(task.verb, "undo" | "scale").then(|| {
        format!("{owner} owns {}/{} and may undo this: change it in git too", task.kind, task.name)
    })
}

fn post(is_dry: bool) -> PostParams {
    PostParams { dry_run: is_dry, field_manager: Some(MANAGER.to_owned()) }
}

fn patch(is_dry: bool) -> PatchParams {
    let field_manager = Some(MANAGER.to_owned());
    PatchParams { dry_run: is_dry, field_manager, ..PatchParams::default() }
}

async fn restart(
    api: &Api<DynamicObject>,
    task: &Task<'_>,
    object: &DynamicObject,
) -> Result<DynamicObject, Fault> {
    if object.data.pointer("/spec/paused") == Some(&Value::Bool(true)) {
        return Err(Fault::Refused("it is paused, and would not be rolled out".to_owned()));
    }
    let template = json!({ "metadata": { "annotations": { RESTART: task.key } } });
    let change = json!({
        "metadata": { "resourceVersion": object.metadata.resource_version },
        "spec": { "template": template },
    });
    let changed = api.patch(task.name, &patch(task.is_dry), &Patch::Merge(&change)).await;
    changed.map_err(|error| fault(&error, Effect::Changes))
}

async fn scale(
    api: &Api<DynamicObject>,
    task: &Task<'_>,
    object: &DynamicObject,
    says: &dyn Says,
) -> Result<DynamicObject, Fault> {
    let before = object.data.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1);
    let wanted = task.replicas.unwrap_or(before);
    says.line(&format!("replicas: {before} -> {wanted}"));
    let change = json!({
        "metadata": { "resourceVersion": object.metadata.resource_version },
        "spec": { "replicas": wanted },
    });
    let changed = api.patch(task.name, &patch(task.is_dry), &Patch::Merge(&change)).await;
    changed.map_err(|error| fault(&error, Effect::Changes))
}

async fn delete(
    api: &Api<DynamicObject>,
    task: &Task<'_>,
    object: &DynamicObject,
) -> Result<(), Fault> {
    // The pod that was looked at, not one that took its name meanwhile.
    let preconditions = Preconditions { uid: object.metadata.uid.clone(), resource_version: None };
    let how = DeleteParams {
        dry_run: task.is_dry,
        preconditions: Some(preconditions),
        ..DeleteParams::default()
    };
    let deleted = api.delete(task.name, &how).await;
    deleted.map(drop).map_err(|error| fault(&error, Effect::Changes))
}

/// What was changed, until the cluster is done with it.
struct Watched<'a> {
    api: Api<DynamicObject>,
    task: &'a Task<'a>,
    changed: DynamicObject,
    outputs: BTreeMap<compact_str::CompactString, String>,
    told: String,
}

impl Watched<'_> {
    fn done(&self, more: &str) -> Stand {
        let summary = format!("done: {}{more}", self.task.told());
        Stand::Good(Done { summary, outputs: self.outputs.clone() })
    }
}

impl Job for Watched<'_> {
    async fn look(&mut self, says: &dyn Says) -> Result<Stand, Fault> {
        let now = self.api.get_opt(self.task.name).await;
        let now = now.map_err(|error| fault(&error, Effect::Looks))?;
        let now = now.filter(|now| now.metadata.uid == self.changed.metadata.uid);
        let Some(now) = now else {
            return Ok(match self.task.verb {
                "delete" => self.done(""),
                _ => Stand::Bad("somebody has deleted it".to_owned()),
            });
        };
        if self.task.verb == "delete" {
            return Ok(Stand::Running);
        }
        let generation = self.changed.metadata.generation.unwrap_or_default();
        Ok(match progress(self.task.kind, &now.data, generation) {
            Progress::Done(replicas) => {
                self.outputs.insert("replicas".into(), replicas.to_string());
                self.done(&format!(": {replicas} are new and ready"))
            }
            Progress::Stuck(why) => Stand::Bad(why),
            Progress::Going(told) => {
                if told != self.told {
                    says.line(&told);
                    self.told = told;
                }
                Stand::Running
            }
        })
    }

    async fn stop(&mut self) -> Result<(), Fault> {
        Err(Fault::Unknown("the cluster goes on by itself with what it was told".to_owned()))
    }
}
