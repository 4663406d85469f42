//! `maintenance`: a silence with a word for a service that is worked on.

use chrono::TimeDelta;

use super::prelude::*;
use super::shifts::schedule_word;
use crate::domain::duration;
use crate::domain::matcher::{Matcher, Op};
use crate::domain::messages::oncall as say;
use crate::domain::noise::silence::api::{MatcherParts, PostableSilence};

/// The longest maintenance from a room.
const LONGEST: TimeDelta = TimeDelta::days(30);

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "maintenance cms 2h [why]",
        help: "Wake nobody for a service while it is worked on",
        examples: &["maintenance cms 2h", "maintenance cms 30m new disks"],
        ..Spec::changes("maintenance", Topic::Calm)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let usage = || Mistake::new(messages::usage(COMMAND.spec.usage));
    let (mut length, service) = (args.duration(), schedule_word(args).ok_or_else(usage)?);
    if length.is_none() {
        length = args.duration();
    }
    let length = length.ok_or_else(usage)?;
    if length > LONGEST {
        return Err(Mistake::new(messages::too_long_silence(LONGEST.num_days())));
    }
    let why: Vec<String> = args.rest().into_iter().map(|word| word.text).collect();
    let why = why.join(" ");
    let mut text = format!("{} {}", shown(&service), duration::format(length));
    for word in why.split_whitespace() {
        text.push_str(&format!(" {}", shown(word)));
    }
    let matcher = Matcher::new("service", Op::Equal, service.as_str());
    let matcher = matcher.map_err(|bad| Mistake::new(format!("Nothing was silenced: {bad}.")))?;
    let target = Target::Named(service.clone());
    let plan = Plan::new(text, async move |desk: Desk| {
        let ends_at = desk.now + length;
        let id = desk.engine.put_silence(PostableSilence {
            id: None,
            comment: say::maintenance_comment(&desk.by(), &why),
            created_by: desk.by(),
            ends_at,
            matchers: vec![MatcherParts::from(&matcher)],
            starts_at: desk.now,
            repeats: None,
        });
        let id = id.await?;
        let text = say::maintenance(&service, ends_at);
        Ok(Answer::text(text).offer("End it", format!("unsilence {id}")))
    });
    Ok(plan.about(target))
}
