//! What the demo prints.

/// Prints a line.
#[expect(clippy::print_stdout, reason = "a demo is there to be read")]
pub(super) fn say(line: &str) {
    println!("{line}");
}
