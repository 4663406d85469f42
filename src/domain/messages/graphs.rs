//! What is said with a graph, and in place of one.

use crate::domain::chart::Chart;
use crate::domain::duration;

/// A remark of a program as a sentence: a capital first, a full stop last.
#[must_use]
pub fn sentence(text: &str) -> String {
    let mut letters = text.trim().chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    let mut sentence: String = first.chain(letters).collect();
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

/// Nobody has said where numbers are.
#[must_use]
pub fn no_source() -> String {
    "No metrics source is configured: add a section [metrics.NAME] to the configuration.".to_owned()
}

/// The sources took too long together.
#[must_use]
pub fn slow(seconds: f64) -> String {
    format!("The metrics did not come within {seconds} s.")
}

/// A variable has more values than one question can hold.
#[must_use]
pub fn too_many_values(name: &str, found: usize, most: usize) -> String {
    format!("{name} has {found} values, and {most} are the limit: say which, with {name}=…")
}

/// A dashboard whose variables never end.
#[must_use]
pub fn too_many_variables(most: usize) -> String {
    format!("The graph has more than {most} variables to look up: say some of them.")
}

/// There is nothing to compare with.
#[must_use]
pub fn no_past(why: &str) -> String {
    format!("the earlier time is missing: {why}")
}

/// Some of several queries have no answer.
#[must_use]
pub fn some_missing(why: &str) -> String {
    format!("some lines are missing: {why}")
}

/// The sources have nothing. `guess`: a word that was taken for a service.
#[must_use]
pub fn no_data(chart: &Chart, why: &str, guess: Option<&str>) -> String {
    let length = duration::format(chart.to - chart.from);
    let guess = guess.map_or_else(String::new, |word| {
        format!(" No graph is called {word}, so it was taken for a service.")
    });
    let command = &chart.command;
    format!(
        "{why} ({}, {length}).{guess} Look at a longer time, or check the name: {command}",
        chart.title
    )
}

/// How many lines are in the picture only, or not even there.
#[must_use]
pub fn untold(count: usize) -> String {
    if count == 1 { "and 1 more line".to_owned() } else { format!("and {count} more lines") }
}

/// A value is above a limit.
#[must_use]
pub fn over(label: &str, limit: &str) -> String {
    format!(", above {label} {limit}")
}

/// What else could have been meant.
#[must_use]
pub fn also(commands: &[String]) -> String {
    format!("There is also: {}", commands.join(" | "))
}

/// A chart has fewer points than the source gave.
#[must_use]
pub fn thinned() -> String {
    "every second point was left out, to keep the numbers small".to_owned()
}

/// The numbers cannot be stored.
#[must_use]
pub fn unkept(why: &str) -> String {
    format!("The graph was made, and cannot be kept: {why}.")
}

/// What is stored cannot be read now.
#[must_use]
pub fn unread(why: &str) -> String {
    format!("What is stored cannot be read now: {why}.")
}

/// There is no such picture.
#[must_use]
pub fn no_picture() -> String {
    "There is no picture of this name: it was never posted, or its incident is forgotten."
        .to_owned()
}

/// A fault of ours.
#[must_use]
pub fn undrawn() -> String {
    "The picture cannot be drawn: that is a fault of warroom, and the log says more.".to_owned()
}

/// What a room reads in place of a graph.
#[must_use]
pub fn not_yet(query: &str, why: &str, will_try: bool) -> String {
    if will_try {
        format!(
            "No graph yet ({query}): {why} It is tried for two minutes more, and comes here if that helps."
        )
    } else {
        format!("No graph ({query}): {why}")
    }
}
