//! Gives systemd a job for a unit, and hears how the job ended.
//!
//! The interface: <https://www.freedesktop.org/software/systemd/man/latest/org.freedesktop.systemd1.html>.
//! systemd runs a job to its end whether anybody listens or not, so a connection that breaks leaves an
//! unknown outcome.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio_util::sync::CancellationToken;
use zbus::{Connection, OwnedObjectPath};

use super::kind::{KIND, VERBS, is_allowed};
use crate::adapters::actions::given::Given;
use crate::adapters::actions::{Done, Ended, Fault, Perform, Says};
use crate::domain::run::Assignment;
use crate::domain::runbook::Kind;

/// How long a single call may take: systemd answers at once, and a hung bus must not hang a step.
const CALL_MAX: Duration = Duration::from_secs(25);
/// A job of ours replaces one that waits and does not agree with it, as `systemctl` does.
const MODE: &str = "replace";

#[zbus::proxy(
    interface = "org.freedesktop.systemd1.Manager",
    default_service = "org.freedesktop.systemd1",
    default_path = "/org/freedesktop/systemd1"
)]
trait Manager {
    fn subscribe(&self) -> zbus::Result<()>;
    fn load_unit(&self, name: &str) -> zbus::Result<OwnedObjectPath>;
    fn start_unit(&self, name: &str, mode: &str) -> zbus::Result<OwnedObjectPath>;
    fn stop_unit(&self, name: &str, mode: &str) -> zbus::Result<OwnedObjectPath>;
    fn restart_unit(&self, name: &str, mode: &str) -> zbus::Result<OwnedObjectPath>;
    fn reload_unit(&self, name: &str, mode: &str) -> zbus::Result<OwnedObjectPath>;
    fn cancel_job(&self, id: u32) -> zbus::Result<()>;
    #[zbus(signal)]
    fn job_removed(
        &self,
        id: u32,
        job: OwnedObjectPath,
        unit: String,
        result: String,
    ) -> zbus::Result<()>;
}

#[zbus::proxy(
    interface = "org.freedesktop.systemd1.Unit",
    default_service = "org.freedesktop.systemd1"
)]
trait Unit {
    #[zbus(property(emits_changed_signal = "false"))]
    fn load_state(&self) -> zbus::Result<String>;
    #[zbus(property(emits_changed_signal = "false"))]
    fn active_state(&self) -> zbus::Result<String>;
    #[zbus(property(emits_changed_signal = "false"))]
    fn sub_state(&self) -> zbus::Result<String>;
    #[zbus(property(emits_changed_signal = "false"))]
    fn can_start(&self) -> zbus::Result<bool>;
    #[zbus(property(emits_changed_signal = "false"))]
    fn can_stop(&self) -> zbus::Result<bool>;
    #[zbus(property(emits_changed_signal = "false"))]
    fn can_reload(&self) -> zbus::Result<bool>;
}

/// Works on units.
#[derive(Debug)]
pub struct Systemd {
    units: Vec<String>,
    /// Where the bus is; none: the system's.
    bus: Option<String>,
}

impl Systemd {
    /// Works on these units and no others, over this bus; without an address, the system's.
    #[must_use]
    pub fn new(units: Vec<String>, bus: Option<String>) -> Self {
        Self { units, bus }
    }

    async fn connect(&self) -> zbus::Result<Connection> {
        let builder = match &self.bus {
            Some(address) => zbus::connection::Builder::address(address.as_str()),
            None => zbus::connection::Builder::system(),
        };
        builder.method_timeout(CALL_MAX).build().await
    }

    async fn work(&self, job: Job<'_>, says: &dyn Says, stop: CancellationToken) -> Ended {
        let manager = ManagerProxy::new(&job.bus).await.map_err(|error| nothing(&error))?;
        let path = manager.load_unit(job.name).await.map_err(|error| nothing(&error))?;
        let unit = UnitProxy::builder(&job.bus).path(path).build().await;
        let unit = unit.map_err(|error| nothing(&error))?;
        let before = state(&unit).await.map_err(|error| nothing(&error))?;
        may(&unit, &job).await?;
        if job.is_dry {
            let summary = format!("would {} {}, which is {before}", job.verb, job.name);
            return Ok(Done { summary, ..Done::default() });
        }
        says.line(&format!("{} was {before}", job.name));
        let result = asked(&manager, &job, stop).await?;
        let after = state(&unit).await.map_err(|error| {
            Fault::Unknown(format!(
                "the job ended as `{result}`, and its unit is out of sight: {error}"
            ))
        })?;
        says.line(&format!("{} is {after}", job.name));
        judge(&job, &result, &before, &after)
    }
}

