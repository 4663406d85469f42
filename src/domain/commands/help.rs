//! What the help says, made of what the commands say of themselves.
//!
//! It fits a phone: at most [`LINES_MAX`] lines of at most [`WIDTH`] characters.

use super::spec::{Spec, Topic};

/// The lines of a phone that a person sees without scrolling, below the keyboard's edge.
pub const LINES_MAX: usize = 14;
/// The characters of one line on a phone held upright.
pub const WIDTH: usize = 60;
/// How far the names stand from the edge.
const INDENT: usize = 6;

/// What may be typed, by topic. `about` is where: `#12`.
#[must_use]
pub fn overview(specs: &[Spec], about: Option<&str>) -> String {
    let mut lines = vec![match about {
        Some(about) => format!("What you may type here, about {about}:"),
        None => "What you may type:".to_owned(),
    }];
    for topic in Topic::SHOWN {
        let names = specs.iter().filter(|spec| spec.topic == topic).map(|spec| spec.name);
        lines.extend(wrapped(topic.name(), names));
    }
    lines.truncate(LINES_MAX - 1);
    lines.push("One of them: help graph. Search: help search noise".to_owned());
    lines.join("\n")
}

/// `act   ack, resolve, note` in as many lines as it takes.
fn wrapped<'a>(topic: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = format!("{topic:INDENT$}");
    for name in names {
        if line.len() + name.len() + 2 > WIDTH {
            lines.push(std::mem::replace(&mut line, " ".repeat(INDENT)));
        }
        line.push_str(name);
        line.push_str("  ");
    }
    if !line.trim().is_empty() && line.trim() != topic {
        lines.push(line);
    }
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

/// Everything about one command.
#[must_use]
pub fn about(spec: &Spec, may: Result<(), &str>) -> String {
    let mut lines = vec![format!("{}: {}", spec.name, spec.help), format!("Type: {}", spec.usage)];
    if !spec.aliases.is_empty() {
        lines.push(format!("Also: {}", spec.aliases.join(", ")));
    }
    if !spec.examples.is_empty() {
        lines.push("For example:".to_owned());
        lines.extend(spec.examples.iter().take(4).map(|example| format!("  {example}")));
    }
    if spec.has_table {
        lines.push("A | may follow: where, sort, head, group, fields, grep".to_owned());
    }
    match may {
        Ok(()) => {}
        Err(why) => lines.push(format!("You may not: {why}")),
    }
    lines.truncate(LINES_MAX);
    lines.join("\n")
}

/// The commands in whose words this text stands.
#[must_use]
pub fn search(specs: &[Spec], text: &str) -> String {
    let text = text.trim().to_lowercase();
    let has = |spec: &&Spec| {
        let texts = [spec.name, spec.usage, spec.help];
        let all = texts.iter().chain(spec.aliases).chain(spec.examples);
        all.into_iter().any(|it| it.to_lowercase().contains(&text))
    };
    let found: Vec<&Spec> = specs.iter().filter(has).collect();
    if found.is_empty() {
        return format!("Nothing in the help has {text:?}. What there is: help");
    }
    let mut lines = vec![format!("{} commands have {text:?}:", found.len())];
    if let [only] = found.as_slice() {
        lines = vec![format!("One command has {text:?}: {}", only.name)];
    }
    lines.extend(found.iter().take(LINES_MAX - 2).map(|spec| short(spec)));
    if found.len() > LINES_MAX - 2 {
        lines.push("and more: search for a longer word".to_owned());
    }
    lines.join("\n")
}

/// `  ack: Take an incident`, cut to the width of a phone.
fn short(spec: &Spec) -> String {
    let line = format!("  {}: {}", spec.name, spec.help);
    match line.char_indices().nth(WIDTH - 3) {
        Some((at, _)) if line.chars().count() > WIDTH => {
            format!("{}...", line.get(..at).unwrap_or_default())
        }
        Some(_) | None => line,
    }
}

/// The table of the README.
#[must_use]
pub fn markdown(specs: &[Spec]) -> String {
    let cell = |text: &str| text.replace('|', "\\|");
    let mut lines = vec!["| Type | What it does |".to_owned(), "|---|---|".to_owned()];
    let row = |spec: &Spec| format!("| `{}` | {} |", cell(spec.usage), cell(spec.help));
    lines.extend(specs.iter().map(row));
    lines.join("\n")
}
