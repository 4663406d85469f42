//! A connection to a cluster, and what its refusals mean.

use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config, Error};

use super::kind::Cluster;
use crate::adapters::actions::Fault;
use crate::adapters::actions::service::Effect;
use crate::domain::line::cut;

/// How long a connection may take.
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// How long an answer may take: admission webhooks have up to 30 s,
/// <https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#timeouts>.
const ANSWER_MAX: Duration = Duration::from_secs(35);
/// Characters of the cluster's own words.
const WORDS_MAX: usize = 400;

/// Gets ready to ask; a plugin of the kubeconfig may run.
pub(super) async fn connect(cluster: &Cluster) -> Result<Client, Fault> {
    let refused = |why: String| Fault::Refused(format!("the cluster cannot be reached: {why}"));
    let mut config = match &cluster.kubeconfig {
        Some(file) => {
            let kubeconfig =
                Kubeconfig::read_from(file).map_err(|error| refused(error.to_string()))?;
            let context = cluster.context.clone();
            let options = KubeConfigOptions { context, ..KubeConfigOptions::default() };
            Config::from_custom_kubeconfig(kubeconfig, &options)
                .await
                .map_err(|error| refused(error.to_string()))?
        }
        None => Config::incluster().map_err(|error| refused(error.to_string()))?,
    };
    config.connect_timeout = Some(CONNECT_MAX);
    config.read_timeout = Some(ANSWER_MAX);
    // Nothing is sent twice: a change whose answer is lost may have been made.
    config.default_retry = false;
    Client::try_from(config).map_err(|error| refused(error.to_string()))
}

/// What an error means, by whether the call would have changed something.
pub(super) fn fault(error: &Error, effect: Effect) -> Fault {
    tracing::debug!(%error, "a call to a cluster failed");
    let (why, may_be_done) = match error {
        Error::Api(status) => {
            let said = cut(&status.message, WORDS_MAX);
            let why = format!("the cluster answers {} {}: {said}", status.code, status.reason);
            (why, status.code >= 500 || status.code == 408)
        }
        Error::Auth(_) => ("the cluster's sign-in failed".to_owned(), false),
        _ => ("the cluster did not answer".to_owned(), true),
    };
    match effect {
        Effect::Changes if may_be_done => Fault::Unknown(why),
        Effect::Changes | Effect::Looks => Fault::Refused(why),
    }
}