impl Perform for Systemd {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    async fn run(
        &self,
        assignment: &Assignment,
        says: &dyn Says,
        stop: CancellationToken,
    ) -> Ended {
        let given = Given::new(assignment);
        let (name, verb) = (given.text("unit")?, given.text("verb")?);
        if !is_allowed(name, &self.units) {
            return Err(Fault::Refused(format!("the unit {name:?} is not in executor.units")));
        }
        if !VERBS.contains(&verb) {
            return Err(Fault::Refused(format!("`{verb}` is nothing that is done to a unit")));
        }
        let bus = self.connect().await.map_err(|error| {
            Fault::Refused(format!("no connection to the bus of systemd: {error}"))
        })?;
        let job = Job { bus, name, verb, is_dry: assignment.is_dry };
        self.work(job, says, stop).await
    }
}

/// What is asked of systemd.
struct Job<'a> {
    bus: Connection,
    name: &'a str,
    verb: &'a str,
    is_dry: bool,
}

/// A unit's state as `systemctl status` words it.
struct State {
    active: String,
    sub: String,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.active, self.sub)
    }
}

async fn state(unit: &UnitProxy<'_>) -> zbus::Result<State> {
    Ok(State { active: unit.active_state().await?, sub: unit.sub_state().await? })
}

/// Refuses what systemd would refuse: a unit that is not there, and what its kind cannot do.
async fn may(unit: &UnitProxy<'_>, job: &Job<'_>) -> Result<(), Fault> {
    let load = unit.load_state().await.map_err(|error| nothing(&error))?;
    if load != "loaded" {
        return Err(Fault::Refused(format!("the unit {} is {load}", job.name)));
    }
    let can = match job.verb {
        "stop" => unit.can_stop().await,
        "reload" => unit.can_reload().await,
        _ => unit.can_start().await,
    };
    let refuse = || Fault::Refused(format!("the unit {} cannot {}", job.name, job.verb));
    can.map_err(|error| nothing(&error))?.then_some(()).ok_or_else(refuse)
}

/// Gives systemd the job and waits for its result.
async fn asked(
    manager: &ManagerProxy<'_>,
    job: &Job<'_>,
    stop: CancellationToken,
) -> Result<String, Fault> {
    // Listening begins before the job does, or a quick one would end unheard.
    manager.subscribe().await.map_err(|error| nothing(&error))?;
    let mut removed = manager.receive_job_removed().await.map_err(|error| nothing(&error))?;
    let path = match job.verb {
        "start" => manager.start_unit(job.name, MODE).await,
        "stop" => manager.stop_unit(job.name, MODE).await,
        "reload" => manager.reload_unit(job.name, MODE).await,
        _ => manager.restart_unit(job.name, MODE).await,
    };
    let path = path.map_err(|error| match error {
        // An answer, if not a good one: there is no job.
        zbus::Error::MethodError(name, said, _) => {
            let said = said.unwrap_or_else(|| name.to_string());
            Fault::Refused(format!("systemd refuses: {said}"))
        }
        error => Fault::Unknown(format!("systemd did not answer: {error}")),
    })?;
    let heard = async {
        while let Some(signal) = removed.next().await {
            match signal.args() {
                Ok(args) if args.job == path => return Some(args.result),
                Ok(_) | Err(_) => {}
            }
        }
        None
    };
    tokio::select! {
        result = heard => result.ok_or_else(|| {
            Fault::Unknown("the connection to systemd broke while the job went on".to_owned())
        }),
        () = stop.cancelled() => {
            let id = path.as_str().rsplit('/').next().and_then(|id| id.parse().ok());
            // systemd then forgets the job, but leaves a unit that has begun to start as it is.
            let cancelled = manager.cancel_job(id.unwrap_or_default()).await.is_ok();
            let what = if cancelled { "was cancelled" } else { "may go on" };
            Err(Fault::Unknown(format!("the job {what}, and its unit may be half way: look at it")))
        }
    }
}

/// What a job's result means, and where the unit is then.
fn judge(job: &Job<'_>, result: &str, before: &State, after: &State) -> Ended {
    let (verb, name) = (job.verb, job.name);
    match result {
        "done" if verb != "stop" && after.active == "failed" => {
            Err(Fault::Failed(format!("{name} ended right after its {verb}: it is {after}")))
        }
        "done" => {
            let summary = format!("{verb} of {name} done: it was {before}, it is {after}");
            let outputs = BTreeMap::from([
                ("before".into(), before.to_string()),
                ("after".into(), after.to_string()),
            ]);
            Ok(Done { summary, outputs })
        }
        // Another job, or a person, took ours away in the middle of it.
        "canceled" | "timeout" => Err(Fault::Unknown(format!(
            "the job to {verb} {name} ended as `{result}`: it is {after}"
        ))),
        _ => Err(Fault::Failed(format!("systemd says `{result}`: {name} is {after}"))),
    }
}

/// Before the job, whatever went wrong has changed nothing.
fn nothing(error: &zbus::Error) -> Fault {
    Fault::Refused(format!("systemd cannot be asked: {error}"))
}
