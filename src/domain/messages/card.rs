//! The one card of an incident: what, how bad, since when, who, and what to do next.
//!
//! Its text says everything by itself; the facts are the same for who can lay them out.

use super::incident::{clock, count, number, title};
use super::plain::plain;
use crate::domain::incident::{Child, Head, Phase, Policy, RunMode, Slot};
use crate::domain::room::{Button, Card, Fact, Link, Post, Style};
use crate::domain::ticket::number_of;

/// Characters of the title: two lines of a phone.
pub(super) const TITLE_MAX: usize = 160;
/// Characters of one fact's value.
const FACT_MAX: usize = 240;

/// The card as it should look now.
#[must_use]
pub fn card(head: &Head) -> Post {
    let card = Card {
        number: head.number.map_or(0, |number| number.0),
        title: plain(title(head), TITLE_MAX),
        severity: plain(&head.severity, TITLE_MAX).into(),
        state: state(head),
        symbol: symbol(head.phase).to_owned(),
        facts: facts(head),
        links: links(head),
    };
    let buttons = buttons(head);
    Post { text: text(head), card: Some(Box::new(card)), buttons, ..Post::default() }
}

fn text(head: &Head) -> String {
    let title = plain(title(head), TITLE_MAX);
    let mut lines = vec![format!("{} {title} ({})", number(head), head.severity), state(head)];
    // Whoever has taken it leads it, unless somebody else does.
    let lead = head.lead.as_ref().filter(|lead| head.acknowledged_by.as_ref() != Some(lead));
    lines.extend(lead.map(|lead| format!("{lead} leads.")));
    lines.push(members(head));
    if let Some(since) = head.opened_at {
        lines.push(format!("since {}", clock(since)));
    }
    if let Slot::There(ticket) = &head.ticket {
        lines.push(format!("ticket {ticket}"));
    }
    lines.extend(children(head));
    lines.join("\n")
}

/// Where it stands, in words.
fn state(head: &Head) -> String {
    match (head.phase, &head.acknowledged_by) {
        (Phase::Quiet, _) => "Not open.".to_owned(),
        (Phase::Triggered, _) if head.step > 0 && head.pages_failed >= head.step => {
            "Nobody knows of it: no page could be delivered. Type: ack".to_owned()
        }
        (Phase::Triggered, _) if head.exhausted => {
            "Nobody has answered, and everybody was paged. Type: ack".to_owned()
        }
        (Phase::Triggered, _) => "Nobody has taken it yet. Type: ack".to_owned(),
        (Phase::Acknowledged, Some(by)) => format!("{by} has taken it."),
        (Phase::Acknowledged, None) => "Taken.".to_owned(),
        (Phase::Resolved | Phase::Closed, _) => match &head.resolved_by {
            Some(by) => format!("Resolved by {by}."),
            None => "Resolved.".to_owned(),
        },
        (Phase::Merged, _) => "Merged into another incident, which speaks for both.".to_owned(),
    }
}

/// A shape for each state, so that none is told by colour alone.
fn symbol(phase: Phase) -> &'static str {
    match phase {
        Phase::Quiet => "\u{25cb}",
        Phase::Triggered => "\u{25b2}",
        Phase::Acknowledged => "\u{25c6}",
        Phase::Resolved | Phase::Closed => "\u{2713}",
        Phase::Merged => "\u{2192}",
    }
}

fn members(head: &Head) -> String {
    let counts = head.counts;
    let mut members = format!("{} firing, {} resolved", counts.firing, counts.resolved);
    for (count, what) in
        [(counts.held, "held back"), (counts.stale, "stale"), (counts.flapping, "flapping")]
    {
        if count > 0 {
            members.push_str(&format!(", {count} {what}"));
        }
    }
    members
}

