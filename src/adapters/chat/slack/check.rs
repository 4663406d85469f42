//! What `warroom doctor` asks of a workspace.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::manifest::SCOPES;
use super::web::Web;
use super::{Own, Slack, hook};
use crate::adapters::chat::platform::Finding;
use crate::adapters::failure::Failure;

/// Seconds between Slack's clock and ours that signatures bear, with room to spare.
const SKEW_MAX: i64 = 60;
/// Where an app's settings are.
const SETTINGS: &str = "https://api.slack.com/apps";

impl Slack {
    pub(super) async fn examine(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        match self.ask_who_we_are().await {
            Ok(Own { user, team, url, .. }) => {
                findings.push(well(format!("the token is {user}'s of {team}, {url}")));
            }
            Err(failure) => {
                findings
                    .push(ill(&failure, &format!("{SETTINGS}: your app, Install App, Reinstall")));
                return findings;
            }
        }
        match self.web.headers().await {
            Ok((scopes, date)) => {
                findings.push(rights(scopes.as_deref()));
                findings.extend(date.as_deref().and_then(clock));
            }
            Err(failure) => findings.push(ill(&failure, "look at the network")),
        }
        findings.push(self.examine_ears().await);
        let class = "calls: 20, 50 and 100 a minute by tier, posts 1 a second and room; an internal \
                     app reads histories without the limit of distributed apps";
        findings.push(well(class.to_owned()));
        findings
    }

    async fn examine_ears(&self) -> Finding {
        let (app, signing) = (&self.options.app_token, &self.options.signing_secret);
        let Some(token) = app else {
            return match signing {
                Some(_) => well("events come as signed requests to /hooks/chat".to_owned()),
                None => Finding {
                    is_well: false,
                    what: "nothing is heard: there is neither app_token nor signing_secret".into(),
                    advice: Some(format!(
                        "{SETTINGS}: your app, Basic Information, App-Level Tokens, with connections:write"
                    )),
                },
            };
        };
        let opened = match Web::new(self.options.api.clone(), token.clone()) {
            Ok(web) => {
                web.change("apps.connections.open", None, &json!({})).await.map_err(Into::into)
            }
            Err(failure) => Err(failure),
        };
        match opened {
            Ok(_) => well("Socket Mode is open to the app's token".to_owned()),
            Err(failure) => ill(&failure, &format!("{SETTINGS}: your app, Socket Mode, Enable")),
        }
    }
}

fn rights(scopes: Option<&str>) -> Finding {
    let Some(scopes) = scopes else {
        return well("Slack does not say which rights the token has".to_owned());
    };
    let has: Vec<&str> = scopes.split(',').map(str::trim).collect();
    let missing: Vec<String> = SCOPES
        .iter()
        .filter(|(scope, _)| !has.contains(scope))
        .map(|(scope, what)| format!("{scope} ({what})"))
        .collect();
    if missing.is_empty() {
        return well("the token has every right that is needed".to_owned());
    }
    Finding {
        is_well: false,
        what: format!("the token lacks {}", missing.join(", ")),
        advice: Some(format!(
            "{SETTINGS}: your app, App Manifest, put in `warroom slack manifest`, save, Reinstall"
        )),
    }
}

fn clock(date: &str) -> Option<Finding> {
    let at: DateTime<Utc> = DateTime::parse_from_rfc2822(date).ok()?.into();
    let skew = (hook::now() - at).num_seconds();
    let what = format!("our clock and Slack's differ by {skew} s");
    let is_well = skew.abs() <= SKEW_MAX;
    let advice = (!is_well).then(|| "let NTP set this machine's clock".to_owned());
    Some(Finding { is_well, what, advice })
}

fn well(what: String) -> Finding {
    Finding { is_well: true, what, advice: None }
}

fn ill(failure: &Failure, advice: &str) -> Finding {
    Finding { is_well: false, what: failure.to_string(), advice: Some(advice.to_owned()) }
}
