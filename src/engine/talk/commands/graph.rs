//! `graph`: numbers over time, as a picture.

use super::prelude::*;
use crate::domain::commands::LINE_BYTES_MAX;

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
    if args.text().len() > LINE_BYTES_MAX {
        return Err(Mistake::new(messages::usage(COMMAND.spec.usage)));
    }
    let text = args.text().trim().to_owned();
    Ok(Plan::new(text, async move |desk: Desk| {
        desk.metrics()?;
        Err(Trouble::Failed(messages::no_metrics()))
    }))
}
