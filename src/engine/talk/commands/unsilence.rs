//! `unsilence`: it is news again.

use super::prelude::*;
use crate::domain::matcher::{Matcher, Matchers, Op};
use crate::domain::noise::silence::State;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "unsilence ID",
        help: "End a silence now; the first letters of its id are enough",
        examples: &["unsilence 5f1c"],
        ..Spec::changes("unsilence", Topic::Calm)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let word = args.next_word().filter(|word| word.key.is_none() && !word.text.is_empty());
    let word = word.ok_or_else(|| Mistake::new(messages::usage(COMMAND.spec.usage)))?;
    args.end(COMMAND.spec.usage)?;
    let start = word.text;
    let plan = Plan::new(shown(&start), async move |desk: Desk| {
        let silences = desk.engine.silences().await?;
        let mut found = silences
            .iter()
            .filter(|it| it.id.starts_with(start.as_str()) && it.state(desk.now) != State::Expired);
        match (found.next(), found.next()) {
            (Some(one), None) => {
                desk.permit(&COMMAND.spec, (service(&one.matchers), "")).await?;
                desk.engine.expire_silence(&one.id).await?;
                Ok(Answer::text(messages::unsilenced(&one.matchers.to_string())))
            }
            (None, _) => Err(Trouble::Failed(messages::no_silence(&start))),
            (Some(one), Some(two)) => {
                let offers = [one, two].map(|it| format!("unsilence {}", it.id)).into();
                let text = messages::several_silences(&start);
                Err(Trouble::Mistaken(Mistake { text, offers }))
            }
        }
    });
    Ok(plan.about(Target::Sought))
}

/// The service that a silence is about, as when it was made; empty where it names none.
fn service(matchers: &Matchers) -> &str {
    let named = matchers.iter().find(|it| it.name() == "service" && it.op() == Op::Equal);
    named.map_or("", |it: &Matcher| it.value())
}
