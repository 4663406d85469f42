//! What happens in an example: `20m resolve service=cms`.

use chrono::TimeDelta;
use compact_str::CompactString;

use crate::domain::alert::Labels;
use crate::domain::commands::{Word, words};
use crate::domain::diagnostic::Place;

/// Something that happens, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// How long after the beginning.
    pub after: TimeDelta,
    /// What.
    pub deed: Deed,
    /// Where it is written.
    pub place: Place,
}

/// What can happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// A source reports that an alert fires: `fire alertname=Slow annotations.summary="it is slow"`.
    Fire {
        /// Its labels.
        labels: Labels,
        /// Its annotations.
        annotations: Labels,
    },
    /// A source reports its end.
    Resolve {
        /// Its labels.
        labels: Labels,
    },
    /// Somebody types a line: `say ana silence 2h`, `say ana in ops status`. Without a room it is
    /// that of the newest incident.
    Say {
        /// Who.
        who: CompactString,
        /// The room: an incident's number.
        room: Option<u64>,
        /// What.
        line: String,
    },
    /// Somebody agrees to the newest question: `approve ana`; or refuses it.
    Answer {
        /// Who.
        who: CompactString,
        /// `approve` or `deny`.
        verb: &'static str,
    },
    /// A heartbeat's sign of life: `beat prometheus`.
    Beat {
        /// Its name.
        name: CompactString,
    },
    /// What an outside system answers from now on: `outside rooms refuse`.
    Outside {
        /// Which.
        door: Door,
        /// How.
        manner: Manner,
    },
}

/// An outside system, as examples name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Door {
    /// `rooms`
    Rooms,
    /// `posts`
    Posts,
    /// `tickets`
    Tickets,
    /// `pages`, `pages ana`
    Pages(Option<CompactString>),
    /// `steps`, `steps restart`
    Steps(Option<CompactString>),
    /// `checks`
    Checks,
}

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// `work`
    Work,
    /// `fail`: not now.
    Fail,
    /// `refuse`: never.
    Refuse,
}

/// What can happen, for help texts.
pub(super) const VERBS: &[&str] =
    &["fire", "resolve", "ack", "say", "approve", "deny", "silence", "beat", "outside"];

/// Reads what stands behind the time. The error says what is wrong, and what to write.
pub(super) fn read(verb: &str, rest: &str) -> Result<Deed, (String, String)> {
    match verb {
        "fire" => {
            let (labels, annotations) = labels(rest)?;
            Ok(Deed::Fire { labels, annotations })
        }
        "resolve" => Ok(Deed::Resolve { labels: labels(rest)?.0 }),
        "ack" => Ok(Deed::Say { who: name(verb, rest)?, room: None, line: "ack".to_owned() }),
        "approve" => Ok(Deed::Answer { who: name(verb, rest)?, verb: "approve" }),
        "deny" => Ok(Deed::Answer { who: name(verb, rest)?, verb: "deny" }),
        "silence" => Ok(Deed::Say { who: NOBODY, room: None, line: format!("silence {rest}") }),
        "say" => say(rest),
        "beat" => Ok(Deed::Beat { name: name(verb, rest)? }),
        "outside" => outside(rest),
        _ => Err((
            format!("`{verb}` is nothing that can happen in an example"),
            format!("what can happen: {}", VERBS.join(", ")),
        )),
    }
}

/// Who makes silences where nobody is named: the operator of this machine.
pub(super) const NOBODY: CompactString = CompactString::const_new("operator");

fn labels(rest: &str) -> Result<(Labels, Labels), (String, String)> {
    let help = || "write labels as name=value: fire alertname=Slow service=cms".to_owned();
    let all = words(rest).map_err(|unclosed| (unclosed.to_string(), help()))?;
    let (mut labels, mut annotations) = (Labels::new(), Labels::new());
    for Word { key, text, .. } in all {
        let Some(key) = key else { return Err((format!("`{text}` is no label"), help())) };
        match key.strip_prefix("annotations.") {
            Some(name) => annotations.insert(name.into(), text.into()),
            None => labels.insert(key.into(), text.into()),
        };
    }
    if labels.is_empty() {
        return Err(("an alert has at least one label".to_owned(), help()));
    }
    Ok((labels, annotations))
}

fn name(verb: &str, rest: &str) -> Result<CompactString, (String, String)> {
    let name = rest.strip_prefix('@').unwrap_or(rest);
    if name.is_empty() || name.contains(char::is_whitespace) {
        return Err((format!("`{verb}` needs one name"), format!("write it like: {verb} ana")));
    }
    Ok(name.into())
}

fn say(rest: &str) -> Result<Deed, (String, String)> {
    let help = || "write who, then what they type: say ana status".to_owned();
    let (who, line) = rest.split_once(' ').ok_or_else(|| (missing(), help()))?;
    let (room, line) = match line.trim_start().strip_prefix("in ") {
        Some(placed) => {
            let (room, line) = placed.split_once(' ').ok_or_else(|| (missing(), help()))?;
            let room =
                room.parse().map_err(|_| (format!("`{room}` is no incident's number"), help()))?;
            (Some(room), line)
        }
        None => (None, line.trim_start()),
    };
    Ok(Deed::Say { who: name("say", who)?, room, line: line.to_owned() })
}

fn missing() -> String {
    "nothing is typed here".to_owned()
}

fn outside(rest: &str) -> Result<Deed, (String, String)> {
    let help = || {
        "write one of rooms, posts, tickets, pages [WHO], steps [NAME], checks, and then work, fail or refuse"
            .to_owned()
    };
    let words: Vec<&str> = rest.split_whitespace().collect();
    let (door, manner) = match words.as_slice() {
        ["rooms", manner] => (Door::Rooms, *manner),
        ["posts", manner] => (Door::Posts, *manner),
        ["tickets", manner] => (Door::Tickets, *manner),
        ["checks", manner] => (Door::Checks, *manner),
        ["pages", manner] => (Door::Pages(None), *manner),
        ["pages", who, manner] => (Door::Pages(Some((*who).into())), *manner),
        ["steps", manner] => (Door::Steps(None), *manner),
        ["steps", name, manner] => (Door::Steps(Some((*name).into())), *manner),
        _ => return Err((format!("`{rest}` is no outside system with its answer"), help())),
    };
    let manner = match manner {
        "work" => Manner::Work,
        "fail" => Manner::Fail,
        "refuse" => Manner::Refuse,
        other => return Err((format!("`{other}` is no answer of an outside system"), help())),
    };
    Ok(Deed::Outside { door, manner })
}
