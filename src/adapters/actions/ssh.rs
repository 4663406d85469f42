//! `ssh`: runs a program on a machine of the inventory, by the system's `ssh` in the cage.
//!
//! Options are fixed: no password, no unknown host key, no forwarding, no local configuration. The
//! remote side always has a shell between: words are quoted for it, so that each stays one word.
//!
//! It refuses hosts outside the inventory, however they are named. A command on the far side can
//! outlive its connection, so what is stopped or cut off is unknown and not failed.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::cage::{Cage, End, Out};
use super::given::Given;
use super::{Done, Ended, Fault, Perform, Says, exec};
use crate::domain::run::Assignment;
use crate::domain::runbook::{Field, Kind, Shape};

/// What a runbook may say of it.
pub const KIND: Kind = Kind {
    name: "ssh",
    help: "Run a program on another machine of the inventory, over SSH",
    plain: None,
    fields: &[
        Field {
            name: "host",
            help: "The machine, by its name in [executor.hosts]",
            shape: Shape::Text,
            is_required: true,
            has_places: true,
        },
        Field {
            name: "command",
            help: "The program and its arguments; a value fills one argument, whatever is in it",
            shape: Shape::Argv,
            is_required: true,
            has_places: true,
        },
    ],
    outputs: &[],
    has_dry_run: true,
    is_repeatable: false,
};

/// What `ssh` itself ends with when the connection is the trouble: ssh(1), "EXIT STATUS".
const CONNECTION_CODE: i32 = 255;

/// A machine that may be gone to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// Its address or name.
    pub address: String,
    /// Its port.
    pub port: u16,
    /// Who we are there.
    pub user: String,
    /// The file with our key.
    pub key_file: Option<PathBuf>,
}

/// All of them.
#[derive(Debug, Clone, Default)]
pub struct Inventory {
    /// The machines, by name.
    pub hosts: BTreeMap<String, Host>,
    /// What they prove themselves with.
    pub known_hosts: Option<PathBuf>,
}

/// Runs programs elsewhere.
#[derive(Debug)]
pub struct Ssh {
    cage: Cage,
    inventory: Inventory,
}

impl Ssh {
    /// Goes to these machines, from this cage.
    #[must_use]
    pub fn new(cage: Cage, inventory: Inventory) -> Self {
        Self { cage, inventory }
    }

    /// The words for the system's `ssh`.
    fn argv(&self, name: &str, command: &[String]) -> Result<Vec<String>, Fault> {
        let host = self.inventory.hosts.get(name).ok_or_else(|| {
            Fault::Refused(format!("the host {name:?} is not in the inventory [executor.hosts]"))
        })?;
        let known = self.inventory.known_hosts.as_ref().ok_or_else(|| {
            Fault::Refused("`ssh` needs executor.known_hosts, to know whom it talks to".to_owned())
        })?;
        let mut argv: Vec<String> = ["ssh", "-F", "none", "-T", "-n"].map(str::to_owned).into();
        let options = [
            "BatchMode=yes",
            "StrictHostKeyChecking=yes",
            "GlobalKnownHostsFile=none",
            "PasswordAuthentication=no",
            "KbdInteractiveAuthentication=no",
            "ClearAllForwardings=yes",
            "ForwardAgent=no",
            "PermitLocalCommand=no",
            "IdentitiesOnly=yes",
            "ConnectTimeout=10",
            "ServerAliveInterval=10",
            "ServerAliveCountMax=3",
            "LogLevel=ERROR",
        ];
        let known = format!("UserKnownHostsFile={}", known.display());
        for option in options.iter().map(|it| (*it).to_owned()).chain([known]) {
            argv.extend(["-o".to_owned(), option]);
        }
        if let Some(key) = &host.key_file {
            argv.extend(["-i".to_owned(), key.display().to_string()]);
        }
        argv.extend(["-p".to_owned(), host.port.to_string(), "-l".to_owned(), host.user.clone()]);
        argv.extend(["--".to_owned(), host.address.clone(), quoted(command)]);
        Ok(argv)
    }
}

impl Perform for Ssh {
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
        let name = given.text("host")?;
        let command = given.argv("command")?;
        let argv = self.argv(name, command)?;
        if assignment.is_dry {
            let summary = format!("would run {} on {name}", exec::shown(command));
            return Ok(Done { summary, ..Done::default() });
        }
        let took = self.cage.run(Out::of(assignment, &argv), says, stop).await?;
        let program = command.first().map_or("", String::as_str);
        match (took.killed, took.end) {
            (None, End::Code(0)) => {
                Ok(Done { summary: format!("`{program}` ended well on {name}"), ..Done::default() })
            }
            (None, End::Code(CONNECTION_CODE)) => {
                Err(Fault::Unknown(format!("the connection to {name} failed or broke")))
            }
            (None, End::Code(code)) => {
                Err(Fault::Failed(format!("`{program}` ended with code {code} on {name}")))
            }
            (Some(_), _) | (None, End::Signal(_) | End::Unseen) => Err(Fault::Unknown(format!(
                "the connection to {name} was cut: `{program}` may go on there"
            ))),
        }
    }
}

/// Words for a POSIX shell: in single quotes nothing is special, and a quote is written outside.
fn quoted(command: &[String]) -> String {
    let word = |word: &String| format!("'{}'", word.replace('\'', r"'\''"));
    command.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_words_behind_a_shell() {
        let words = ["echo", "a b", "it's", "$(id)", "-rf", "", "\n"].map(str::to_owned);
        assert_eq!(
            quoted(&words),
            r"'echo' 'a b' 'it'\''s' '$(id)' '-rf' '' '
'"
        );
    }
}
