//! Numbers, lines, people, and warroom itself.

use crate::domain::access::{Actor, Via};

/// A command gives no graph, because nobody serves numbers.
#[must_use]
pub fn no_metrics() -> String {
    "No metrics source is configured, so there is nothing to draw. Add to the configuration:\n\
     [metrics.main]\nkind = \"prometheus\"\nurl = \"http://127.0.0.1:9090\""
        .to_owned()
}

/// There are no log lines, because nobody serves them.
#[must_use]
pub fn no_logs() -> String {
    "No source of log lines is configured. Add to the configuration:\n\
     [logs.journal]\nkind = \"command\"\n\
     command = [\"journalctl\", \"--unit={service}\", \"--lines={lines}\"]"
        .to_owned()
}

/// How many graphs may be asked for by name.
#[must_use]
pub fn graphs(count: usize) -> String {
    match count {
        0 => "There are no graphs by name. Put files into dashboards/, or type a query: \
              graph q=\"up\" 1h"
            .to_owned(),
        1 => "1 graph has a name:".to_owned(),
        count => format!("{count} graphs have names:"),
    }
}

/// Which service's lines?
#[must_use]
pub fn which_service(verb: &str) -> String {
    format!("{verb} of which service? Type its name: {verb} cms")
}

/// A range is longer than a table can say something about.
#[must_use]
pub fn too_long_range(days: i64) -> String {
    format!("Nothing was asked: a range has at most {days} days. Longer ones: graph")
}

/// Something outside did not work.
#[must_use]
pub fn broken(what: &str, why: &str) -> String {
    format!("Cannot get {what}: {why}. Nothing was changed.")
}

/// How many series a query gave; one has its value.
#[must_use]
pub fn numbers(count: usize, only: Option<f64>) -> String {
    match (count, only) {
        (0, _) => "Nothing: the query matches no series now.".to_owned(),
        (_, Some(value)) => format!("{value}"),
        (1, None) => "1 series.".to_owned(),
        (count, None) => format!("{count} series."),
    }
}

/// How many lines there are.
#[must_use]
pub fn logs(service: &str, count: usize) -> String {
    match count {
        0 => format!("No lines of {service} in that time."),
        1 => format!("The last line of {service}:"),
        count => format!("The last {count} lines of {service}:"),
    }
}

/// Names that are near to what was typed.
#[must_use]
pub fn perhaps(near: &[&str]) -> String {
    format!("Did you mean {}?", near.join(" or "))
}

/// What is known of who is on call: the policies that rules page, each with a rule.
#[must_use]
pub fn on_call(wanted: Option<&str>, pages: &[(String, String)]) -> String {
    let about = wanted.map(|wanted| format!(" for {wanted}")).unwrap_or_default();
    let later = "Who answers there is known to your pager only: no [[schedule]] says it here.";
    if pages.is_empty() {
        return format!("Nobody is paged{about}: no rule says so. {later}");
    }
    let mut policies: Vec<&str> = pages.iter().map(|(page, _)| page.as_str()).collect();
    policies.dedup();
    let mut lines = vec![format!("Paged{about}: {}. {later}", policies.join(", "))];
    lines.extend(pages.iter().take(8).map(|(page, rule)| format!("- {page}, by rule {rule}")));
    lines.join("\n")
}

/// Nobody of the configuration is called so.
#[must_use]
pub fn nobody(name: &str, near: &[&str]) -> String {
    let near = match near {
        [] => String::new(),
        near => format!(" Near it: {}.", near.join(", ")),
    };
    format!("Nothing was done: the configuration knows nobody called {name:?}.{near}")
}

/// Who somebody is taken for.
#[must_use]
pub fn you_are(actor: &Actor, teams: &[&str], denied: &[&str]) -> String {
    let via = match actor.via {
        Via::Local => "this machine",
        Via::Token => "a token",
        Via::Console => "the console",
        Via::Chat => "chat",
        Via::Pager => "an answer to a page",
    };
    let mut lines = vec![format!("You are {}, by {via}.", actor.name)];
    if !actor.is_known && actor.via == Via::Chat {
        lines.push("Your name is not in the configuration, so no grant is yours.".to_owned());
    }
    if !teams.is_empty() {
        lines.push(format!("Your teams: {}.", teams.join(", ")));
    }
    lines.push(match denied {
        [] => "You may use every command here.".to_owned(),
        denied => format!("You may not: {}.", denied.join(", ")),
    });
    lines.join("\n")
}

/// An alias was made.
#[must_use]
pub fn aliased(name: &str, line: &str) -> String {
    format!("{name} now stands for: {line}")
}

/// An alias was taken back.
#[must_use]
pub fn unaliased(name: &str) -> String {
    format!("{name} stands for nothing any more.")
}

/// How many aliases there are.
#[must_use]
pub fn aliases(count: usize) -> String {
    match count {
        0 => "There are no aliases. Make one: alias gl = graph latency $1 1h".to_owned(),
        1 => "1 alias:".to_owned(),
        count => format!("{count} aliases:"),
    }
}

/// How many rules there are.
#[must_use]
pub fn rules(count: usize) -> String {
    match count {
        0 => "There are no rules: no alert can open an incident.".to_owned(),
        1 => "1 rule:".to_owned(),
        count => format!("{count} rules, the first that matches owns an alert:"),
    }
}

/// How well warroom is.
#[must_use]
pub fn health(missing: &[String], promise: &str, warnings: &[String]) -> String {
    let mut lines = match missing {
        [] => vec!["warroom is well.".to_owned()],
        [only] => vec![format!("warroom is not well: {only}.")],
        several => vec![format!("warroom is not well, {} things are missing:", several.len())],
    };
    if missing.len() > 1 {
        lines.extend(missing.iter().map(|it| format!("- {it}")));
    }
    lines.push(format!("The promise: {promise}."));
    lines.extend(warnings.iter().map(|warning| format!("- {warning}")));
    lines.join("\n")
}
