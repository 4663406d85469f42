//! `alerts`: what fires.

use super::prelude::*;
use crate::domain::commands::weight;
use crate::domain::incident::MemberStatus;
use crate::domain::messages::status;
use crate::engine::views::AlertView;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "alerts [all] [where …]",
        help: "What fires: in an incident's room its own alerts, all with `all`",
        examples: &["alerts", "alerts where severity=critical", "alerts | group service | head 5"],
        has_table: true,
        ..Spec::reads("alerts", Topic::Ask)
    },
    read,
};

/// The columns that every list of alerts has. What begins with `.` is for filters.
const COLUMNS: [(&str, Kind); 8] = [
    ("status", Kind::Text),
    ("severity", Kind::Severity),
    ("alertname", Kind::Text),
    ("service", Kind::Text),
    ("instance", Kind::Text),
    ("since", Kind::Time),
    ("incident", Kind::Number),
    (".fingerprint", Kind::Text),
];

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let is_all = args.keyword("all");
    let named = args.number();
    args.end(COMMAND.spec.usage)?;
    let number = if is_all { None } else { named.or(args.place().number()) };
    let text = number.map_or_else(|| "all".to_owned(), |number| format!("#{number}"));
    Ok(Plan::new(text, async move |desk: Desk| {
        let alerts = match number {
            Some(number) => desk.engine.alerts_of(number).await?,
            None => desk.alerts().await?,
        };
        let firing = alerts.iter().filter(|it| it.status == MemberStatus::Firing).count();
        let worst = worst(&alerts);
        let text = messages::alerts(firing, alerts.len(), number, worst.as_deref());
        Ok(Answer::table(text, table(&desk, alerts)))
    }))
}

/// The worst severity that fires.
fn worst(alerts: &[AlertView]) -> Option<String> {
    let firing = alerts.iter().filter(|it| it.status == MemberStatus::Firing);
    let severities = firing.filter_map(|it| it.alert.labels.get("severity"));
    severities.max_by_key(|severity| weight(severity)).map(ToString::to_string)
}

fn table(desk: &Desk, mut alerts: Vec<AlertView>) -> Values {
    alerts.sort_by_cached_key(|it| {
        let severity = it.alert.labels.get("severity").map_or(0, |severity| weight(severity));
        let is_over = it.status != MemberStatus::Firing;
        (is_over, std::cmp::Reverse(severity), it.starts_at, it.fingerprint)
    });
    let known = |name: &str| COLUMNS.iter().any(|(it, _)| it.trim_start_matches('.') == name);
    let labels = alerts.iter().flat_map(|it| it.alert.labels.keys());
    let more: std::collections::BTreeSet<String> =
        labels.filter(|name| !known(name)).map(|name| format!(".{name}")).collect();
    let mut columns = COLUMNS.to_vec();
    columns.extend(more.iter().map(|name| (name.as_str(), Kind::Text)));
    let mut values = Values::new(&columns, desk.now);
    for alert in &alerts {
        values.push(row(alert, &more));
    }
    values
}

#[expect(clippy::cast_precision_loss, reason = "numbers of incidents are far below 2^52")]
fn row(view: &AlertView, more: &std::collections::BTreeSet<String>) -> Vec<Cell> {
    let label = |name: &str| match view.alert.label(name) {
        "" => Cell::Empty,
        value => Cell::Text(value.to_owned()),
    };
    let mut row = vec![
        Cell::Text(status(&view.status).to_owned()),
        label("severity"),
        label("alertname"),
        label("service"),
        label("instance"),
        Cell::Time(view.starts_at),
        view.number.map_or(Cell::Empty, |number| Cell::Number(number.0 as f64)),
        Cell::Text(view.fingerprint.to_string()),
    ];
    row.extend(more.iter().map(|name| label(name.trim_start_matches('.'))));
    row
}
