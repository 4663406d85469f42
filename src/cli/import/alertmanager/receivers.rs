//! Receivers: what they send becomes people behind pagers, or rooms.

use std::collections::BTreeMap;

use super::yaml::{Lost, Map, Yaml};
use crate::cli::import::write::{list, plain, quoted};
use crate::domain::access::OPERATOR;

/// Characters of a name in the configuration.
const NAME_MAX: usize = 40;
/// Names of people that already mean somebody.
const RESERVED: [&str; 4] = [OPERATOR, "warroom", "everybody", "me"];
/// Where PagerDuty takes events, unless a file says otherwise.
const PAGERDUTY: &str = "https://events.pagerduty.com";

/// What becomes of all receivers.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) receivers: BTreeMap<String, Receiver>,
    /// Pager and address of each person.
    people: BTreeMap<String, (String, String)>,
    /// The lines of each pager.
    pagers: BTreeMap<String, Vec<String>>,
    teams: BTreeMap<String, Vec<String>>,
}

/// One receiver.
#[derive(Debug, Default)]
pub(super) struct Receiver {
    /// The team that it became; none where nothing of it wakes anybody.
    pub(super) team: Option<String>,
    pub(super) rooms: Vec<Room>,
}

/// A room that hears of an incident, and whether also of its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) name: String,
    pub(super) resolved: bool,
}

/// The mail server of all mail, as far as `global` says it.
struct Mail<'a> {
    server: Option<&'a str>,
    from: Option<&'a str>,
    user: Option<&'a str>,
    file: Option<&'a str>,
    /// The line of a password that stands in the file itself.
    password: Option<u64>,
    tls: bool,
}

/// Reads `global` and `receivers`.
pub(super) fn read(top: &mut Map<'_>, lost: &mut Lost) -> Book {
    let nothing = Yaml { line: 0, value: super::yaml::Value::Nothing };
    let mut global = Map::new("global", top.get("global").unwrap_or(&nothing));
    let mail = mail(&mut global, "smtp_");
    let pagerduty = global.text("pagerduty_url").unwrap_or(PAGERDUTY);
    global.get("resolve_timeout");
    global.rest(lost);
    let mut book = Book::default();
    for yaml in top.get("receivers").map(Yaml::items).unwrap_or_default() {
        let mut map = Map::new("receiver", yaml);
        let name = map.text("name").unwrap_or_default().to_owned();
        let mut people = Vec::new();
        each(&mut map, "email_configs", &name, lost, |one, lost| {
            people.extend(book.mails(&name, &mail, one, lost));
        });
        each(&mut map, "pagerduty_configs", &name, lost, |one, lost| {
            people.extend(book.pagerduty(&name, pagerduty, one, lost));
        });
        let mut rooms = Vec::new();
        for kind in ["slack_configs", "mattermost_configs"] {
            each(&mut map, kind, &name, lost, |one, lost| rooms.extend(room(one, lost)));
        }
        for (key, line) in map.unasked() {
            lost.add(line, format!("receiver {name}: `{key}`: {}", why(key)));
        }
        people.dedup();
        let team = (!people.is_empty()).then(|| unique(&name, &book.teams));
        if let Some(team) = &team {
            book.teams.insert(team.clone(), people);
        }
        book.receivers.insert(name, Receiver { team, rooms });
    }
    book
}

/// Each thing of a kind that a receiver sends.
fn each(
    map: &mut Map<'_>,
    kind: &'static str,
    name: &str,
    lost: &mut Lost,
    mut read: impl FnMut(&mut Map<'_>, &mut Lost),
) {
    for yaml in map.get(kind).map(Yaml::items).unwrap_or_default() {
        let mut one = Map::new(format!("receiver {name}, {kind}"), yaml);
        read(&mut one, lost);
        one.rest(lost);
    }
}

/// Why a kind of notification is not carried over, and what to do.
fn why(kind: &str) -> &'static str {
    match kind {
        "webhook_configs" => {
            "it expects Alertmanager's own JSON; if it takes another, [pagers.NAME] kind = \"webhook\""
        }
        "opsgenie_configs" | "victorops_configs" | "incidentio_configs" => {
            "schedules and escalations are warroom's own here: `warroom import` reads exports"
        }
        "jira_configs" => "tickets are a rule's `ticket`, their tracker is under [trackers]",
        "pushover_configs" | "sns_configs" | "telegram_configs" => {
            "wakes nobody here; [pagers] has ntfy, e-mail, telephones and webhooks"
        }
        _ => "there is no counterpart; rooms are on the platforms under [chat]",
    }
}

