//! A label as the letters that are drawn from left to right.
//!
//! What shows nothing is left out, Hebrew and Arabic are turned round, and Arabic letters take the
//! form that their neighbours ask for. It is not the whole of Unicode's bidirectional algorithm:
//! a name has one direction, or runs of them.

use std::borrow::Cow;

use crate::domain::chart::is_invisible;

/// Labels may be of any length; a picture is at most this wide in letters, with much to spare.
const LETTERS_MAX: usize = 2000;

/// The label without what cannot be seen, in the order of the eye.
pub(super) fn visible(label: &str) -> String {
    let seen: String = label
        .chars()
        .take(LETTERS_MAX)
        .map(|letter| if letter.is_whitespace() { ' ' } else { letter })
        .filter(|letter| !is_invisible(*letter))
        .collect();
    if seen.chars().any(is_right_to_left) { turned(&joined(&seen)) } else { seen }
}

/// The first letters and an ellipsis, so that it fits `fits`.
pub(super) fn headed<'a>(label: &'a str, fits: impl Fn(&str) -> bool) -> Cow<'a, str> {
    cut(label, fits, |letters, kept| letters.iter().take(kept).chain(&['…']).collect())
}

/// The first and the last letters with an ellipsis between, so that it fits `fits`; both ends of a
/// name tell it from others.
pub(super) fn shortened<'a>(label: &'a str, fits: impl Fn(&str) -> bool) -> Cow<'a, str> {
    cut(label, fits, |letters, kept| {
        let head = letters.iter().take(kept.div_ceil(2));
        let tail = letters.iter().skip(letters.len() - kept / 2);
        head.chain(&['…']).chain(tail).collect()
    })
}

/// The longest cut that fits.
fn cut<'a>(
    label: &'a str,
    fits: impl Fn(&str) -> bool,
    cut: impl Fn(&[char], usize) -> String,
) -> Cow<'a, str> {
    if fits(label) {
        return Cow::Borrowed(label);
    }
    let letters: Vec<char> = label.chars().collect();
    let (mut good, mut bad) = (0, letters.len());
    while bad - good > 1 {
        let middle = usize::midpoint(good, bad);
        if fits(&cut(&letters, middle)) {
            good = middle;
        } else {
            bad = middle;
        }
    }
    Cow::Owned(cut(&letters, good))
}

fn is_right_to_left(letter: char) -> bool {
    matches!(letter, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
}

fn is_left_to_right(letter: char) -> bool {
    letter.is_alphanumeric() && !is_right_to_left(letter)
}

/// Turns each run of right-to-left letters, with the blanks and signs inside it.
fn turned(label: &str) -> String {
    let letters: Vec<char> = label.chars().collect();
    let mut text = String::with_capacity(label.len());
    let mut rest = letters.as_slice();
    while let Some(begin) = rest.iter().position(|letter| is_right_to_left(*letter)) {
        let (before, run) = rest.split_at(begin);
        text.extend(before);
        let reach = run.iter().position(|letter| is_left_to_right(*letter)).unwrap_or(run.len());
        let mut inside = run.iter().take(reach);
        let end = inside.rposition(|letter| is_right_to_left(*letter)).map_or(0, |last| last + 1);
        let (run, after) = run.split_at(end);
        text.extend(run.iter().rev().map(|letter| mirrored(*letter)));
        rest = after;
    }
    text.extend(rest);
    text
}

fn mirrored(letter: char) -> char {
    match letter {
        '(' => ')',
        ')' => '(',
        '[' => ']',
        ']' => '[',
        '{' => '}',
        '}' => '{',
        '<' => '>',
        '>' => '<',
        other => other,
    }
}

/// How many forms each letter from U+0621 on has in the block "Arabic Presentation Forms-B", which
/// lists them in this order from U+FE80: alone, at the end, at the beginning, in the middle.
const FORMS: &[u8; 26] =
    &[1, 2, 2, 2, 2, 4, 2, 4, 2, 4, 4, 4, 4, 4, 2, 2, 2, 2, 4, 4, 4, 4, 4, 4, 4, 4];
/// The same from U+0641 on, where the block continues at U+FED1.
const MORE_FORMS: &[u8; 10] = &[4, 4, 4, 4, 4, 4, 4, 2, 2, 4];

/// The letter's first form, and how many it has.
fn forms(letter: char) -> Option<(u32, u8)> {
    let code = u32::from(letter);
    let (table, first_letter, first_form) = match code {
        0x621..=0x63a => (FORMS.as_slice(), 0x621, 0xfe80),
        0x641..=0x64a => (MORE_FORMS.as_slice(), 0x641, 0xfed1),
        _ => return None,
    };
    let index = usize::try_from(code - first_letter).ok()?;
    let before: u32 = table.iter().take(index).map(|count| u32::from(*count)).sum();
    table.get(index).map(|count| (first_form + before, *count))
}

/// Arabic letters in the forms that join them.
fn joined(label: &str) -> String {
    let letters: Vec<char> = label.chars().collect();
    let reaches_on = |letter: Option<&char>| {
        letter.and_then(|letter| forms(*letter)).is_some_and(|(_, count)| count == 4)
    };
    let takes = |letter: Option<&char>| {
        letter.and_then(|letter| forms(*letter)).is_some_and(|(_, count)| count > 1)
    };
    let shape = |at: usize, letter: char| {
        let (first, count) = forms(letter)?;
        let is_joined_before =
            count > 1 && reaches_on(at.checked_sub(1).and_then(|at| letters.get(at)));
        let is_joined_behind = count == 4 && takes(letters.get(at + 1));
        char::from_u32(first + u32::from(is_joined_before) + 2 * u32::from(is_joined_behind))
    };
    letters.iter().enumerate().map(|(at, letter)| shape(at, *letter).unwrap_or(*letter)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_labels_stay_as_they_are() {
        assert_eq!(visible("p99 Größe Ωλ 東京"), "p99 Größe Ωλ 東京");
        assert_eq!(visible("a\n\tb\u{202e}c\u{0}"), "a  bc");
        assert_eq!(visible(&"x".repeat(10_000)).len(), LETTERS_MAX);
    }

    #[test]
    fn hebrew_is_turned_and_numbers_are_not() {
        assert_eq!(visible("שלום"), "םולש");
        assert_eq!(visible("db-1 שלום עולם ok"), "db-1 םלוע םולש ok");
        assert_eq!(visible("(שלום)"), "(םולש)");
    }

    #[test]
    fn arabic_letters_join() {
        // Alone, at the beginning, in the middle, at the end; alef joins only to what is before it.
        assert_eq!(visible("ب"), "\u{fe8f}");
        assert_eq!(visible("ببب"), "\u{fe90}\u{fe92}\u{fe91}");
        assert_eq!(visible("باب"), "\u{fe8f}\u{fe8e}\u{fe91}");
        assert_eq!(visible("ي"), "\u{fef1}");
    }

    #[test]
    fn a_long_name_keeps_both_ends() {
        let fits = |text: &str| text.chars().count() <= 9;
        assert_eq!(shortened("checkout-eu-1", fits), "chec…eu-1");
        assert_eq!(headed("checkout-eu-1", fits), "checkout…");
        assert_eq!(shortened("short", fits), "short");
        assert_eq!(shortened("anything", |_| false), "…");
    }
}
