//! Which letters of a name may be shown.

/// Whether a letter shows nothing and may change how its neighbours are read.
///
/// Line ends and other
/// control characters, marks of direction, blanks without width, tags: names from labels are
/// shown without them. The list is Unicode's category Cf as far as it is in use, with Cc.
#[must_use]
pub fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_seen_and_marks_are_not() {
        for letter in "aä я ω ש 漢 🙂-_\u{301}".chars() {
            assert!(!is_invisible(letter), "{letter:?}");
        }
        for mark in "\u{202e}\u{200b}\n\t\u{0}\u{7f}\u{feff}\u{2066}\u{e0041}".chars() {
            assert!(is_invisible(mark), "{mark:?}");
        }
    }
}
