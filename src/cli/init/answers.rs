//! The five questions, and what may be answered.

use std::io::{BufRead, IsTerminal as _};

use anyhow::{Context as _, bail};
use chrono_tz::Tz;
use clap::{Args, ValueEnum};
use url::Url;

use crate::cli::files::eprint_line;
use crate::domain::access::OPERATOR;

/// Characters of a service or a person: they are in names of files, rooms and commands.
const NAME_MAX: usize = 40;
/// Names of people that already mean somebody.
const RESERVED: [&str; 4] = [OPERATOR, "warroom", "everybody", "me"];

/// Answers that flags give.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Flags {
    /// The service to begin with: the value of its alerts' label `service`.
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// Who is on call, in the order of their turns: `ana,ben`.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    people: Option<Vec<String>>,
    /// Whose clock turns and graphs go by: `Europe/Berlin`.
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// What wakes people.
    #[arg(long, value_enum)]
    wake: Option<Wake>,
    /// Where Prometheus answers; `none` without one.
    #[arg(long, value_name = "URL")]
    prometheus: Option<String>,
}

/// What wakes people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Wake {
    /// The app of ntfy.sh: a topic for each person, which nobody can guess.
    Ntfy,
    /// Mail, through this machine's own server.
    Email,
    /// Nothing yet: pages are seen in the console.
    Later,
}

/// All answers, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answers {
    pub(super) service: String,
    pub(super) people: Vec<String>,
    pub(super) zone: Tz,
    pub(super) wake: Wake,
    pub(super) prometheus: Option<Url>,
}

impl Flags {
    /// Answers from flags; what they leave open is asked, or with `is_silent` as usual. `has_people`:
    /// people and what wakes them are known from elsewhere, and nobody is asked for them.
    ///
    /// # Errors
    /// What is wrong with an answer that cannot be asked again.
    pub(super) fn answers(&self, is_silent: bool, has_people: bool) -> anyhow::Result<Answers> {
        let mut ask = Ask { is_silent };
        let service = ask.get(
            self.service.clone(),
            ("Which service first? The value of its alerts' label `service`", "shop"),
            name,
        )?;
        let people = if has_people {
            Vec::new()
        } else {
            let given = self.people.as_ref().map(|people| people.join(","));
            ask.get(given, ("Who is on call, in the order of their turns?", "ana,ben"), turns)?
        };
        let zone = self.zone.clone();
        let zone = ask.get(zone, ("Whose clock do turns go by?", &own_zone()), |text| {
            text.parse::<Tz>()
                .map_err(|_| format!("{text:?} is no time zone: Europe/Berlin is one"))
        })?;
        let wake = if has_people {
            Wake::Later
        } else {
            let given = self.wake.and_then(|wake| wake.to_possible_value());
            let given = given.map(|value| value.get_name().to_owned());
            ask.get(
                given,
                ("What wakes people: ntfy (an app, no account), email or later?", "later"),
                |text| {
                    Wake::from_str(text, true)
                        .map_err(|_| format!("{text:?} is none of ntfy, email, later"))
                },
            )?
        };
        let prometheus = self.prometheus.clone();
        let question =
            ("Where does Prometheus answer? `none` without one", "http://127.0.0.1:9090");
        let prometheus = ask.get(prometheus, question, address)?;
        Ok(Answers { service, people, zone, wake, prometheus })
    }
}

struct Ask {
    is_silent: bool,
}

impl Ask {
    /// An answer: from a flag, from whoever sits there, or the usual one at the end of the input.
    fn get<T>(
        &mut self,
        given: Option<String>,
        (question, usual): (&str, &str),
        read: impl Fn(&str) -> Result<T, String>,
    ) -> anyhow::Result<T> {
        if let Some(given) = given {
            return read(given.trim()).map_err(anyhow::Error::msg);
        }
        loop {
            let answer = if self.is_silent { String::new() } else { self.line(question, usual)? };
            let answer = if answer.is_empty() { usual } else { answer.as_str() };
            match read(answer) {
                Ok(read) => return Ok(read),
                Err(why) if std::io::stdin().is_terminal() => eprint_line(&why),
                Err(why) => bail!(why),
            }
        }
    }

    #[expect(clippy::print_stderr, reason = "a command asks the person who called it")]
    fn line(&mut self, question: &str, usual: &str) -> anyhow::Result<String> {
        eprint!("{question} [{usual}] ");
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line).context("cannot read an answer")?;
        if read == 0 {
            self.is_silent = true;
        }
        Ok(line.trim().to_owned())
    }
}

fn name(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_good = (1..=NAME_MAX).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(is_plain)
        && !RESERVED.contains(&text);
    if is_good {
        return Ok(text.to_owned());
    }
    Err(format!("{text:?} cannot be a name: use small letters, digits and `-`, {NAME_MAX} at most"))
}

fn turns(text: &str) -> Result<Vec<String>, String> {
    let names: Vec<String> =
        text.split([',', ' ']).filter(|it| !it.is_empty()).map(name).collect::<Result<_, _>>()?;
    match names
        .iter()
        .enumerate()
        .find(|(at, name)| names.iter().skip(at + 1).any(|it| it == *name))
    {
        Some((_, twice)) => Err(format!("{twice} is named twice")),
        None if names.is_empty() => Err("somebody must be on call".to_owned()),
        None => Ok(names),
    }
}

fn address(text: &str) -> Result<Option<Url>, String> {
    if text == "none" {
        return Ok(None);
    }
    let url = Url::parse(text).map_err(|error| format!("{text:?} is no address: {error}"))?;
    let is_plain = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none();
    if is_plain { Ok(Some(url)) } else { Err(format!("{text:?} is no plain address of HTTP")) }
}

/// The zone of this machine, as far as it says so.
fn own_zone() -> String {
    let link = std::fs::read_link("/etc/localtime").ok();
    let named = std::env::var("TZ").ok().or_else(|| {
        let path = link?.display().to_string();
        path.split_once("zoneinfo/").map(|(_, zone)| zone.to_owned())
    });
    named.filter(|zone| zone.parse::<Tz>().is_ok()).unwrap_or_else(|| "UTC".to_owned())
}
