//! From a line to a plan: which command, with which arguments, and what will have run.
//!
//! It is pure. A typo in a command that reads is read as the one that must have been meant; in a
//! command that changes something it never is.

use std::fmt;

use futures_util::future::BoxFuture;

use super::answer::{Answer, Trouble};
use super::commands;
use super::desk::Desk;
use crate::domain::commands::older::{Older, older};
use crate::domain::commands::{
    Alias, Args, Filter, Mistake, Pipeline, Place, Spec, near, nearest, verb_of, words,
};
use crate::domain::ids::Number;
use crate::domain::messages::talk as messages;

/// So many aliases may stand for one another: more is a circle.
const ALIASES_DEEP: usize = 4;

/// One command: what it says of itself, and how its words are read.
#[derive(Clone, Copy)]
pub struct Command {
    /// What it says of itself.
    pub spec: Spec,
    /// Reads its words into what is to be done.
    pub read: fn(&mut Args<'_>) -> Result<Plan, Mistake>,
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Command").field(&self.spec.name).finish()
    }
}

type Act = Box<dyn FnOnce(Desk) -> BoxFuture<'static, Result<Answer, Trouble>> + Send>;

/// What a command will do, once it is allowed to.
pub struct Plan {
    /// What stands behind the verb when everything is written out.
    pub(super) text: String,
    /// What rights are asked about.
    pub(super) target: Target,
    /// Does it.
    pub(super) act: Act,
}

/// What a command is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Target {
    /// Nothing that has a name, or everything.
    #[default]
    Nothing,
    /// An incident: its service.
    Incident(Number),
    /// A run: its runbook.
    Run(u64),
    /// Something with this name.
    Named(String),
    /// Something with this name, somewhere: a service and an environment.
    Placed(String, String),
    /// Something that only the command can find: it asks before it changes anything.
    Sought,
}

impl Plan {
    /// A plan; `text` is what stands behind the verb when everything is written out.
    pub fn new<F, A>(text: impl Into<String>, act: A) -> Self
    where
        A: FnOnce(Desk) -> F + Send + 'static,
        F: Future<Output = Result<Answer, Trouble>> + Send + 'static,
    {
        Self {
            text: text.into(),
            target: Target::Nothing,
            act: Box::new(move |desk| Box::pin(act(desk))),
        }
    }

    /// What rights are asked about.
    #[must_use]
    pub fn about(mut self, target: Target) -> Self {
        self.target = target;
        self
    }
}

/// What a line is.
pub(super) enum Heard {
    /// Something said to others.
    Conversation,
    /// A command that was not understood.
    Mistake(Mistake),
    /// A command.
    Command(Box<Read>),
}

/// A command that was understood.
pub(super) struct Read {
    pub(super) command: &'static Command,
    pub(super) plan: Plan,
    pub(super) filters: Vec<Filter>,
    /// The line, written out.
    pub(super) ran: String,
    /// A word about how it was read, where it was not typed so.
    pub(super) note: Option<String>,
}

/// Reads a line. `must_answer`: it was said to us, so that it is no conversation.
pub(super) fn read(line: &str, must_answer: bool, place: &Place, aliases: &[Alias]) -> Heard {
    match understand(line, must_answer, place, aliases) {
        Ok(heard) => heard,
        Err(mistake) => Heard::Mistake(mistake),
    }
}

fn understand(
    line: &str,
    must_answer: bool,
    place: &Place,
    aliases: &[Alias],
) -> Result<Heard, Mistake> {
    let mut note = None;
    let mut line = line.to_owned();
    match older(&line) {
        None => {}
        Some(Older::Same(ours)) => {
            note = Some(messages::read_as(&ours));
            line = ours;
        }
        Some(Older::Instead { say, lines }) => return Err(Mistake { text: say, offers: lines }),
    }
    if let Some(long) = expanded(&line, aliases)? {
        note = Some(messages::read_as(&long));
        line = long;
    }
    let (verb, _) = verb_of(&line);
    if verb.is_empty() && must_answer {
        return Err(Mistake::new(messages::nothing_typed()));
    }
    let command = match find(&verb) {
        Some(command) => command,
        None if !must_answer => return Ok(Heard::Conversation),
        None => {
            let (command, corrected) = corrected(&verb, &line)?;
            note = Some(messages::read_as(&corrected));
            line = corrected;
            command
        }
    };
    let pipeline = Pipeline::read(&line, is_free)
        .map_err(|bad| Mistake::new(format!("Nothing was done: {bad}.")))?;
    let read = planned(command, pipeline, place, note)?;
    Ok(Heard::Command(Box::new(read)))
}

