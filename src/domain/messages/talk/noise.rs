//! Why something happened or not, and what is held back.

use chrono::{DateTime, Utc};

use crate::domain::alert::Labels;
use crate::domain::ids::Number;
use crate::domain::incident::RuleRef;
use crate::domain::messages::plain;

/// Characters of a matcher's list in a line.
const MATCHERS_CHARS: usize = 200;

fn place(rule: &RuleRef) -> String {
    format!("rule {} ({}:{})", rule.name, rule.file, rule.line)
}

/// Why an incident opened, whom it paged, and what it could not do.
#[must_use]
pub fn why_opened(number: Number, rule: &str, labels: &Labels, reasons: &[String]) -> String {
    let labels: Vec<String> =
        labels.iter().map(|(name, value)| format!("{name}={}", plain(value, 80))).collect();
    let about = match labels.as_slice() {
        [] => String::new(),
        labels => format!(", one incident for {}", labels.join(" ")),
    };
    let mut lines = vec![format!("#{number} opened by rule {rule}{about}.")];
    lines.extend(reasons.iter().cloned());
    lines.push("An alert that is missing: why not ALERTNAME".to_owned());
    lines.join("\n")
}

/// Other alerts fit as well.
#[must_use]
pub fn others_alike(count: usize) -> String {
    match count {
        1 => " (1 other alert fits too: this is the newest.)".to_owned(),
        count => format!(" ({count} other alerts fit too: this is the newest.)"),
    }
}

/// Nobody has reported such an alert; what would become of it now.
#[must_use]
pub fn never_reported(
    fingerprint: &str,
    owner: Option<&RuleRef>,
    silence: Option<&str>,
    tried: &[String],
) -> String {
    let mut lines = vec!["No such alert is known here: no source has reported it.".to_owned()];
    lines.push(match (owner, silence) {
        (_, Some(id)) => format!("If it came now, silence {id} would hold it back."),
        (Some(rule), None) => format!("If it came now, {} would take it.", place(rule)),
        (None, None) => "If it came now with these labels only, no rule would want it:".to_owned(),
    });
    if owner.is_none() && silence.is_none() {
        lines.extend(tried.iter().map(|tried| format!("- {tried}")));
    }
    lines.push(format!("Its fingerprint would be {fingerprint}: look for it at the source."));
    lines.join("\n")
}

/// A silence is too long.
#[must_use]
pub fn too_long_silence(days: i64) -> String {
    format!("Nothing was silenced: at most {days}d from here. For longer, change the rule.")
}

/// A silence without labels, where no room has some.
#[must_use]
pub fn silence_what() -> String {
    "Nothing was silenced: say what. For example: silence 2h service=cms".to_owned()
}

/// The remark of a silence whose maker made none.
#[must_use]
pub fn silenced_by(by: &str) -> String {
    format!("by {by}, who said no more")
}

/// A silence was made.
#[must_use]
pub fn silenced(matchers: &str, until: DateTime<Utc>, id: &str) -> String {
    let until = until.format("%Y-%m-%d %H:%M UTC");
    format!("Silenced until {until}: {}.\nIts id: {id}", plain(matchers, MATCHERS_CHARS))
}

/// A silence was ended.
#[must_use]
pub fn unsilenced(matchers: &str) -> String {
    format!("No longer silenced: {}.", plain(matchers, MATCHERS_CHARS))
}

/// No silence has this id.
#[must_use]
pub fn no_silence(start: &str) -> String {
    let start = plain(start, 40);
    format!("No silence holds now whose id begins with {start:?}. The list is: silences")
}

/// More than one silence has this id.
#[must_use]
pub fn several_silences(start: &str) -> String {
    let start = plain(start, 40);
    format!("Nothing was ended: several ids begin with {start:?}. Which one?")
}

/// How many silences hold.
#[must_use]
pub fn silences(active: usize) -> String {
    match active {
        0 => "Nothing is silenced now.".to_owned(),
        1 => "1 silence holds now.".to_owned(),
        active => format!("{active} silences hold now."),
    }
}
