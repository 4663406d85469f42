//! How far a rollout is: what `kubectl rollout status` looks at, kind by kind.
//! <https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status>

use serde_json::Value;

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Progress {
    /// So many of so many are new and ready.
    Going(String),
    /// All are.
    Done(u64),
    /// The cluster itself has given up.
    Stuck(String),
}

/// How far an object of this kind is, of which at least this generation must have been seen.
pub(super) fn progress(kind: &str, object: &Value, generation: i64) -> Progress {
    let number = |pointer: &str| object.pointer(pointer).and_then(Value::as_u64);
    let seen = object.pointer("/status/observedGeneration").and_then(Value::as_i64);
    if seen.is_none_or(|seen| seen < generation) {
        return Progress::Going("the cluster has not looked at it yet".to_owned());
    }
    if let Some(why) = given_up(object) {
        return Progress::Stuck(why);
    }
    let (wanted, new, old, ready) = if kind == "daemonset" {
        let wanted = number("/status/desiredNumberScheduled").unwrap_or_default();
        let new = number("/status/updatedNumberScheduled").unwrap_or_default();
        (wanted, new, 0, number("/status/numberAvailable").unwrap_or_default())
    } else {
        let wanted = number("/spec/replicas").unwrap_or(1);
        let all = number("/status/replicas").unwrap_or_default();
        let new = number("/status/updatedReplicas").unwrap_or_default();
        let available = number("/status/availableReplicas").unwrap_or_default();
        (wanted, new, all.saturating_sub(wanted.min(new)), available)
    };
    let told = format!("{new} of {wanted} are new, {ready} are ready, {old} are to go");
    if new >= wanted && old == 0 && ready >= wanted && ready <= new {
        Progress::Done(wanted)
    } else {
        Progress::Going(told)
    }
}

/// Why a deployment's controller says that its time is over.
fn given_up(object: &Value) -> Option<String> {
    let conditions = object.pointer("/status/conditions")?.as_array()?;
    let late = conditions.iter().find(|condition| {
        condition.pointer("/type").and_then(Value::as_str) == Some("Progressing")
            && condition.pointer("/reason").and_then(Value::as_str)
                == Some("ProgressDeadlineExceeded")
    })?;
    let message = late.pointer("/message").and_then(Value::as_str);
    Some(message.unwrap_or("its progress deadline is over").to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_rollout_is_done_when_all_are_new_and_ready_and_none_is_old() {
        let state = |all: u64, new: u64, ready: u64| {
            json!({ "spec": { "replicas": 3 }, "status": { "observedGeneration": 2, "replicas": all,
                    "updatedReplicas": new, "availableReplicas": ready } })
        };
        assert_eq!(progress("deployment", &state(3, 3, 3), 2), Progress::Done(3));
        let going = [state(4, 3, 3), state(3, 2, 3), state(3, 3, 2), json!({})];
        for object in going {
            assert!(matches!(progress("deployment", &object, 2), Progress::Going(_)), "{object}");
        }
        // What the status says was said of an older generation.
        assert!(matches!(progress("deployment", &state(3, 3, 3), 3), Progress::Going(_)));
    }

    #[test]
    fn a_deadline_that_is_over_is_no_progress() {
        let object = json!({ "status": { "observedGeneration": 1, "conditions": [
            { "type": "Progressing", "reason": "ProgressDeadlineExceeded", "message": "timed out" }] } });
        assert_eq!(progress("deployment", &object, 1), Progress::Stuck("timed out".to_owned()));
    }

    #[test]
    fn a_daemon_set_counts_nodes() {
        let object = json!({ "status": { "observedGeneration": 1, "desiredNumberScheduled": 2,
            "updatedNumberScheduled": 2, "numberAvailable": 2 } });
        assert_eq!(progress("daemonset", &object, 1), Progress::Done(2));
    }
}
