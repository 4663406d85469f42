//! What `warroom doctor` finds out about the chat platforms.

use std::time::Duration;

use futures_util::future::join_all;

use crate::adapters::chat::{Abilities, Buttons, Finding};
use crate::adapters::http;
use crate::config::Config;
use crate::wiring;

/// How long a running server may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(3);
/// What the meters of the backlog begin with.
const METERS: [&str; 2] = ["warroom_chat_backlog{", "warroom_chat_oldest_seconds{"];

/// Asks every platform, all at once; then the running server, what waits to be shown.
///
/// # Errors
/// When a platform cannot be built from the configuration.
pub(super) async fn examine(config: &Config) -> anyhow::Result<Vec<Finding>> {
    let sites = wiring::sites(config)?;
    let asked = sites.iter().map(|site| async {
        let abilities =
            Finding { is_well: true, what: can(site.platform.abilities()), advice: None };
        let findings = site.platform.check().await.into_iter().chain([abilities]);
        findings
            .map(|finding| Finding { what: format!("{}: {}", site.name, finding.what), ..finding })
            .collect::<Vec<_>>()
    });
    let mut findings = join_all(asked).await.concat();
    if !sites.is_empty() {
        findings.extend(backlog(config).await);
    }
    Ok(findings)
}

/// What a platform can do, and how it is done where it cannot.
fn can(abilities: &Abilities) -> String {
    let Abilities { kind, edits, threads, buttons, pins, pictures, archives, .. } = abilities;
    let word = |can: bool, yes: &'static str, no: &'static str| if can { yes } else { no };
    let choices = match buttons {
        Buttons::Native => "buttons",
        Buttons::Reactions => "reactions for choices",
        Buttons::Numbers => "numbers for choices",
    };
    [
        kind,
        word(*edits, "edits in place", "says changes anew"),
        word(*threads, "threads", "no threads"),
        choices,
        word(*pins, "pins the card", "no pins"),
        word(*pictures, "pictures", "pictures in words"),
        word(*archives, "archives rooms", "leaves rooms"),
        word(abilities.finds_posts, "a post once", "a lost answer may show a post twice"),
    ]
    .join(", ")
}

/// What waits, as the running server counts it; nothing where none runs.
async fn backlog(config: &Config) -> Vec<Finding> {
    let Ok(client) = http::client() else { return Vec::new() };
    let url = format!("http://{}/metrics", config.server.listen);
    let Ok(answer) = client.get(url).timeout(ANSWER_MAX).send().await else { return Vec::new() };
    let text = answer.text().await.unwrap_or_default();
    let ours = text.lines().filter(|line| METERS.iter().any(|meter| line.starts_with(meter)));
    ours.map(|line| Finding { is_well: true, what: line.to_owned(), advice: None }).collect()
}
