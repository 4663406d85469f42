//! What changed between two texts, line by line.
//!
//! The longest common lines are found for texts that people write; larger middles count as replaced
//! as a whole, which is true, only longer.

/// Pairs of lines that are compared at most: a changed middle of 2,000 lines on both sides.
const PAIRS_MAX: usize = 4_000_000;

/// A line that is only in one of two texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change<'a> {
    /// It was in the first text, at this line, from 1.
    Gone(usize, &'a str),
    /// It is in the second text, at this line, from 1.
    New(usize, &'a str),
}

/// The lines that differ, in their order; where lines are replaced, the old ones first.
#[must_use]
pub fn lines<'a>(old: &'a str, new: &'a str) -> Vec<Change<'a>> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let head = common(old.iter(), new.iter());
    let (old, new) = (old.get(head..).unwrap_or_default(), new.get(head..).unwrap_or_default());
    let tail = common(old.iter().rev(), new.iter().rev());
    let old = old.get(..old.len() - tail).unwrap_or_default();
    let new = new.get(..new.len() - tail).unwrap_or_default();
    if old.len().saturating_mul(new.len()) > PAIRS_MAX {
        let gone = old.iter().enumerate().map(|(at, line)| Change::Gone(head + at + 1, line));
        let new = new.iter().enumerate().map(|(at, line)| Change::New(head + at + 1, line));
        return gone.chain(new).collect();
    }
    middle(head, old, new)
}

fn common<'a, 'b>(
    one: impl Iterator<Item = &'b &'a str>,
    other: impl Iterator<Item = &'b &'a str>,
) -> usize
where
    'a: 'b,
{
    one.zip(other).take_while(|(one, other)| one == other).count()
}

/// The classic table: how many lines the rests have in common.
fn middle<'a>(head: usize, old: &[&'a str], new: &[&'a str]) -> Vec<Change<'a>> {
    let width = new.len() + 1;
    let mut table = vec![0_u32; (old.len() + 1) * width];
    let value = |table: &[u32], at: usize| table.get(at).copied().unwrap_or_default();
    for (row, line) in old.iter().enumerate().rev() {
        for (column, other) in new.iter().enumerate().rev() {
            let here = row * width + column;
            let best = if line == other {
                value(&table, here + width + 1) + 1
            } else {
                value(&table, here + width).max(value(&table, here + 1))
            };
            if let Some(cell) = table.get_mut(here) {
                *cell = best;
            }
        }
    }
    let (mut row, mut column, mut changes) = (0, 0, Vec::new());
    loop {
        match (old.get(row), new.get(column)) {
            (Some(line), Some(other)) if line == other => (row, column) = (row + 1, column + 1),
            (Some(line), other)
                if is_gone(&table, row * width + column, width, other.is_some()) =>
            {
                changes.push(Change::Gone(head + row + 1, line));
                row += 1;
            }
            (_, Some(other)) => {
                changes.push(Change::New(head + column + 1, other));
                column += 1;
            }
            (_, None) => return changes,
        }
    }
}

/// Whether leaving out the old line keeps as many lines in common as leaving out the new one.
fn is_gone(table: &[u32], here: usize, width: usize, has_other: bool) -> bool {
    !has_other || table.get(here + width) >= table.get(here + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(old: &str, new: &str) -> String {
        let one = |change: &Change<'_>| match change {
            Change::Gone(at, line) => format!("-{at}{line}"),
            Change::New(at, line) => format!("+{at}{line}"),
        };
        lines(old, new).iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn only_lines_that_differ_are_told() {
        assert_eq!(shown("a\nb\nc\nd", "a\nx\nc\nd\ne"), "-2b +2x +5e");
        assert_eq!(shown("a\nb", "a\nb"), "");
        assert_eq!(shown("", "a"), "+1a");
        assert_eq!(shown("a\nb\nc", "c"), "-1a -2b");
        assert_eq!(shown("a\nb\nc\nb", "b\nc\nd"), "-1a -4b +3d");
    }

    proptest! {
        #[test]
        fn what_is_told_makes_the_new_text_of_the_old_one(
            old in prop::collection::vec("[abc]", 0..12), new in prop::collection::vec("[abc]", 0..12),
        ) {
            let (before, after) = (old.join("\n"), new.join("\n"));
            let changes = lines(&before, &after);
            let mut made = old.clone();
            for change in changes.iter().rev() {
                if let Change::Gone(at, line) = change {
                    prop_assert_eq!(made.remove(at - 1), *line);
                }
            }
            for change in &changes {
                if let Change::New(at, line) = change {
                    made.insert(at - 1, (*line).to_owned());
                }
            }
            prop_assert_eq!(made, new);
        }
    }
}
