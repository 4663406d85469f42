//! `timeline`: what happened, in order.

use super::prelude::*;

/// How many events are shown when nobody says.
const SHOWN: usize = 10;
/// How many are shown at most: the page has them all.
const SHOWN_MAX: usize = 100;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        aliases: &["history"],
        usage: "timeline [10] [#12]",
        help: "What happened last, in order",
        examples: &["timeline", "timeline 30", "timeline #12 | grep page"],
        has_table: true,
        ..Spec::reads("timeline", Topic::Ask)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    // In a room a bare number is how many; elsewhere it must be the incident.
    let is_marked = |word: &Word| word.text.starts_with(['#', 'i', 'I']);
    let in_room = args.place().number();
    let first = args.next_if(|word| is_marked(word) && number_of(word).is_some());
    let named = match (&first, in_room) {
        (Some(word), _) => number_of(word),
        (None, Some(_)) => None,
        (None, None) => args.number(),
    };
    let count = args.count().unwrap_or(SHOWN).clamp(1, SHOWN_MAX);
    let number = match named {
        Some(number) => number,
        None => args.incident("timeline")?,
    };
    args.end(COMMAND.spec.usage)?;
    Ok(Plan::new(format!("#{number} {count}"), async move |desk: Desk| {
        let told = desk.told(number).await?;
        let from = told.len().saturating_sub(count);
        let columns = [("n", Kind::Number), ("at", Kind::Time), ("what", Kind::Text)];
        let mut values = Values::new(&columns, desk.now);
        for (stored, what) in told.iter().skip(from) {
            #[expect(clippy::cast_precision_loss, reason = "events are far fewer than 2^52")]
            let place = Cell::Number(stored.number as f64);
            values.push(vec![place, Cell::Time(stored.at), Cell::Text(what.clone())]);
        }
        let text = messages::timeline(number, told.len() - from, told.len());
        Ok(Answer::table(text, values))
    }))
}
