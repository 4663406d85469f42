//! What `warroom doctor` asks of a server.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use reqwest::header::{DATE, HeaderMap};
use serde_json::{Value, json};

use super::api::{list, text};
use super::events::now;
use super::platform::{Mattermost, Own};
use super::socket::connect;
use super::stream::Mark;
use crate::adapters::chat::platform::Finding;
use crate::adapters::failure::Failure;

/// Seconds between the server's clock and ours before times in rooms confuse people.
const SKEW_MAX: i64 = 30;
/// What a bot needs, and for what: `server/public/model/permission.go`. Roles give them.
const RIGHTS: [(&str, &str); 6] = [
    ("create_post", "speak"),
    ("edit_post", "keep cards up to date"),
    ("upload_file", "show graphs"),
    ("add_reaction", "offer choices where there are no buttons"),
    ("manage_team", "bring archived rooms back"),
    ("manage_public_channel_members", "invite people"),
];
/// Where roles are given.
const ROLES: &str = "System Console, User Management, Teams, the team, the bot: make it Team Admin";

impl Mattermost {
    pub(super) async fn examine(&self) -> Vec<Finding> {
        let own = match self.ask_who_we_are().await {
            Ok(own) => own,
            Err(failure) => {
                let advice = "Integrations, Bot Accounts: make a bot and its token, then invite \
                              the bot to the team";
                return vec![ill(&failure, advice)];
            }
        };
        let Own { name, team_name, .. } = &own;
        let mut findings = vec![well(format!("the token is @{name}'s, in the team {team_name}"))];
        findings.push(self.rights(&own).await);
        match self.server.headers().await {
            Ok(headers) => {
                findings.extend(clock(&headers));
                findings.push(rate(&headers));
            }
            Err(failure) => findings.push(ill(&failure, "look at the network")),
        }
        findings.push(match connect(&self.options, &Mark::default()).await {
            Ok(_) => well("the WebSocket is open to the token".to_owned()),
            Err(failure) => ill(&failure, "let the proxy before the server upgrade connections"),
        });
        findings.push(self.choices());
        findings
    }

    async fn rights(&self, own: &Own) -> Finding {
        match self.granted(own).await {
            Ok(has) => judged(&has, self.options.is_private),
            Err(failure) => ill(&failure, ROLES),
        }
    }

    /// Every right that our roles give: the server's, the team's, and a channel's to who made it.
    async fn granted(&self, own: &Own) -> Result<BTreeSet<String>, Failure> {
        let me = self.server.get(&["users", "me"]).await?;
        let member = self.server.get(&["teams", &own.team, "members", &own.id]).await?;
        let both =
            format!("{} {} channel_user channel_admin", text(&me, "roles"), text(&member, "roles"));
        let names: Vec<&str> = both.split(' ').filter(|name| !name.is_empty()).collect();
        let roles = self.server.post(&["roles", "names"], &json!(names)).await?;
        let rights = list(&roles).iter().filter_map(|role| role.get("permissions"));
        let rights = rights.flat_map(list).filter_map(Value::as_str);
        Ok(rights.map(str::to_owned).collect())
    }

    fn choices(&self) -> Finding {
        match &self.options.callback {
            Some(callback) => well(format!(
                "buttons are posted to {callback}: if nothing comes there, add its host to \
                 AllowedUntrustedInternalConnections in the System Console, Developer"
            )),
            None => well(
                "choices are reactions: buttons need `callback`, or `external_url` of [server]"
                    .to_owned(),
            ),
        }
    }
}

fn judged(has: &BTreeSet<String>, is_private: bool) -> Finding {
    let create = if is_private { "create_private_channel" } else { "create_public_channel" };
    let needed = RIGHTS.into_iter().chain([(create, "open rooms")]);
    let missing: Vec<String> = needed
        .filter(|(right, _)| !has.contains(*right))
        .map(|(right, what)| format!("{right} (to {what})"))
        .collect();
    if missing.is_empty() {
        return well("the bot has every right that is needed".to_owned());
    }
    let what = format!("the bot lacks {}", missing.join(", "));
    Finding { is_well: false, what, advice: Some(ROLES.to_owned()) }
}

fn clock(headers: &HeaderMap) -> Option<Finding> {
    let date = headers.get(DATE)?.to_str().ok()?;
    let at: DateTime<Utc> = DateTime::parse_from_rfc2822(date).ok()?.into();
    let skew = (now() - at).num_seconds();
    let what = format!("the server's clock and ours differ by {skew} s");
    let is_well = skew.abs() <= SKEW_MAX;
    let advice = (!is_well).then(|| "set both by NTP".to_owned());
    Some(Finding { is_well, what, advice })
}

fn rate(headers: &HeaderMap) -> Finding {
    let limit = headers.get("x-ratelimit-limit").and_then(|limit| limit.to_str().ok());
    well(match limit {
        Some(limit) => {
            format!("the server limits calls, {limit} at once; we take 80 and 10 a second")
        }
        None => "the server limits no calls; we take 80 at once and 10 a second".to_owned(),
    })
}

fn well(what: String) -> Finding {
    Finding { is_well: true, what, advice: None }
}

fn ill(failure: &Failure, advice: &str) -> Finding {
    Finding { is_well: false, what: failure.to_string(), advice: Some(advice.to_owned()) }
}
