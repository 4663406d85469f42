//! Answers about rights that people give each other.

use chrono::{DateTime, Utc};

fn moment(at: DateTime<Utc>) -> String {
    at.format("%a %Y-%m-%d %H:%M UTC").to_string()
}

/// A right as people type it: `deploy:cms in production`.
#[must_use]
pub fn right(verb: &str, resource: &str, environment: &str) -> String {
    match environment {
        "" => format!("{verb}:{resource}"),
        environment => format!("{verb}:{resource} in {environment}"),
    }
}

/// A right was given.
#[must_use]
pub fn given(to: &str, right: &str, until: DateTime<Utc>) -> String {
    format!("{to} may {right} until {}.", moment(until))
}

/// A right was taken back.
#[must_use]
pub fn taken(to: &str, right: &str, by: &str) -> String {
    format!("{to} may no longer {right}; {by} had given it. Rights of the configuration stay.")
}

/// How many rights there are that people gave.
#[must_use]
pub fn grants(count: usize) -> String {
    match count {
        0 => "Nobody was given anything for a while. Do it: grant deploy:cms to @jo until friday"
            .to_owned(),
        1 => "1 right that somebody gave:".to_owned(),
        count => format!("{count} rights that somebody gave:"),
    }
}

/// Whoever gives does not hold it themselves: now, or until the end that they name.
#[must_use]
pub fn not_held(why: &str, until: Option<DateTime<Utc>>) -> String {
    let until = until.map_or(String::new(), |until| format!(" until {}", moment(until)));
    format!("nothing was granted: you do not hold it yourself{until} ({why})")
}

/// It has no end that makes sense.
#[must_use]
pub fn bad_end(days: i64) -> String {
    format!("nothing was granted: a grant ends, in the future and within {days} days")
}

/// There are too many.
#[must_use]
pub fn too_many(most: usize) -> String {
    format!("nothing was granted: there are {most} grants already, revoke some first")
}

/// There is nothing to take back.
#[must_use]
pub fn never_given() -> String {
    "nothing was revoked: nobody gave that; what was given: grants".to_owned()
}

/// What cannot be given at all.
#[must_use]
pub fn not_to_be_given(verb: &str) -> String {
    format!(
        "Nothing was granted: the right to {verb} stands in the configuration alone, in \
         [[access.grant]]."
    )
}

/// It is no command that needs a right.
#[must_use]
pub fn no_right(verb: &str) -> String {
    format!("Nothing was granted: {verb:?} is no command that needs a right. What there is: help")
}

/// There is no such team.
#[must_use]
pub fn no_team(name: &str) -> String {
    format!("Nothing was granted: there is no team {name:?}. Teams stand in the configuration.")
}
