//! `rules`: what alerts are matched against.

use super::prelude::*;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "rules",
        help: "The rules, in the order in which they are asked",
        examples: &["rules", "rules | grep cms"],
        has_table: true,
        ..Spec::reads("rules", Topic::About)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    args.end(COMMAND.spec.usage)?;
    Ok(Plan::new("", async move |desk: Desk| {
        let book = desk.engine.book.load();
        let columns = [
            ("rule", Kind::Text),
            ("file", Kind::Text),
            ("match", Kind::Text),
            ("page", Kind::Text),
            ("run", Kind::Text),
        ];
        let mut values = Values::new(&columns, desk.now);
        for rule in book.rules.iter() {
            let text =
                |text: Option<&str>| text.map_or(Cell::Empty, |it| Cell::Text(it.to_owned()));
            values.push(vec![
                text(Some(&rule.at.name)),
                Cell::Text(format!("{}:{}", rule.at.file, rule.at.line)),
                Cell::Text(rule.matchers.to_string()),
                text(rule.page.as_deref()),
                text(rule.run.as_ref().map(|run| run.runbook.as_str())),
            ]);
        }
        Ok(Answer::table(messages::rules(book.rules.len()), values))
    }))
}
