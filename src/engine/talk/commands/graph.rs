//! `graph`: numbers over time, as a picture.

use super::prelude::*;
use crate::domain::dashboard::{Bad, Context, Request};
use crate::engine::graphs::{Drawn, Miss};

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        aliases: &["chart", "plot"],
        usage: "graph latency cms 1h [vs 1d]",
        help: "Draw a graph of a dashboard, or of a query: q=\"…\"",
        examples: &["graph", "graph latency cms 6h vs 1d", "graph q=\"rate(requests[5m])\" 2h"],
        ..Spec::reads("graph", Topic::Look)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let words = args.rest();
    if words.is_empty() {
        return Ok(Plan::new("", async move |desk: Desk| Ok(offered(&desk))));
    }
    let request = Request::parse(&words).map_err(mistake)?;
    Ok(Plan::new(request.to_string(), async move |desk: Desk| {
        let none = || Trouble::Failed(messages::no_metrics());
        let graphs = desk.engine.graphs().ok_or_else(none)?;
        let context = match desk.place.number() {
            Some(number) => desk.engine.graph_context(number).await?,
            None => Context::default(),
        };
        match graphs.draw(&request, &context).await {
            Ok(Drawn { picture, text, .. }) => {
                Ok(Answer { picture: Some(picture), ..Answer::text(text) })
            }
            Err(Miss::Unclear(bad)) => Err(Trouble::Mistaken(mistake(bad))),
            Err(miss) => Err(Trouble::Failed(miss.to_string())),
        }
    }))
}

/// The graphs that may be asked for, each as a line to type.
fn offered(desk: &Desk) -> Answer {
    let library = desk.engine.dashboards();
    let mut values = Values::new(&[("graph", Kind::Text)], desk.now);
    for graph in library.offered() {
        values.push(vec![Cell::Text(graph.usage())]);
    }
    Answer::table(messages::graphs(values.len()), values)
}

/// What is wrong with a question, and the lines to type instead.
fn mistake(bad: Bad) -> Mistake {
    let line = |line: String| {
        if line.starts_with("graph") { line } else { format!("graph {line}") }
    };
    Mistake { text: bad.why, offers: bad.instead.into_iter().map(line).collect() }
}
