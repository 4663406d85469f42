//! `silences`: what is held back.

use super::prelude::*;
use crate::domain::noise::silence::State;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "silences [all]",
        help: "What is held back, by whom, until when",
        examples: &["silences", "silences | grep cms"],
        has_table: true,
        ..Spec::reads("silences", Topic::Calm)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let is_all = args.keyword("all");
    args.end(COMMAND.spec.usage)?;
    Ok(Plan::new(if is_all { "all" } else { "" }, async move |desk: Desk| {
        let mut silences = desk.engine.silences().await?;
        silences.retain(|it| is_all || it.state(desk.now) != State::Expired);
        silences.sort_by_key(|it| (it.state(desk.now) == State::Expired, it.ends_at));
        let columns = [
            ("state", Kind::Text),
            ("until", Kind::Time),
            ("matchers", Kind::Text),
            ("comment", Kind::Text),
            ("by", Kind::Text),
            ("id", Kind::Text),
        ];
        let mut values = Values::new(&columns, desk.now);
        for silence in &silences {
            let state = match silence.state(desk.now) {
                State::Active => "active",
                State::Pending => "pending",
                State::Expired => "expired",
            };
            values.push(vec![
                Cell::Text(state.to_owned()),
                Cell::Time(silence.ends_at),
                Cell::Text(silence.matchers.to_string()),
                Cell::Text(silence.comment.clone()),
                Cell::Text(silence.created_by.to_string()),
                Cell::Text(silence.id.to_string()),
            ]);
        }
        let active = silences.iter().filter(|it| it.state(desk.now) == State::Active).count();
        Ok(Answer::table(messages::silences(active), values))
    }))
}
