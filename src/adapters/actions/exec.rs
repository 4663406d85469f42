//! `exec`: runs a program on the executor's machine, in the cage.
//!
//! It refuses to use a shell: words are words, whatever is in them.

use std::collections::BTreeMap;
use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::cage::{Cage, Out};
use super::given::Given;
use super::{Done, Ended, Fault, Perform, Says};
use crate::domain::run::Assignment;
use crate::domain::runbook::{Field, Kind, Shape};

/// What a runbook may say of it.
pub const KIND: Kind = Kind {
    name: "exec",
    help: "Run a program on the executor's machine: its words, never a shell",
    plain: Some("argv"),
    fields: &[
        Field {
            name: "argv",
            help: "The program and its arguments; a value fills one argument, whatever is in it",
            shape: Shape::Argv,
            is_required: true,
            has_places: true,
        },
        Field {
            name: "environment",
            help: "Variables beside the few that the executor gives to every program",
            shape: Shape::Map,
            is_required: false,
            has_places: true,
        },
    ],
    outputs: &["last"],
    has_dry_run: true,
    is_repeatable: false,
};

/// Variables that steer the loader or a shell: values could become code through them.
const FORBIDDEN: [&str; 6] = ["PATH", "IFS", "ENV", "BASH_ENV", "SHELLOPTS", "PYTHONSTARTUP"];
/// Characters of the last line that a later step may use.
const LAST_MAX: usize = 500;

/// Runs programs.
#[derive(Debug)]
pub struct Exec {
    cage: Cage,
}

impl Exec {
    /// Runs them in this cage.
    #[must_use]
    pub fn new(cage: Cage) -> Self {
        Self { cage }
    }
}

impl Perform for Exec {
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
        let argv = given.argv("argv")?;
        let environment = environment(given, assignment)?;
        let program = argv.first().map_or("", String::as_str);
        if assignment.is_dry {
            let summary = format!("would run {}", shown(argv));
            return found(&self.cage, program)
                .map(|()| Done { summary, ..Done::default() })
                .ok_or_else(|| Fault::Refused(format!("there is no program `{program}`")));
        }
        let last = Last { says, line: Default::default() };
        let out = Out { environment, ..Out::of(assignment, argv) };
        let took = self.cage.run(out, &last, stop).await?;
        if !took.is_good() {
            return Err(took.fault(program));
        }
        let last = last.line.into_inner().unwrap_or_default();
        let outputs = BTreeMap::from([("last".into(), last)]);
        Ok(Done { summary: format!("`{program}` ended well"), outputs })
    }
}

/// Remembers the last line that said something.
#[derive(Debug)]
struct Last<'a> {
    says: &'a dyn Says,
    line: std::sync::Mutex<String>,
}

impl Says for Last<'_> {
    fn line(&self, line: &str) {
        if let Ok(mut last) = self.line.lock()
            && !line.trim().is_empty()
        {
            *last = crate::domain::line::cut(line.trim(), LAST_MAX);
        }
        self.says.line(line);
    }
}

/// The step's own variables, and in whose name it runs.
fn environment(
    given: Given<'_>,
    assignment: &Assignment,
) -> Result<BTreeMap<String, String>, Fault> {
    let mut all = BTreeMap::from([
        ("WARROOM_ACTOR".to_owned(), assignment.actor.to_string()),
        ("WARROOM_RUN".to_owned(), assignment.number.to_string()),
        ("WARROOM_RUNBOOK".to_owned(), assignment.runbook.to_string()),
        ("WARROOM_KEY".to_owned(), assignment.key.to_string()),
    ]);
    for (name, value) in given.map("environment")? {
        let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let is_free = !FORBIDDEN.contains(&name) && !name.starts_with("LD_");
        if name.is_empty() || !is_name || !is_free || value.contains('\0') {
            return Err(Fault::Refused(format!("the variable `{name}` may not be set")));
        }
        all.insert(name.to_owned(), value.to_owned());
    }
    Ok(all)
}

/// Whether the program is there. It is not run.
fn found(cage: &Cage, program: &str) -> Option<()> {
    let path = cage.environment.get("PATH").map_or("", String::as_str);
    let is_there = if program.contains('/') {
        Path::new(program).is_file()
    } else {
        std::env::split_paths(path).any(|folder| folder.join(program).is_file())
    };
    is_there.then_some(())
}

/// Words as a person reads them: each in quotes where it is not plain.
pub(super) fn shown(argv: &[String]) -> String {
    let word = |word: &String| {
        let is_plain = !word.is_empty()
            && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:=@,+%".contains(c));
        if is_plain { word.clone() } else { format!("{word:?}") }
    };
    argv.iter().map(word).collect::<Vec<_>>().join(" ")
}
