//! `aliases`: which short words there are.

use super::prelude::*;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "aliases",
        help: "The short words that somebody made",
        examples: &["aliases", "aliases | grep graph"],
        has_table: true,
        is_private: true,
        ..Spec::reads("aliases", Topic::About)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    args.end(COMMAND.spec.usage)?;
    Ok(Plan::new("", async move |desk: Desk| {
        let aliases = desk.engine.aliases().await?;
        let columns = [("alias", Kind::Text), ("line", Kind::Text), ("by", Kind::Text)];
        let mut values = Values::new(&columns, desk.now);
        for alias in &aliases {
            let cells = [alias.name.as_str(), alias.line.as_str(), alias.by.as_str()];
            values.push(cells.map(|text| Cell::Text(text.to_owned())).into());
        }
        Ok(Answer::table(messages::aliases(aliases.len()), values))
    }))
}
