//! The files, with the answers in them.

use std::fmt::Write as _;

use chrono::{DateTime, Datelike as _, Days, Utc};

use super::answers::{Answers, Wake};
use crate::cli::import::{Set, list, quoted};
use crate::cli::schema::{self, Kind};

/// Bytes of chance in a topic of ntfy: whoever knows the topic reads along.
const TOPIC_BYTES: usize = 12;

/// The app of ntfy.sh.
const NTFY: &str = "# Everybody subscribes to their topic in the app. Whoever knows it reads along.\n\
                    [pagers.push]\nkind = \"ntfy\"\n";
/// Mail through this machine's own server.
const MAIL: &str = "[pagers.mail]\nkind = \"email\"\nserver = \"localhost:25\"\ntls = \"none\"\n\
                    from = \"warroom@localhost.localdomain\"\n";
/// What is to be done when people are to be woken.
const LATER: &str = "# Who is woken, and by what. Until somebody stands here, pages are seen in the console alone.\n\
                     #[pagers.push]\n#kind = \"ntfy\"\n";

/// Letters of a name in a topic, which has 64 at most.
const NAME_SHOWN: usize = 20;

const CONFIG: &str = include_str!("files/warroom.toml");
const ONCALL: &str = include_str!("files/oncall.toml");
const RULES: &str = include_str!("files/rules.toml");
const CATCH_ALL: &str = include_str!("files/catch-all.toml");
const RUNBOOK: &str = include_str!("files/runbook.toml");
const DASHBOARD: &str = include_str!("files/dashboard.toml");

/// Everything that is written.
///
/// # Errors
/// When there is no chance to be had for topics.
pub(super) fn build(
    answers: &Answers,
    theirs: Option<Set>,
    now: DateTime<Utc>,
) -> anyhow::Result<Set> {
    let fill = |text: &str| {
        text.replace("%service%", &answers.service)
            .replace("%zone%", answers.zone.name())
            .replace("%people%", &list(&answers.people))
            .replace("%monday%", &monday(answers, now))
    };
    let mut config = fill(CONFIG);
    if let Some(url) = &answers.prometheus {
        write!(
            config,
            "\n[metrics.main]\nkind = \"prometheus\"\nurl = {}\n",
            quoted(url.as_str())
        )?;
    }
    let mut files = vec![
        ("runbooks/restart.toml", runbook(&fill(RUNBOOK), theirs.is_some())),
        ("dashboards/service.toml", fill(DASHBOARD)),
        (".gitignore", "/warroom-data\n/secrets\n".to_owned()),
        (".schemas/config.json", schema::text(Kind::Config)),
        (".schemas/rules.json", schema::text(Kind::Rules)),
        (".schemas/tests.json", schema::text(Kind::Tests)),
        (".schemas/runbooks.json", schema::text(Kind::Runbooks)),
        (".schemas/dashboards.json", schema::text(Kind::Dashboards)),
    ];
    let mut lost = Vec::new();
    if let Some(theirs) = theirs {
        lost = theirs.lost;
        for (name, text) in theirs.files {
            if name == "warroom.toml" {
                config.push_str(&text)
            } else {
                files.push((name, schemed(&text)))
            }
        }
    } else {
        config.push_str(&people(answers)?);
        files.push(("rules/05-oncall.toml", fill(ONCALL)));
        files.push(("rules/10-service.toml", fill(RULES)));
        files.push(("rules/90-catch-all.toml", fill(CATCH_ALL)));
    }
    files.insert(0, ("warroom.toml", config));
    Ok(Set { files, said: String::new(), lost })
}

/// The runbook; where teams are somebody else's, it does not ask a team that is not there.
fn runbook(text: &str, has_teams: bool) -> String {
    let lines = text.lines().filter(|line| !(has_teams && line.starts_with("approve")));
    lines.map(|line| format!("{line}\n")).collect()
}

fn schemed(rules: &str) -> String {
    format!("#:schema ../.schemas/rules.json\n{rules}")
}

/// The Monday of this week: turns begin with it.
fn monday(answers: &Answers, now: DateTime<Utc>) -> String {
    let today = now.with_timezone(&answers.zone).date_naive();
    let back = Days::new(today.weekday().num_days_from_monday().into());
    today.checked_sub_days(back).unwrap_or(today).to_string()
}

/// Who is known, and what wakes them.
fn people(answers: &Answers) -> anyhow::Result<String> {
    let (pager, addresses) = match answers.wake {
        Wake::Ntfy => (NTFY, ntfy(answers)?),
        Wake::Email => {
            (MAIL, answers.people.iter().map(|name| format!("{name}@localhost")).collect())
        }
        Wake::Later => return Ok(nobody_yet(answers)),
    };
    let name_of_pager = if answers.wake == Wake::Ntfy { "push" } else { "mail" };
    let mut out = format!("\n{pager}");
    for (name, address) in answers.people.iter().zip(addresses) {
        writeln!(out, "\n[people.{name}]\ntime_zone = {}", quoted(answers.zone.name()))?;
        let address = quoted(&address);
        writeln!(out, "contacts = [{{ pager = \"{name_of_pager}\", address = {address} }}]")?;
    }
    writeln!(out, "\n[teams]\n{} = {}", answers.service, list(&answers.people))?;
    Ok(out)
}

/// A topic for each. Whoever knows it reads along.
fn ntfy(answers: &Answers) -> anyhow::Result<Vec<String>> {
    let topic = |name: &String| {
        let shown: String = name.chars().take(NAME_SHOWN).collect();
        Ok(format!("warroom-{shown}-{}", chance()?))
    };
    answers.people.iter().map(topic).collect()
}

/// While nobody is known here, nobody is missed: pages are seen in the console.
fn nobody_yet(answers: &Answers) -> String {
    let person = |name: &String| {
        format!("#[people.{name}]\n#contacts = [{{ pager = \"push\", address = \"…\" }}]\n")
    };
    let people: String = answers.people.iter().map(person).collect();
    let team = format!("#[teams]\n#{} = {}\n", answers.service, list(&answers.people));
    format!("\n{LATER}{people}{team}")
}

fn chance() -> anyhow::Result<String> {
    let mut bytes = [0; TOPIC_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(hex::encode(bytes))
}
