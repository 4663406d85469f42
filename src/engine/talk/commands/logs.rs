//! `logs`: the last lines of a service.

use chrono::TimeDelta;

use super::prelude::*;
use crate::adapters::logs::Wanted;
use crate::domain::commands::near;
use crate::engine::talk::desk::broken;

/// How many lines when nobody says: what a phone shows.
const LINES: usize = 10;
/// How many lines at most: a post is no place to read logs.
const LINES_MAX: usize = 200;
/// How far back when nobody says, outside an incident.
const BACK: TimeDelta = TimeDelta::hours(1);
/// How long before an incident its lines begin to be of interest.
const BEFORE: TimeDelta = TimeDelta::minutes(10);

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        aliases: &["log"],
        usage: "logs [cms] [10] [1h] [grep text]",
        help: "The last log lines of a service",
        examples: &["logs", "logs cms 20", "logs cms 2h grep timeout"],
        has_table: true,
        ..Spec::reads("logs", Topic::Look)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let (mut service, mut count, mut back, mut grep) = (None, None, None, None);
    loop {
        if let Some(length) = args.duration() {
            back = Some(length);
        } else if let Some(number) = args.count() {
            count = Some(number);
        } else if args.keyword("grep") {
            let words: Vec<String> = args.rest().into_iter().map(|word| word.text).collect();
            grep = Some(words.join(" ")).filter(|text| !text.is_empty());
        } else {
            match args.next_if(|word| word.key.is_none() && service.is_none()) {
                Some(word) => service = Some(word.text),
                None => break,
            }
        }
    }
    args.end(COMMAND.spec.usage)?;
    let service = service.or_else(|| args.place().label("service").map(ToString::to_string));
    let service = service.ok_or_else(|| Mistake::new(messages::which_service("logs")))?;
    let count = count.unwrap_or(LINES).clamp(1, LINES_MAX);
    Ok(planned(service, count, back, grep))
}

fn planned(service: String, count: usize, back: Option<TimeDelta>, grep: Option<String>) -> Plan {
    let mut text = format!("{} {count}", shown(&service));
    text.extend(back.map(|back| format!(" {}", crate::domain::duration::format(back))));
    text.extend(grep.iter().map(|grep| format!(" grep {}", shown(grep))));
    Plan::new(text, async move |desk: Desk| {
        let source = desk.logs(&service)?;
        let since = desk.place.incident.as_ref().and_then(|here| here.since);
        let from = match (back, since) {
            (Some(back), _) => desk.now - back,
            (None, Some(since)) => since - BEFORE,
            (None, None) => desk.now - BACK,
        };
        let mut arguments =
            std::collections::BTreeMap::from([("service".to_owned(), service.clone())]);
        arguments.extend(desk.place.label("env").map(|env| ("env".to_owned(), env.to_string())));
        let wanted = Wanted { arguments, containing: grep, from, to: desk.now, most: count };
        let lines = source.lines(wanted).await.map_err(|failure| broken("the logs", &failure))?;
        let mut values = Values::new(&[("at", Kind::Time), ("line", Kind::Text)], desk.now);
        for line in &lines {
            let at = line.at.map_or(Cell::Empty, Cell::Time);
            values.push(vec![at, Cell::Text(line.text.clone())]);
        }
        let answer = Answer::table(messages::logs(&service, lines.len()), values);
        Ok(if lines.is_empty() { nearest(answer, &service, &desk).await } else { answer })
    })
}

/// Offers the services that may have been meant: no source knows what it has no lines of.
async fn nearest(mut answer: Answer, service: &str, desk: &Desk) -> Answer {
    // Without the alerts there is nothing to offer, and the answer stands.
    let services = desk.services().await.unwrap_or_default();
    if services.contains(service) {
        return answer;
    }
    let near = near(service, services.iter().map(|it| it.as_str()));
    if !near.is_empty() {
        answer.text = format!("{} {}", answer.text, messages::perhaps(&near));
    }
    near.iter().fold(answer, |answer, name| {
        let line = format!("logs {}", shown(name));
        answer.offer(&line, line.clone())
    })
}