/// `global` names the keys with `smtp_` before them.
fn mail<'a>(map: &mut Map<'a>, prefix: &str) -> Mail<'a> {
    let keys: [&'static str; 6] = if prefix.is_empty() {
        ["smarthost", "from", "auth_username", "auth_password", "auth_password_file", "require_tls"]
    } else {
        [
            "smtp_smarthost",
            "smtp_from",
            "smtp_auth_username",
            "smtp_auth_password",
            "smtp_auth_password_file",
            "smtp_require_tls",
        ]
    };
    let [server, from, user, _, file, tls] = keys.map(|key| map.text(key));
    let [_, _, _, password, ..] = keys;
    let password = map.get(password).filter(|it| it.text() != Some("")).map(|it| it.line);
    Mail { server, from, user, file, password, tls: tls != Some("false") }
}

impl Book {
    /// One person for each address.
    fn mails(
        &mut self,
        receiver: &str,
        global: &Mail<'_>,
        map: &mut Map<'_>,
        lost: &mut Lost,
    ) -> Vec<String> {
        let own = mail(map, "");
        let to = map.text("to").unwrap_or_default();
        if map.text("send_resolved") == Some("true") {
            lost.add(
                map.line,
                format!("receiver {receiver}: mail wakes people; that it is over is said in rooms"),
            );
        }
        let (server, from) = (own.server.or(global.server), own.from.or(global.from));
        let (Some(server), Some(from)) = (server, from) else {
            lost.add(map.line, format!("receiver {receiver}: no mail server or sender is named"));
            return Vec::new();
        };
        let mut lines = vec![
            "kind = \"email\"".to_owned(),
            format!("server = {}", quoted(server)),
            format!("from = {}", quoted(from)),
        ];
        let user = own.user.or(global.user);
        if let Some(user) = user {
            let file = own.file.or(global.file).unwrap_or("secrets/smtp-password");
            lines.push(format!("user = {}", quoted(user)));
            lines.push(format!("password_file = {}", quoted(file)));
            if let Some(line) = own.password.or(global.password) {
                let why = format!("the password of {user} is not copied: put it into {file}");
                lost.add(line, why);
            }
        }
        match (own.tls && global.tls, user) {
            (true, _) => {}
            (false, None) => lines.push("tls = \"none\"".to_owned()),
            (false, Some(_)) => {
                lost.add(map.line, "`require_tls: false` with a password: it goes over TLS here");
            }
        }
        let pager = self.pager("mail", lines);
        let addresses = to.split(',').map(str::trim);
        let (good, bad): (Vec<&str>, Vec<&str>) = addresses.partition(|it| is_address(it));
        if !bad.is_empty() {
            lost.add(map.line, format!("receiver {receiver}: `to` is no plain address"));
        }
        let bare = |it: &str| {
            it.rsplit_once('<').map_or(it, |(_, rest)| rest.trim_end_matches('>')).to_owned()
        };
        good.into_iter().map(bare).map(|it| self.person(&it, &pager)).collect()
    }

