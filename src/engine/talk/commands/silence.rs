//! `silence`: this is not news for a while.

use chrono::TimeDelta;

use super::prelude::*;
use crate::domain::commands::Place;
use crate::domain::duration;
use crate::domain::matcher::{Matcher, Op};
use crate::domain::noise::silence::api::{MatcherParts, PostableSilence};

/// The longest silence from a room: a longer one is a change of the rules.
const LONGEST: TimeDelta = TimeDelta::days(30);

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "silence 2h [service=cms …] [why]",
        help: "Hold alerts back for a while: the room's own, or those with these labels",
        examples: &["silence 2h new disks", "silence 30m service=cms env=prod deploy"],
        ..Spec::changes("silence", Topic::Calm)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    args.keyword("for");
    let usage = || Mistake::new(messages::usage(COMMAND.spec.usage));
    let length = args.duration().ok_or_else(usage)?;
    if length > LONGEST {
        return Err(Mistake::new(messages::too_long_silence(LONGEST.num_days())));
    }
    let (mut matchers, mut comment) = (Vec::new(), Vec::new());
    for word in args.rest() {
        match matcher(&word)? {
            Some(matcher) => matchers.push(matcher),
            None => comment.push(word.text),
        }
    }
    if matchers.is_empty() {
        matchers = here(args.place())?;
    }
    let comment = comment.join(" ");
    let service = matchers.iter().find(|it| it.name() == "service" && it.op() == Op::Equal);
    let target = service.map_or(Target::Nothing, |it| Target::Named(it.value().to_string()));
    let mut words = vec![duration::format(length)];
    words.extend(matchers.iter().map(written));
    words.extend(comment.split_whitespace().map(shown));
    let plan = Plan::new(words.join(" "), async move |desk: Desk| {
        let ends_at = desk.now + length;
        let comment = if comment.is_empty() { messages::silenced_by(&desk.by()) } else { comment };
        let shown: Vec<String> = matchers.iter().map(ToString::to_string).collect();
        let id = desk.engine.put_silence(PostableSilence {
            id: None,
            comment,
            created_by: desk.by(),
            ends_at,
            matchers: matchers.iter().map(MatcherParts::from).collect(),
            starts_at: desk.now,
            repeats: None,
        });
        let id = id.await?;
        let text = messages::silenced(&shown.join(", "), ends_at, &id);
        Ok(Answer::text(text).offer("Take it back", format!("unsilence {id}")))
    });
    Ok(plan.about(target))
}

/// The labels of the room's incident.
fn here(place: &Place) -> Result<Vec<Matcher>, Mistake> {
    let none = || Mistake::new(messages::silence_what());
    let labels = &place.incident.as_ref().ok_or_else(none)?.labels;
    let matcher = |(name, value): (&compact_str::CompactString, &compact_str::CompactString)| {
        Matcher::new(name.clone(), Op::Equal, value.clone()).ok()
    };
    let matchers: Vec<Matcher> = labels.iter().filter_map(matcher).collect();
    if matchers.is_empty() { Err(none()) } else { Ok(matchers) }
}

/// The matcher that a word is: `service=cms`, `env!=dev`, `alertname=~Disk.*`; none: it is a remark.
fn matcher(word: &Word) -> Result<Option<Matcher>, Mistake> {
    let split = |sign: &str| word.text.split_once(sign).filter(|(name, _)| is_name(name));
    let (name, op, value) = match (&word.key, split("!="), split("!~")) {
        (Some(key), _, _) => match word.text.strip_prefix('~') {
            Some(regex) => (key.as_str(), Op::Match, regex),
            None => (key.as_str(), Op::Equal, word.text.as_str()),
        },
        (None, Some((name, value)), _) => (name, Op::NotEqual, value),
        (None, None, Some((name, value))) => (name, Op::NotMatch, value),
        (None, None, None) => return Ok(None),
    };
    // Values from Alertmanager's page come with their quotes inside ours.
    let bad = |bad| Mistake::new(format!("Nothing was silenced: {bad}."));
    Matcher::new(name, op, value).map(Some).map_err(bad)
}

fn is_name(text: &str) -> bool {
    let is_letter = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
    !text.is_empty() && text.chars().all(is_letter)
}

/// A matcher as a word that is read as the same one.
fn written(matcher: &Matcher) -> String {
    let (name, value) = (matcher.name(), matcher.value());
    let word = |key: Option<&str>, text: String| {
        let is_plain =
            |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '~' | '/' | ':');
        let is_quoted = key.is_none() || text.is_empty() || !text.chars().all(is_plain);
        if is_quoted {
            Word { key: key.map(str::to_owned), text, is_quoted }.to_string()
        } else {
            format!("{}={text}", key.unwrap_or_default())
        }
    };
    match matcher.op() {
        Op::Equal if value.starts_with('~') => {
            word(Some(name), format!("~{}", regex::escape(value)))
        }
        Op::Equal => word(Some(name), value.to_string()),
        Op::Match => word(Some(name), format!("~{value}")),
        Op::NotEqual => word(None, format!("{name}!={value}")),
        Op::NotMatch => word(None, format!("{name}!~{value}")),
    }
}