fn facts(head: &Head) -> Vec<Fact> {
    let policy = head.policy.as_deref();
    let ticket = match &head.ticket {
        Slot::There(ticket) => Some(ticket.to_string()),
        Slot::Pending => Some("is being opened".to_owned()),
        Slot::Failed => Some("there is none: it could not be opened".to_owned()),
        Slot::Empty => None,
    };
    let facts = [
        ("where", policy.and_then(place)),
        ("since", head.opened_at.map(clock)),
        ("alerts", Some(members(head))),
        ("joined", joined(head)),
        ("lead", lead(head)),
        ("trying", policy.and_then(tried)),
        ("ticket", ticket),
        ("rule", policy.map(rule)),
    ];
    let fact = |(name, value): (&str, Option<String>)| {
        Some(Fact { name: name.to_owned(), value: plain(&value?, FACT_MAX) })
    };
    facts.into_iter().filter_map(fact).collect()
}

/// The labels that its alerts have in common.
fn place(policy: &Policy) -> Option<String> {
    let labels = policy.labels.iter().map(|(name, value)| format!("{name}={value}"));
    let place = labels.collect::<Vec<_>>().join(", ");
    (!place.is_empty()).then_some(place)
}

fn lead(head: &Head) -> Option<String> {
    let is_open = head.is_open();
    let lead = head.lead.as_ref().or(head.acknowledged_by.as_ref()).map(ToString::to_string);
    lead.or_else(|| is_open.then(|| "nobody yet".to_owned()))
}

/// What the rule does about it by itself, or offers.
fn tried(policy: &Policy) -> Option<String> {
    let run = policy.run.as_ref()?;
    let how = match run.mode {
        RunMode::Watch => "only watched, nothing is changed",
        RunMode::Suggest => "suggested",
        RunMode::Approve => "waits for an approval",
        RunMode::Auto => "by itself",
    };
    Some(format!("runbook {} ({how})", run.runbook))
}

fn rule(policy: &Policy) -> String {
    format!("{} ({}:{})", policy.rule.name, policy.rule.file, policy.rule.line)
}

fn joined(head: &Head) -> Option<String> {
    let open = head.children.open;
    (open > 0).then(|| format!("{}, the newest {}", count(open, "incident"), newest(head)))
}

fn newest(head: &Head) -> String {
    let newest = head.children.newest.last();
    newest.map_or_else(String::new, |child| format!("#{} {}", child.number, child.title))
}

/// The newest joined incidents, newest first, and how many more there are.
fn children(head: &Head) -> Vec<String> {
    let newest = &head.children.newest;
    let line = |child: &Child| format!("#{} {}", child.number, plain(&child.title, TITLE_MAX));
    let mut lines: Vec<String> = newest.iter().rev().map(line).collect();
    let shown = u32::try_from(newest.len()).unwrap_or(u32::MAX);
    let more = head.children.open.saturating_sub(shown);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines
}

fn links(head: &Head) -> Vec<Link> {
    let Some(number) = head.number else { return Vec::new() };
    let mut links = vec![Link { text: "timeline".to_owned(), url: format!("/incidents/{number}") }];
    if let Slot::There(ticket) = &head.ticket
        && number_of(ticket).is_some()
    {
        links.push(Link { text: format!("ticket {ticket}"), url: format!("/tickets/{ticket}") });
    }
    links
}

/// What fits the state; each is the line that it types.
fn buttons(head: &Head) -> Vec<Button> {
    let graph = head.policy.as_ref().and_then(|policy| policy.graphs.first());
    let graph = graph.map_or_else(|| "graph".to_owned(), |graph| format!("graph {graph}"));
    let graph = ("Graph", graph.as_str(), Style::Normal);
    let silence = ("Silence 2h", "silence 2h", Style::Normal);
    let why = ("Why", "why", Style::Normal);
    let (ack, resolve) = ("Acknowledge", "Resolve");
    let buttons = match head.phase {
        Phase::Triggered => vec![
            (ack, "ack", Style::Primary),
            (resolve, "resolve", Style::Danger),
            graph,
            silence,
            why,
        ],
        Phase::Acknowledged => vec![(resolve, "resolve", Style::Primary), graph, silence, why],
        Phase::Resolved | Phase::Closed => {
            vec![("Timeline", "timeline", Style::Normal), graph, why]
        }
        Phase::Quiet | Phase::Merged => vec![why],
    };
    let button = |(label, command, style): (&str, &str, Style)| Button {
        label: label.to_owned(),
        command: command.to_owned(),
        style,
    };
    buttons.into_iter().map(button).collect()
}