/// Reads the words of a command.
fn planned(
    command: &'static Command,
    pipeline: Pipeline,
    place: &Place,
    note: Option<String>,
) -> Result<Read, Mistake> {
    let Command { spec, read } = command;
    let Pipeline { mut text, mut filters, .. } = pipeline;
    if spec.has_table && text.starts_with("where ") {
        let bad = |bad| Mistake::new(format!("Nothing was done: {bad}."));
        filters.insert(0, Filter::read(&text).map_err(bad)?);
        text.clear();
    }
    if !filters.is_empty() && !spec.has_table {
        return Err(Mistake::new(messages::no_table(spec.name)));
    }
    let mut args = Args::new(&text, spec.is_free, place)?;
    let plan = read(&mut args)?;
    let written =
        Pipeline { verb: spec.name.to_owned(), text: plan.text.clone(), filters: filters.clone() };
    Ok(Read { command, plan, filters, ran: written.to_string(), note })
}

fn find(verb: &str) -> Option<&'static Command> {
    commands::ALL.iter().copied().find(|command| command.spec.is(verb))
}

pub(super) fn is_free(verb: &str) -> bool {
    find(verb).is_some_and(|command| command.spec.is_free)
}

/// Whether this verb is a command's or a filter's, which an alias may not hide.
pub(super) fn is_taken(name: &str) -> bool {
    let is_filter = crate::domain::commands::FILTERS.iter().any(|(filter, _)| *filter == name);
    is_filter || find(name).is_some()
}

/// The line that an alias makes of a line; none: it begins with none.
fn expanded(line: &str, aliases: &[Alias]) -> Result<Option<String>, Mistake> {
    let mut long = None;
    for _ in 0..ALIASES_DEEP {
        let now = long.as_deref().unwrap_or(line);
        let (verb, rest) = verb_of(now);
        if find(&verb).is_some() {
            return Ok(long);
        }
        let given = words(rest).unwrap_or_default();
        match aliases.iter().find_map(|alias| alias.expand(&verb, &given)) {
            None => return Ok(long),
            Some(next) => long = Some(next),
        }
    }
    Err(Mistake::new("Nothing was done: these aliases stand for one another. Look: aliases"))
}

/// The command that a mistyped verb must have meant, if it only reads, with the corrected line.
fn corrected(verb: &str, line: &str) -> Result<(&'static Command, String), Mistake> {
    let rest = line.trim_start().get(verb.len()..).unwrap_or_default();
    let known = || commands::ALL.iter().flat_map(|it| it.spec.verbs());
    let Some(command) = nearest(verb, known()).and_then(find) else {
        let near = near(verb, known());
        let offers = near.iter().map(|name| format!("{name}{rest}")).collect();
        return Err(Mistake { text: messages::unknown(verb, &near), offers });
    };
    let corrected = format!("{}{rest}", command.spec.name);
    if command.spec.changes {
        let text = messages::did_you_mean(&corrected);
        return Err(Mistake { text, offers: vec![corrected] });
    }
    Ok((command, corrected))
}

/// What would have run for a line, or why nothing: for tests, fuzzing and completion.
///
/// # Errors
/// What would be answered.
pub fn ran(line: &str, place: &Place) -> Result<String, String> {
    match read(line, true, place, &[]) {
        Heard::Command(read) => Ok(read.ran),
        Heard::Mistake(mistake) => Err(mistake.text),
        Heard::Conversation => Err(String::new()),
    }
}
