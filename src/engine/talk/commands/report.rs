//! `report`: what many incidents teach.

use chrono::TimeDelta;

use super::prelude::*;
use crate::domain::duration;
use crate::domain::reports;
use crate::engine::after::SINCE_MAX;

/// How far back a report looks when nobody says.
const SINCE: TimeDelta = TimeDelta::days(7);

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "report noise|people|mttr|runs [30d]",
        help: "Which rules make noise, who is woken, how long it takes, what runbooks are worth",
        examples: &["report noise", "report people 30d", "report mttr 90d"],
        has_table: true,
        ..Spec::reads("report", Topic::Ask)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let usage = || Mistake::new(messages::usage(COMMAND.spec.usage));
    let word = args.next_word().filter(|word| word.key.is_none()).ok_or_else(usage)?.text;
    let kind: reports::Kind = word.parse().map_err(|_| usage())?;
    args.keyword("since");
    let since = args.duration().unwrap_or(SINCE).min(SINCE_MAX);
    args.end(COMMAND.spec.usage)?;
    let text = format!("{} {}", kind.word(), duration::format(since));
    Ok(Plan::new(text, async move |desk: Desk| {
        let report = desk.engine.make_report(kind, desk.now - since).await?;
        // The numbers are the answer; a picture that cannot be kept is left out.
        let picture = desk.engine.report_picture(&report).await.ok();
        Ok(Answer { picture, ..Answer::table(report.text, report.values) })
    }))
}
