//! `config diff`: what changed in the files of authors, and who changed it.

use std::collections::BTreeSet;

use super::prelude::*;
use crate::domain::diff;
use crate::engine::written::{FileSet, Reading};

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "config diff",
        help: "What changed in rules, runbooks, dashboards and people, and who changed it",
        examples: &["config diff"],
        ..Spec::reads("config", Topic::About)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    if !args.keyword("diff") {
        return Err(Mistake::new(messages::usage(COMMAND.spec.usage)));
    }
    args.end(COMMAND.spec.usage)?;
    Ok(Plan::new("diff", async move |desk: Desk| {
        let parts: Vec<String> =
            desk.engine.files().iter().filter_map(|(what, set)| told(what, set)).collect();
        let nothing = parts.is_empty().then(messages::nothing_changed);
        Ok(Answer::text(nothing.unwrap_or_else(|| parts.join("\n\n"))))
    }))
}

/// What is refused comes first: it is what somebody must do something about.
fn told(what: &str, set: &FileSet) -> Option<String> {
    let (head, before, after) = match (&set.refused, &set.before) {
        (Some((refused, why)), _) => (messages::files_refused(what, why), &set.running, refused),
        (None, Some(before)) => {
            (messages::files_changed(what, set.running.at), before, &set.running)
        }
        (None, None) => return None,
    };
    let parts: Vec<String> = [head].into_iter().chain(differences(before, after)).collect();
    Some(parts.join("\n"))
}

fn differences(before: &Reading, after: &Reading) -> Vec<String> {
    let names: BTreeSet<&String> = before.texts.keys().chain(after.texts.keys()).collect();
    let one = |name: &String| {
        let (old, new) = (before.texts.get(name), after.texts.get(name));
        let changes = diff::lines(old.map_or("", |it| it), new.map_or("", |it| it));
        let by = after.by.get(name).map(String::as_str);
        (!changes.is_empty()).then(|| messages::file_diff(name, by, &changes))
    };
    names.into_iter().filter_map(one).collect()
}
