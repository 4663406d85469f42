//! Names that are too long, shortened so that they still differ.

use std::collections::BTreeSet;

use crate::render::font;
use crate::render::script::{headed, shortened, visible};

/// Letters of what all names share that are kept before the part in which they differ.
const KEPT: usize = 2;
/// A hundred letters are never drawn; comparing more tells nothing.
const LETTERS_MAX: usize = 400;

/// The names as they are drawn, within a width at a size. What they share is left out only where
/// they would look alike with it; names that are the same get numbers.
pub(super) fn fitting(names: &[String], size: f32, width: f32) -> Vec<String> {
    let seen = numbered(&names.iter().map(|name| visible(name)).collect::<Vec<_>>());
    let letters: Vec<Vec<char>> =
        seen.iter().map(|name| name.chars().take(LETTERS_MAX).collect()).collect();
    let fits = |text: &str| font::width(text, size) <= width;
    let words = without_shared(&letters, word_begin, word_end);
    let middles = |names: &[String]| -> Vec<String> {
        names.iter().map(|name| shortened(name, fits).into_owned()).collect()
    };
    let heads = || words.iter().map(|name| headed(name, fits).into_owned()).collect();
    let few = || middles(&without_shared(&letters, keep_few, keep_few_behind));
    let tries: [&dyn Fn() -> Vec<String>; 3] = [&|| middles(&seen), &heads, &|| middles(&words)];
    tries.iter().map(|cut| cut()).find(|names| are_different(names)).unwrap_or_else(few)
}

fn are_different(names: &[String]) -> bool {
    names.iter().collect::<BTreeSet<_>>().len() == names.len()
}

/// Names that are the same, told apart by their place.
fn numbered(names: &[String]) -> Vec<String> {
    let is_twice = |name: &String| names.iter().filter(|other| *other == name).count() > 1;
    let numbered = names.iter().zip(1..).map(|(name, number)| match name.trim() {
        "" => format!("line {number}"),
        _ if is_twice(name) => format!("{number}: {name}"),
        _ => name.clone(),
    });
    numbered.collect()
}

/// The part in which the names differ, with an ellipsis for what they share.
fn without_shared(
    names: &[Vec<char>],
    begin: fn(&[char], usize) -> usize,
    end: fn(&[char], usize) -> usize,
) -> Vec<String> {
    let shared = shared(names.iter().map(|name| name.iter()));
    let shortest = names.iter().map(Vec::len).min().unwrap_or_default();
    let behind = shared_behind(names).min(shortest - shared.min(shortest));
    let cut = names.iter().map(|name| {
        let from = begin(name, shared);
        let to = end(name, name.len() - behind).max(from);
        let middle: String = name.get(from..to).unwrap_or_default().iter().collect();
        let head = if from > 0 { "…" } else { "" };
        let tail = if to < name.len() { "…" } else { "" };
        format!("{head}{middle}{tail}")
    });
    cut.collect()
}

fn shared_behind(names: &[Vec<char>]) -> usize {
    shared(names.iter().map(|name| name.iter().rev()))
}

/// How many letters all begin with.
fn shared<'a, I: Iterator<Item = &'a char> + Clone>(
    names: impl Iterator<Item = I> + Clone,
) -> usize {
    let Some(first) = names.clone().next() else { return 0 };
    let same = |other: I| first.clone().zip(other).take_while(|(one, two)| one == two).count();
    names.map(same).min().unwrap_or_default()
}

fn is_sign(letter: &char) -> bool {
    matches!(letter, '"' | '\'' | '=' | ',' | '{' | '}' | ' ' | '/' | ':' | '(' | ')')
}

/// Back to the begin of the word that differs.
fn word_begin(name: &[char], shared: usize) -> usize {
    let before = name.get(..shared).unwrap_or_default();
    before.iter().rposition(is_sign).map_or(0, |sign| sign + 1)
}

/// On to the end of the word that differs.
fn word_end(name: &[char], end: usize) -> usize {
    let behind = name.get(end..).unwrap_or_default();
    end + behind.iter().position(is_sign).unwrap_or(behind.len())
}

fn keep_few(_: &[char], shared: usize) -> usize {
    shared.saturating_sub(KEPT)
}

fn keep_few_behind(name: &[char], end: usize) -> usize {
    (end + KEPT).min(name.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(names: &[&str], letters: u8) -> Vec<String> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        fitting(&names, 1.0, f32::from(letters) * font::width("n", 1.0))
    }

    #[test]
    fn short_names_stay_whole() {
        assert_eq!(fitted(&["p50", "p99"], 10), ["p50", "p99"]);
        assert_eq!(fitted(&[], 10), [""; 0]);
    }

    #[test]
    fn long_names_keep_what_tells_them_apart() {
        let names = [0, 1].map(|n| format!("{{instance=\"cms-{n}.example:9100\", job=\"cms\"}}"));
        let names = names.each_ref().map(String::as_str);
        assert_eq!(fitted(&names, 16), ["…cms-0.example…", "…cms-1.example…"]);
        let long = [
            "a-very-long-service-name-1-and-a-long-tail",
            "a-very-long-service-name-2-and-a-long-tail",
        ];
        assert_eq!(fitted(&long, 9), ["…e-1-a…", "…e-2-a…"]);
    }

    #[test]
    fn names_that_are_the_same_get_numbers() {
        assert_eq!(
            fitted(&["up", "up", "", "\u{200b}"], 10),
            ["1: up", "2: up", "line 3", "line 4"]
        );
    }
}
