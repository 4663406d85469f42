//! What users of the older bots type: read as our own lines, or answered with the line to type.
//!
//! The grammars are those of hubot-grafana (`src/grafana.js`), hubot-pager-me (`src/pager-me.js`)
//! and hubot-deploy. A spelling that changes something and means something else there than it seems
//! (`pager me 1234` took the pager for 1234 minutes) is never run.

use crate::domain::duration;

/// What an older spelling means here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Older {
    /// It is this line.
    Same(String),
    /// It is not run: this is said, and these lines are offered.
    Instead {
        /// What to say.
        say: String,
        /// Lines that may have been meant, as they are typed here.
        lines: Vec<String>,
    },
}

/// Reads an older spelling; none: it is not one.
#[must_use]
pub fn older(line: &str) -> Option<Older> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let small: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let small: Vec<&str> = small.iter().map(String::as_str).collect();
    match small.as_slice() {
        ["graf" | "grafana", ..]
        | ["graph", "db" | "dash" | "dashboard" | "list" | "search", ..] => {
            grafana(words.get(1..)?)
        }
        ["graph", "alerts" | "pause" | "unpause" | "set", ..] => grafana(words.get(1..)?),
        ["pager" | "major"] => same("who is on call"),
        ["pager" | "major", "me"] => same("who is on call"),
        ["pager" | "major", "me", ..] => {
            let rest = words.get(2..)?;
            me(rest).or_else(|| pager(rest))
        }
        ["pager" | "major", ..] => pager(words.get(1..)?),
        ["am", "i", "on", "call" | "call?"] => same("who is on call"),
        ["who's" | "whos" | "whose", "on", "call" | "call?", rest @ ..] => {
            let rest: Vec<&str> = rest.iter().map(|word| word.trim_end_matches('?')).collect();
            same(format!("who is on call {}", rest.join(" ")).trim())
        }
        ["auth", who, what] => auth(who, what),
        _ => None,
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the arms of `older` say it so")]
fn same(line: &str) -> Option<Older> {
    Some(Older::Same(line.to_owned()))
}

#[expect(clippy::unnecessary_wraps, reason = "the arms of `older` say it so")]
fn instead(say: &str, lines: &[String]) -> Option<Older> {
    Some(Older::Instead { say: say.to_owned(), lines: lines.to_vec() })
}

/// `graf db cms:latency host=web now-6h now`.
fn grafana(words: &[&str]) -> Option<Older> {
    let (what, rest) = words.split_first()?;
    match (what.to_lowercase().as_str(), rest) {
        ("db" | "dash" | "dashboard", [target, rest @ ..]) => dashboard(target, rest),
        ("list", []) => same("graph"),
        ("list" | "search", _) => same("graph"),
        ("alerts", []) => same("alerts"),
        ("alerts", [state, ..]) => same(&format!("alerts | where status={}", state.to_lowercase())),
        ("pause" | "unpause", _) => instead(
            "Nothing was paused: alerts are silenced here, for a time.",
            &["silence 2h alertname=NAME".to_owned(), "silences".to_owned()],
        ),
        ("set", _) => instead(
            "Nothing was set: addresses and keys stand in the configuration, never in a room. \
             If that was a key, change it: everybody here has seen it.",
            &[],
        ),
        (_, _) => None,
    }
}

fn dashboard(target: &str, rest: &[&str]) -> Option<Older> {
    let (uid, panel) = target.split_once(':').unwrap_or((target, ""));
    let is_reserved = |key: &str| {
        matches!(key, "width" | "height" | "tz" | "orgid" | "apiendpoint" | "kiosk" | "from" | "to")
    };
    let mut variables = Vec::new();
    let mut times = Vec::new();
    for word in rest {
        match word.split_once('=') {
            Some(("from" | "to", value)) => times.push(value),
            Some((key, _)) if is_reserved(&key.to_lowercase()) => {}
            Some(_) => variables.push(*word),
            None if *word == "kiosk" => {}
            None => times.push(word),
        }
    }
    let range = match times.as_slice() {
        [] | ["now"] => "6h".to_owned(),
        [from] | [from, "now", ..] => length(from)?,
        [from, _, ..] => {
            let line = format!("graph {} {}", name(panel, uid), length(from)?);
            return instead("A range ends now here.", &[line]);
        }
    };
    let words = [&["graph", name(panel, uid)], variables.as_slice(), &[range.as_str()]].concat();
    let line = words.join(" ");
    let is_number = panel.chars().all(|c| c.is_ascii_digit()) || panel.starts_with("panel-");
    if !panel.is_empty() && is_number {
        return instead(
            "Panels have names here, not numbers: their titles. The names are: graph",
            &["graph".to_owned(), line],
        );
    }
    Some(Older::Same(line))
}

/// The panel's title, or the dashboard where none or only a number is given.
fn name<'a>(panel: &'a str, uid: &'a str) -> &'a str {
    let is_title = panel.chars().any(char::is_alphabetic) && !panel.starts_with("panel-");
    if is_title { panel } else { uid }
}

/// The length of `now-6h`, `6h` or `12hr`; none: it is no time.
fn length(from: &str) -> Option<String> {
    let text = from.strip_prefix("now-").unwrap_or(from);
    let text = text
        .strip_suffix("hrs")
        .or(text.strip_suffix("hr"))
        .map_or_else(|| text.to_owned(), |hours| format!("{hours}h"));
    let text = text.strip_suffix("min").map_or_else(|| text.clone(), |it| format!("{it}m"));
    duration::parse(&text).is_ok().then_some(text)
}

/// `pager me 1234`, `pager me as ana@example`, `pager me cms 60`; none: it is `pager me ack`.
fn me(words: &[&str]) -> Option<Older> {
    match words {
        [number] if is_number(number) => instead(
            "Nothing was done. In the older bot this took the pager for that many minutes.",
            &[format!("ack {number}"), format!("override SCHEDULE @me {number}m")],
        ),
        ["as", ..] => instead(
            "Nothing was done: who is who stands in the configuration, in [people].",
            &["whoami".to_owned()],
        ),
        [schedule, minutes] if is_number(minutes) && !is_verb(schedule) => instead(
            "Nothing was done.",
            &[format!("override {schedule} @me {minutes}m"), "who is on call".to_owned()],
        ),
        _ => None,
    }
}

fn is_verb(word: &str) -> bool {
    ["ack", "resolve", "res", "incident", "note", "notes", "maintenance"].contains(&word)
}

fn is_number(word: &str) -> bool {
    let word = word.trim_start_matches('#');
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

fn pager(words: &[&str]) -> Option<Older> {
    let (verb, rest) = words.split_first()?;
    match (verb.to_lowercase().as_str(), rest) {
        ("incidents" | "inc" | "sup" | "problems", []) => same("incidents"),
        ("incident", [number]) if is_number(number) => same(&format!("status {number}")),
        ("note", [number, text @ ..]) if is_number(number) && !text.is_empty() => {
            let number = number.trim_start_matches('#');
            same(&format!("note #{number} {}", text.join(" ")))
        }
        ("notes", [number]) if is_number(number) => same(&format!("timeline {number}")),
        (verb @ ("ack" | "acknowledge" | "resolve" | "res"), numbers) => {
            answered(if verb.starts_with("res") { "resolve" } else { "ack" }, numbers)
        }
        ("ack!" | "acknowledge!" | "resolve!" | "res!", _) => instead(
            "Nothing was done: each incident is answered for by itself here.",
            &["incidents".to_owned()],
        ),
        ("trigger" | "page", [who, ..]) => {
            instead("Nobody was paged.", &[format!("page @{}", who.trim_start_matches('@'))])
        }
        ("default", _) => instead("Nobody was paged.", &["incidents".to_owned()]),
        ("forget", _) => instead(
            "Nothing was done: who is who stands in the configuration, in [people].",
            &["whoami".to_owned()],
        ),
        ("my", _) => same("my shifts"),
        ("schedule", [schedule, ..]) => same(&format!("shifts {schedule}")),
        ("schedules" | "schedule" | "overrides", _) => same("who is on call"),
        ("override", [schedule, ..]) => instead(
            "Nothing was done.",
            &[format!("override {schedule} @me 2h"), "who is on call".to_owned()],
        ),
        ("services", []) => same("alerts | group service"),
        ("maintenance", [minutes, services @ ..]) if is_number(minutes) && !services.is_empty() => {
            let line = |service: &&str| format!("maintenance {service} {minutes}m");
            let lines: Vec<String> = services.iter().take(3).map(line).collect();
            instead("Nothing was done.", &lines)
        }
        (_, _) => None,
    }
}

fn answered(verb: &str, numbers: &[&str]) -> Option<Older> {
    match numbers {
        [] => same(verb),
        [number] if is_number(number) => {
            same(&format!("{verb} {}", number.trim_start_matches('#')))
        }
        many if many.iter().all(|it| is_number(it.trim_end_matches(','))) => {
            let line = |number: &&str| {
                format!("{verb} {}", number.trim_end_matches(',').trim_start_matches('#'))
            };
            let lines: Vec<String> = many.iter().take(6).map(line).collect();
            instead("Nothing was done: one line for each incident, so that each is sure.", &lines)
        }
        _ => None,
    }
}

fn auth(who: &str, what: &str) -> Option<Older> {
    let line = format!("grant deploy:{what} to @{}", who.trim_start_matches('@'));
    instead("Nothing was granted: a grant says what for.", &[line])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_lines_that_mean_the_same_run() {
        for (typed, line) in [
            ("graf db cms", "graph cms 6h"),
            ("grafana db cms:latency now-12hr now", "graph latency 12h"),
            ("graf dash cms:latency host=web-1 width=800 now-1h", "graph latency host=web-1 1h"),
            ("graph db cms:latency kiosk", "graph latency 6h"),
            ("graf list", "graph"),
            ("graf search disk", "graph"),
            ("graf alerts", "alerts"),
            ("graf alerts Firing", "alerts | where status=firing"),
            ("pager", "who is on call"),
            ("major me", "who is on call"),
            ("am I on call?", "who is on call"),
            ("who's on call for cms?", "who is on call for cms"),
            ("whos on call", "who is on call"),
            ("pager sup", "incidents"),
            ("pager me incidents", "incidents"),
            ("pager incident 12", "status 12"),
            ("pager note 12 the disk is full", "note #12 the disk is full"),
            ("pager notes 12", "timeline 12"),
            ("pager ack", "ack"),
            ("pager me ack 12", "ack 12"),
            ("pager res #12", "resolve 12"),
            ("pager schedules", "who is on call"),
            ("pager my schedule 30", "my shifts"),
            ("pager services", "alerts | group service"),
        ] {
            assert_eq!(older(typed), Some(Older::Same(line.to_owned())), "{typed}");
        }
    }

    #[test]
    fn older_lines_that_mean_something_else_are_answered_with_the_line_to_type() {
        for (typed, line) in [
            ("graf db cms:3", "graph cms 6h"),
            ("graf db cms:panel-7 1h", "graph cms 1h"),
            ("graf db cms now-6h now-1h", "graph cms 6h"),
            ("graf pause alert 3", "silence 2h alertname=NAME"),
            ("pager me 1234", "ack 1234"),
            ("pager me 1234", "override SCHEDULE @me 1234m"),
            ("pager me cms 60", "override cms @me 60m"),
            ("pager me as ana@example.org", "whoami"),
            ("pager forget me", "whoami"),
            ("pager trigger ana the disk is full", "page @ana"),
            ("pager ack!", "incidents"),
            ("pager ack 1, 2 3", "ack 2"),
            ("pager override cms 10:00 - 12:00", "override cms @me 2h"),
            ("pager maintenance 60 cms", "maintenance cms 60m"),
            ("auth jbrueder cms", "grant deploy:cms to @jbrueder"),
        ] {
            let Some(Older::Instead { say, lines }) = older(typed) else { panic!("{typed}") };
            assert!(!say.is_empty() && lines.contains(&line.to_owned()), "{typed}: {lines:?}");
        }
        assert!(matches!(older("graf set api_key x"), Some(Older::Instead { .. })));
    }

    #[test]
    fn other_lines_are_left_alone() {
        for line in
            ["graph latency cms 1h", "status", "pager frobnicate", "major outage", "auth", ""]
        {
            assert_eq!(older(line), None, "{line}");
        }
    }
}
