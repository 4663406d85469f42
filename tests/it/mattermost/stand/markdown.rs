//! What Mattermost's clients make of a message: letters, and whether any of them has power.
//!
//! The rules are those of `mattermost/marked: lib/marked.js`, which the web client shows messages with,
//! and of `server/channels/app/mention_parser_standard.go`, which decides who is called.

use serde_json::Value;

use super::{Channel, File};
use crate::contract::platform::Seen;

/// What the web client undoes behind a backslash.
const ESCAPED: &str = "`*{}[]()#+-.!_>|~";
/// Has no width, and is not on the screen.
const JOINER: char = '\u{2060}';

/// A message as a reader sees it.
pub(crate) fn seen(
    channel: &Channel,
    files: &std::collections::BTreeMap<String, File>,
) -> Vec<Seen> {
    let shown = channel.posts.iter().filter(|post| post["delete_at"] == 0);
    shown.map(|post| look(post, files)).collect()
}

fn look(post: &Value, files: &std::collections::BTreeMap<String, File>) -> Seen {
    let id = post["id"].as_str().unwrap().to_owned();
    let mut seen = Seen { id, is_pinned: post["is_pinned"] == true, ..Seen::default() };
    read(post["message"].as_str().unwrap_or_default(), &mut seen);
    for attachment in post["props"]["attachments"].as_array().into_iter().flatten() {
        read(attachment["text"].as_str().unwrap_or_default(), &mut seen);
        let actions = attachment["actions"].as_array().map(Vec::as_slice).unwrap_or_default();
        seen.choices += actions.len();
        for action in actions {
            read(action["name"].as_str().unwrap_or_default(), &mut seen);
        }
    }
    let names = post["file_ids"].as_array().into_iter().flatten().filter_map(Value::as_str);
    seen.alts = names.filter_map(|id| files.get(id)).map(|file| file.name.clone()).collect();
    seen
}

/// Reads one text into what is seen.
pub(crate) fn read(text: &str, seen: &mut Seen) {
    let mut fence: Option<String> = None;
    for line in text.split('\n') {
        let ticks: String = line.chars().take_while(|c| *c == '`').collect();
        match &fence {
            Some(open) if line.starts_with(open.as_str()) => fence = None,
            Some(_) => seen.text.push_str(line),
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => read_line(line, seen),
        }
        seen.text.push('\n');
    }
}

fn read_line(line: &str, seen: &mut Seen) {
    let body = line.trim_start_matches(' ');
    let is_bullet = ["- ", "+ ", "> ", ">", "==", "--"].iter().any(|mark| body.starts_with(mark));
    let rest = body.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_number = rest.len() < body.len() && (rest.starts_with(". ") || rest.starts_with(") "));
    let is_heading = body.trim_start_matches('#').starts_with(' ') && body.starts_with('#');
    seen.formats |= is_bullet || is_number || is_heading || line.starts_with("    ");
    let letters: Vec<char> = line.chars().collect();
    let mut at = 0;
    while at < letters.len() {
        at += letter(&letters, at, seen);
    }
}

/// Reads what stands at a place; how many letters that took.
fn letter(letters: &[char], at: usize, seen: &mut Seen) -> usize {
    let (here, next) = (letters[at], letters.get(at + 1).copied().unwrap_or(' '));
    let before = at.checked_sub(1).map_or(' ', |at| letters[at]);
    let rest: String = letters[at..].iter().collect();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    match here {
        '\\' if ESCAPED.contains(next) => {
            seen.text.push(next);
            return 2;
        }
        '&' => {
            if let Some((decoded, length)) = entity(&rest) {
                seen.text.push(decoded);
                return length;
            }
        }
        JOINER => return 1,
        '*' | '`' | '|' => seen.formats = true,
        '_' => seen.formats |= !(before.is_alphanumeric() && next.is_alphanumeric()),
        '[' => seen.formats |= rest.contains("]("),
        '~' => {
            seen.formats |= next == '~';
            seen.mentions |= !is_word(before) && next.is_ascii_alphanumeric();
        }
        '#' => seen.mentions |= !is_word(before) && next.is_alphabetic(),
        '@' => seen.mentions |= !is_word(before) && is_word(next),
        '<' => seen.formats |= next.is_alphabetic() || next == '/' || next == '!',
        '$' => seen.formats |= rest.get(1..).is_some_and(|rest| rest.contains('$')),
        ':' => seen.formats |= is_symbol(&rest),
        _ => {}
    }
    seen.text.push(here);
    1
}

/// `:fire:`; the digits that stand for choices are ours.
fn is_symbol(rest: &str) -> bool {
    let Some((name, _)) = rest.trim_start_matches(':').split_once(':') else { return false };
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '+' | '-');
    !name.is_empty() && name.chars().all(is_name) && !["one", "two", "three"].contains(&name)
}

fn entity(rest: &str) -> Option<(char, usize)> {
    let (name, _) = rest.strip_prefix('&')?.split_once(';')?;
    let length = name.chars().count() + 2;
    let decoded = match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        _ => char::from_u32(name.strip_prefix('#')?.parse().ok()?)?,
    };
    Some((decoded, length))
}

#[test]
fn power_is_seen_where_it_is() {
    let look = |text: &str| {
        let mut seen = Seen::default();
        read(text, &mut seen);
        (seen.mentions, seen.formats)
    };
    for text in ["@all", "x @here", "~town", "#tag"] {
        assert!(look(text).0, "{text}");
    }
    for text in ["*b*", "_i_", "`c`", "[x](y)", "# h", "- l", "1. l", "> q", "<b>", ":fire:", "a|b"]
    {
        assert!(look(text).1, "{text}");
    }
    for text in ["disk_full", "a@b.c", "12:30", "\\*b\\*", "&lt;b\\>", "$5", "-5 ms"] {
        assert_eq!(look(text), (false, false), "{text}");
    }
}
