//! `note`: keep this.

use super::prelude::*;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "note [#12] text",
        help: "Keep a remark in the timeline",
        examples: &["note the disks were full", "note #12 rolled back by hand"],
        is_free: true,
        ..Spec::changes("note", Topic::Act)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let (named, text) = numbered(args.text(), args.place().number().is_none());
    let text = text.to_owned();
    if text.is_empty() {
        return Err(Mistake::new(messages::usage(COMMAND.spec.usage)));
    }
    let number = match named {
        Some(number) => number,
        None => args.place().number().ok_or_else(|| {
            let offers = Vec::new();
            Mistake { text: messages::which_incident("note"), offers }
        })?,
    };
    let written = format!("#{number} {text}");
    let is_heard = args.place().number() == Some(number);
    let plan = Plan::new(written, async move |desk: Desk| {
        desk.ask(number, Ask::Note { text, is_heard }).await?;
        Ok(Answer::text(messages::noted(number)))
    });
    Ok(plan.about(Target::Incident(number)))
}

/// The incident that is named first, and the rest. Where no room has one, a bare number names it.
fn numbered(text: &str, may_be_bare: bool) -> (Option<Number>, &str) {
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let is_marked = first.starts_with('#');
    let word = Word { text: first.to_owned(), ..Word::default() };
    match number_of(&word).filter(|_| is_marked || may_be_bare) {
        Some(number) => (Some(number), rest.trim()),
        None => (None, text),
    }
}
