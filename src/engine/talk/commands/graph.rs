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
    let request = Request::parse(&words).map_err(mistake)?;
    Ok(Plan::new(request.to_string(), async move |desk: Desk| {
        let graphs = desk.engine.graphs();
        let graphs = graphs.ok_or_else(|| Trouble::Failed(messages::no_metrics()))?;
        let context = match desk.place.number() {
            Some(number) => desk.engine.graph_context(number).await?,
            None => Context::default(),
        };
        let Drawn { picture, text, .. } = graphs.draw(&request, &context).await.map_err(missed)?;
        Ok(Answer { picture: Some(picture), ..Answer::text(text) })
    }))
}

/// Why there is no graph.
fn missed(miss: Miss) -> Trouble {
    match miss {
        Miss::Unclear(bad) => Trouble::Mistaken(mistake(bad)),
        other => Trouble::Failed(other.to_string()),
    }
}

/// What is wrong with a question, and the lines to type instead.
fn mistake(bad: Bad) -> Mistake {
    let line = |line: String| {
        if line.starts_with("graph") { line } else { format!("graph {line}") }
    };
    Mistake { text: bad.why, offers: bad.instead.into_iter().map(line).collect() }
}