    fn pagerduty(
        &mut self,
        receiver: &str,
        global: &str,
        map: &mut Map<'_>,
        lost: &mut Lost,
    ) -> Option<String> {
        let named = format!("secrets/{}.key", plain(receiver));
        let url = map.text("url").unwrap_or(global);
        let is_old = map.get("service_key").is_some() || map.get("service_key_file").is_some();
        let is_clear = map.text("routing_key").is_some();
        let file = map.text("routing_key_file").unwrap_or(&named).to_owned();
        if map.text("send_resolved") == Some("false") {
            lost.add(
                map.line,
                format!("receiver {receiver}: what is over is resolved at PagerDuty, too"),
            );
        }
        if is_old {
            lost.add(map.line, format!("receiver {receiver}: `service_key` is of the old API: put the key of an Events API v2 integration into {file}"));
        } else if is_clear {
            lost.add(
                map.line,
                format!("receiver {receiver}: its key is not copied: put it into {file}"),
            );
        }
        let Some(origin) = url::Url::parse(url).ok().map(|url| url.origin().ascii_serialization())
        else {
            lost.add(map.line, format!("receiver {receiver}: its address cannot be read"));
            return None;
        };
        let mut lines = vec![
            "kind = \"pagerduty\"".to_owned(),
            format!("routing_key_file = {}", quoted(&file)),
        ];
        if origin != PAGERDUTY {
            lines.push(format!("url = {}", quoted(&origin)));
        }
        let pager = self.pager(&format!("pagerduty-{receiver}"), lines);
        Some(self.person(&format!("pagerduty-{receiver}"), &pager))
    }

    /// A pager with these lines, the one that has them already where there is one.
    fn pager(&mut self, wanted: &str, lines: Vec<String>) -> String {
        if let Some((name, _)) = self.pagers.iter().find(|(_, known)| **known == lines) {
            return name.clone();
        }
        let name = unique(wanted, &self.pagers);
        self.pagers.insert(name.clone(), lines);
        name
    }

    fn person(&mut self, address: &str, pager: &str) -> String {
        let reached = (pager.to_owned(), address.to_owned());
        if let Some((name, _)) = self.people.iter().find(|(_, known)| **known == reached) {
            return name.clone();
        }
        let name = unique(address.split('@').next().unwrap_or(address), &self.people);
        self.people.insert(name.clone(), reached);
        name
    }

    /// The sections of the configuration.
    pub(super) fn sections(&self) -> String {
        let mut out = String::new();
        for (name, lines) in &self.pagers {
            out.push_str(&format!("\n[pagers.{}]\n{}\n", quoted(name), lines.join("\n")));
        }
        for (name, (pager, address)) in &self.people {
            out.push_str(&format!(
                "\n[people.{}]\ncontacts = [{{ pager = {}, address = {} }}]\n",
                quoted(name),
                quoted(pager),
                quoted(address)
            ));
        }
        if !self.teams.is_empty() {
            out.push_str("\n# A team for each receiver. Take the mailing lists out, put people in.\n[teams]\n");
        }
        for (name, people) in &self.teams {
            out.push_str(&format!("{} = {}\n", quoted(name), list(people)));
        }
        out
    }
}

fn room(map: &mut Map<'_>, lost: &mut Lost) -> Option<Room> {
    let resolved = map.text("send_resolved") == Some("true");
    lost.add(map.line, "its webhook and its credentials: connect the platform under [chat]");
    for key in [
        "api_url",
        "api_url_file",
        "app_token",
        "app_token_file",
        "webhook_url",
        "webhook_url_file",
    ] {
        map.get(key);
    }
    let name = map.text("channel")?;
    if name.contains(|c: char| c.is_whitespace() || "{}".contains(c)) {
        lost.add(map.line, "a channel that a template names: name it in the rules' `notify`");
        return None;
    }
    Some(Room { name: name.to_owned(), resolved })
}

fn is_address(text: &str) -> bool {
    let plain = |c: char| !c.is_control() && !"{}".contains(c);
    text.contains('@') && text.chars().all(plain)
}

/// A name that nothing else has.
pub(super) fn unique<T>(wanted: &str, taken: &BTreeMap<String, T>) -> String {
    let plain = plain(wanted);
    let is_free = |name: &str| !taken.contains_key(name) && !RESERVED.contains(&name);
    if is_free(&plain) {
        return plain;
    }
    let stem: String = plain.chars().take(NAME_MAX - 5).collect();
    (2..).map(|count| format!("{stem}-{count}")).find(|name| is_free(name)).unwrap_or(plain)
}
