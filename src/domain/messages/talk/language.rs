//! Refusals, mistakes and offers.

/// A command needs an incident, and none is known here.
#[must_use]
pub fn which_incident(verb: &str) -> String {
    format!("{verb} which incident? Type its number: {verb} 12. The list is: incidents")
}

/// A command was not typed as it is used.
#[must_use]
pub fn usage(usage: &str) -> String {
    format!("Nothing was done. It is typed like this: {usage}")
}

/// There is a word too many.
#[must_use]
pub fn too_much(word: &str, usage: &str) -> String {
    format!("Nothing was done: {word} is too much. It is typed like this: {usage}")
}

/// Somebody called us and said no more.
#[must_use]
pub fn nothing_typed() -> String {
    "Nothing was typed. What there is: help".to_owned()
}

/// Nobody knows this verb.
#[must_use]
pub fn unknown(verb: &str, near: &[&str]) -> String {
    let verb: String = verb.chars().take(40).collect();
    if near.is_empty() {
        return format!("There is no command {verb:?}. What there is: help");
    }
    format!("There is no command {verb:?}. Near it: {}. All: help", near.join(", "))
}

/// A typo in a command that changes something.
#[must_use]
pub fn did_you_mean(line: &str) -> String {
    format!("Nothing was done. Did you mean: {line}")
}

/// A typo in a command that only reads.
#[must_use]
pub fn read_as(line: &str) -> String {
    format!("Read as: {line}")
}

/// Somebody may not do this. `who` may: people and teams.
#[must_use]
pub fn denied(why: &str, verb: &str, who: &[String]) -> String {
    if who.is_empty() {
        return format!(
            "Nothing was done: {why}, and nobody else holds one. Whoever keeps the configuration \
             gives it, in an [[access.grant]] for \"{verb}\"."
        );
    }
    format!("Nothing was done: {why}. Ask one who may: {}.", who.join(", "))
}

/// What somebody wants cannot be written into the audit log, so it is not done.
#[must_use]
pub fn not_written(why: &str) -> String {
    format!("Nothing was done: {why}. Try again in a moment.")
}

/// A command gives no table, so nothing can be filtered.
#[must_use]
pub fn no_table(verb: &str) -> String {
    format!("Nothing was done: {verb} gives no table, so no | may follow it.")
}

/// The full command, where the room filled something in.
#[must_use]
pub fn ran(line: &str) -> String {
    format!("ran: {line}")
}

/// A command took too long.
#[must_use]
pub fn too_slow(seconds: u64) -> String {
    format!("There was no answer within {seconds} s. Look before you type it again: status")
}
