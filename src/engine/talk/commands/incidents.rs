//! `incidents`: what is wrong.

use super::prelude::*;
use crate::domain::commands::weight;
use crate::domain::incident::Phase;
use crate::engine::views::IncidentView;

/// How many incidents are looked at: open ones are among the newest.
const LOOKED_AT: usize = 500;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        aliases: &["list"],
        usage: "incidents [open|mine|all]",
        help: "The incidents that are open, those you have, or all",
        examples: &["incidents", "incidents mine", "incidents all | where severity>=sev2"],
        has_table: true,
        ..Spec::reads("incidents", Topic::Ask)
    },
    read,
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    Open,
    Mine,
    All,
}

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let which = [("open", Which::Open), ("mine", Which::Mine), ("all", Which::All)];
    let found = which.into_iter().find(|(word, _)| args.keyword(word));
    let (word, which) = found.unwrap_or(("open", Which::Open));
    args.end(COMMAND.spec.usage)?;
    Ok(Plan::new(word, async move |desk: Desk| {
        let mut views = desk.engine.incidents(None, LOOKED_AT).await?;
        let me = desk.by();
        views.retain(|view| match which {
            Which::All => true,
            Which::Open => is_open(view),
            Which::Mine => is_open(view) && is_mine(view, &me),
        });
        views.sort_by_cached_key(|view| {
            (!is_open(view), std::cmp::Reverse((weight(&view.severity), view.number)))
        });
        let worst = views.first().filter(|view| is_open(view));
        let worst = worst.map(|view| (view.number, view.severity.as_str(), view.title.as_str()));
        let text = messages::incidents(word, views.len(), worst);
        Ok(Answer::table(text, table(&desk, &views)))
    }))
}

fn is_open(view: &IncidentView) -> bool {
    matches!(view.phase, Phase::Triggered | Phase::Acknowledged)
}

fn is_mine(view: &IncidentView, me: &str) -> bool {
    [&view.acknowledged_by, &view.lead].into_iter().any(|who| who.as_deref() == Some(me))
}

#[expect(clippy::cast_precision_loss, reason = "numbers of incidents are far below 2^52")]
fn table(desk: &Desk, views: &[IncidentView]) -> Values {
    let columns = [
        ("number", Kind::Number),
        ("severity", Kind::Severity),
        ("state", Kind::Text),
        ("title", Kind::Text),
        ("since", Kind::Time),
        ("lead", Kind::Text),
        (".service", Kind::Text),
        (".env", Kind::Text),
        (".firing", Kind::Number),
    ];
    let mut values = Values::new(&columns, desk.now);
    for view in views {
        let text = |text: Option<String>| text.map_or(Cell::Empty, Cell::Text);
        let label = |name: &str| text(view.labels.get(name).map(ToString::to_string));
        values.push(vec![
            Cell::Number(view.number as f64),
            Cell::Text(view.severity.clone()),
            Cell::Text(messages::state(view.phase).to_owned()),
            Cell::Text(view.title.clone()),
            view.opened_at.map_or(Cell::Empty, Cell::Time),
            text(view.lead.clone().or(view.acknowledged_by.clone())),
            label("service"),
            label("env"),
            Cell::Number(f64::from(view.alerts.firing)),
        ]);
    }
    values
}
