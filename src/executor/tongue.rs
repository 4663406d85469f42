//! What an assignment has said so far: its last lines, whatever the amount.

use std::collections::VecDeque;
use std::sync::Mutex;

use super::redact::Redactor;
use crate::adapters::actions::Says;
use crate::domain::line::cut;

/// Lines at the end that are kept: a phone's screen, twice.
const LINES_MAX: usize = 40;
/// Characters of each.
const LINE_MAX: usize = 400;
/// Lines that are looked at closely in one go; of a flood only the newest matter.
const FLOOD: usize = 4;

/// Keeps the end of what is said.
#[derive(Debug)]
pub(super) struct Tongue {
    redactor: Redactor,
    said: Mutex<Said>,
}

#[derive(Debug, Default)]
struct Said {
    /// Not yet redacted: that costs, and most lines of a flood are never seen.
    lines: VecDeque<String>,
    count: u64,
}

impl Tongue {
    pub(super) fn new(redactor: Redactor) -> Self {
        Self { redactor, said: Mutex::default() }
    }

    /// The last line.
    pub(super) fn last(&self) -> String {
        let last = self.said.lock().ok().and_then(|said| {
            said.lines.iter().rev().take(FLOOD).find(|line| !line.trim().is_empty()).cloned()
        });
        last.map(|line| cut(&self.redactor.line(&line), LINE_MAX)).unwrap_or_default()
    }

    /// How many lines came: it grows with each.
    pub(super) fn count(&self) -> u64 {
        self.said.lock().map(|said| said.count).unwrap_or_default()
    }

    /// The last lines, with a word on how many came before them.
    pub(super) fn tail(&self) -> String {
        let Ok(said) = self.said.lock() else { return String::new() };
        let more = said.count.saturating_sub(u64::try_from(said.lines.len()).unwrap_or_default());
        let more = (more > 0).then(|| format!("({more} lines before these)"));
        let lines = said.lines.iter().map(|line| cut(&self.redactor.line(line), LINE_MAX));
        more.into_iter().chain(lines).collect::<Vec<_>>().join("\n")
    }
}

impl Says for Tongue {
    fn line(&self, line: &str) {
        if let Ok(mut said) = self.said.lock() {
            said.count += 1;
            if said.lines.len() >= LINES_MAX {
                said.lines.pop_front();
            }
            said.lines.push_back(line.to_owned());
        }
    }
}
