//! `run`: start a runbook.

use compact_str::{CompactString, format_compact};

use super::prelude::*;
use crate::domain::run::{Input, Patient};
use crate::domain::runbook::Values as Typed;
use crate::engine::runs::Wanted;
use crate::engine::views::Refusal;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "run NAME [value …] [name=value …]",
        help: "Start a runbook; it asks for an approval where its author wants one",
        examples: &["run restart-service cms", "run restart-service service=cms", "run 7 continue"],
        ..Spec::changes("run", Topic::Act)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    if let Some(Number(number)) = args.number() {
        return decide(args, number);
    }
    let usage = || Mistake::new(messages::usage(COMMAND.spec.usage));
    let name = args.next_word().filter(is_name).ok_or_else(usage)?.text;
    let words = args.rest();
    let mut text = vec![shown(&name)];
    text.extend(words.iter().map(ToString::to_string));
    let resource = name.clone();
    let plan = Plan::new(text.join(" "), async move |desk: Desk| {
        let typed = typed(&desk, &name, words)?;
        begin(&desk, name.into(), typed, None).await
    });
    Ok(plan.about(Target::Named(resource)))
}

/// Runbooks have names that need no quotes.
fn is_name(word: &Word) -> bool {
    let begins = word.text.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_plain = word.text.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
    word.key.is_none() && begins && is_plain
}

/// `run 7 continue`: how a run goes on.
fn decide(args: &mut Args<'_>, number: u64) -> Result<Plan, Mistake> {
    let word = ["continue", "stop", "undo"].into_iter().find(|word| args.keyword(word));
    let word = word.ok_or_else(|| Mistake::new(messages::usage("run 7 continue|undo|stop")))?;
    args.end("run 7 continue|undo|stop")?;
    let plan = Plan::new(format!("{number} {word}"), async move |desk: Desk| {
        let by = desk.by();
        let input = match word {
            "stop" => Input::Stop { by },
            "undo" => Input::Undo { by },
            _ => Input::Continue { by },
        };
        let answer = desk.engine.ask_run(number, input).await?;
        Ok(Answer::text(messages::run_answered(number, word, answer)))
    });
    Ok(plan.about(Target::Run(number)))
}

/// Words without a name take the parameters in the runbook's order.
fn typed(desk: &Desk, name: &str, words: Vec<Word>) -> Result<Typed, Trouble> {
    let known = desk.engine.equipment();
    let Some(runbook) = known.book.get(name) else {
        let near = crate::domain::commands::near(name, known.book.names());
        let offers = near.iter().map(|near| format!("run {near}")).collect();
        let text = messages::no_runbook(name);
        return Err(Trouble::Mistaken(Mistake { text, offers }));
    };
    let (mut typed, mut places) = (Typed::new(), runbook.args.iter());
    for word in words {
        let name = match word.key {
            Some(key) => key,
            None => places.next().cloned().ok_or_else(|| {
                Trouble::Refused(messages::too_much(&word.text, COMMAND.spec.usage))
            })?,
        };
        typed.insert(name, word.text);
    }
    Ok(typed)
}

/// Begins a run in the name of whoever typed it.
pub(super) async fn begin(
    desk: &Desk,
    runbook: CompactString,
    typed: Typed,
    environment: Option<CompactString>,
) -> Result<Answer, Trouble> {
    let here = desk.place.incident.as_ref();
    let incident = match here.filter(|here| here.is_open) {
        Some(here) => {
            let case = desk.engine.case_of(here.number).await?;
            Some(Patient { case, number: here.number })
        }
        None => None,
    };
    let wanted = Wanted {
        key: format_compact!("{}/{}", desk.by(), desk.engine.new_id("run")),
        runbook,
        typed,
        environment,
        labels: here.map(|here| here.labels.clone()).unwrap_or_default(),
        by: desk.by(),
        mode: None,
        critical: false,
        incident,
        room: desk.place.room.clone(),
    };
    let number = desk.engine.begin_run(wanted).await.map_err(|refusal| match refusal {
        // What does not fit is the answer, not a failure of ours.
        Refusal::Invalid(why) => Trouble::Refused(messages::sentence(&why)),
        other => other.into(),
    })?;
    let run = desk.engine.run(number).await?;
    Ok(Answer { buttons: run.post.buttons.clone(), ..Answer::text(run.post.text) })
}
