//! `lock`: keep a place for yourself for a while.

use super::prelude::*;
use crate::domain::duration;
use crate::engine::runs::Holder;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "lock cms [prod] [why] [2h]",
        help: "Keep runs away from a service or one of its environments",
        examples: &["lock cms prod \"migration\" 2h", "lock cms"],
        ..Spec::changes("lock", Topic::Calm)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let Place { place, service, written } = place(args, COMMAND.spec.usage)?;
    let mut words = args.rest();
    let length = words.last().and_then(|word| duration::parse(&word.text).ok());
    if length.is_some() {
        words.pop();
    }
    let why = remark(words);
    let mut text = vec![written.clone()];
    text.extend(Some(quoted(&why)).filter(|_| !why.is_empty()));
    text.extend(length.map(duration::format));
    let plan = Plan::new(text.join(" "), async move |desk: Desk| {
        let until = length.map(|length| desk.now + length);
        let holder = Holder { by: desk.by(), run: None, why, since: desk.now, until };
        desk.engine.lock(&place, holder).await?;
        let back = format!("unlock {written}");
        Ok(Answer::text(messages::locked(&place, until)).offer("Let it go", back))
    });
    Ok(plan.about(Target::Named(service)))
}

/// What is kept: a service, or one of its environments.
pub(super) struct Place {
    /// Its name among the locks.
    pub(super) place: String,
    /// The service.
    pub(super) service: String,
    /// As it is typed.
    pub(super) written: String,
}

/// Reads a service, or a service and an environment.
pub(super) fn place(args: &mut Args<'_>, usage: &str) -> Result<Place, Mistake> {
    let missing = || Mistake::new(messages::usage(usage));
    let service = args.next_word().filter(|word| word.key.is_none()).ok_or_else(missing)?.text;
    let is_name = |word: &Word| {
        let is_plain = word.text.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
        word.key.is_none() && !word.is_quoted && is_plain && duration::parse(&word.text).is_err()
    };
    Ok(match args.next_if(is_name) {
        Some(Word { text: environment, .. }) => {
            let written = format!("{} {environment}", shown(&service));
            Place { place: format!("{service}/{environment}"), service, written }
        }
        None => Place { place: service.clone(), written: shown(&service), service },
    })
}
