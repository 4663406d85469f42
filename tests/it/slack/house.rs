//! A whole warroom whose rooms are shown on the stand-in.

use std::time::Duration;

use serde_json::{Value, json};

use super::stage::section;
use super::stand::{ANA, Channel, Stand, TEAM};
use crate::contract::platform::Seen;
use crate::rooms::house::House;
use crate::world::wait::until;

/// For what happens by itself, on a busy machine.
pub(super) const SOON: Duration = Duration::from_secs(30);

pub(super) const RULES: &str = r#"
[[rule]]
name = "cms"
match = 'service="cms"'
group_by = ["service"]
title = "{{ labels.service }} is slow"
room = { name = "inc-{{ number }}-{{ labels.service }}", invite = ["@ana"] }


[[rule]]
name = "any"
match = 'alertname="Down"'
group_by = ["host"]
title = "{{ labels.host }} is down"
room = { name = "inc-{{ number }}" }
"#;

/// The configuration that connects to a workspace.
pub(super) fn config(stand: &Stand) -> String {
    format!(
        "{}rooms = {{ ops = \"ops\" }}\n\
         [people.ana]\nemail = \"ana@example.org\"\nchat = {{ slack = \"{TEAM}/{ANA}\" }}\n",
        section(stand),
    )
}

/// A workspace with a channel `#ops` that the app is in.
pub(super) async fn workspace() -> Stand {
    let stand = Stand::start().await;
    let mut work = stand.work();
    let id = work.id('C');
    let members = vec![super::stand::BOT_USER.to_owned(), ANA.to_owned()];
    let (name, creator) = ("ops".to_owned(), ANA.to_owned());
    let channel = Channel { id: id.clone(), name, creator, members, ..Channel::default() };
    work.channels.insert(id, channel);
    drop(work);
    stand
}

pub(super) async fn house(stand: &Stand) -> House {
    House::with(RULES, &config(stand), None).await
}

impl Stand {
    /// The channel of this name, once it is there.
    pub(super) async fn room(&self, name: &str) -> Channel {
        until(&format!("the room {name}"), SOON, async || self.named(name)).await
    }

    /// A message that says this in the channel, once it is there.
    pub(super) async fn says(&self, room: &Channel, text: &str) -> Seen {
        until(&format!("{text:?} in {}", room.name), SOON, async || {
            self.shown(&room.id).into_iter().find(|seen| seen.text.contains(text))
        })
        .await
    }

    /// Waits until a socket is open.
    pub(super) async fn is_listened_to(&self) {
        until("a socket", SOON, async || (!self.work().sockets.is_empty()).then_some(())).await;
    }

    /// What was said to somebody alone, once it holds this.
    pub(super) async fn whispers(&self, user: &str, text: &str) -> Value {
        until(&format!("{text:?} to {user}"), SOON, async || {
            let work = self.work();
            let said = work.direct.get(user)?.iter().find(|it| it.to_string().contains(text));
            said.cloned()
        })
        .await
    }
}

/// One alert of the service.
pub(super) fn cms() -> Vec<Vec<(&'static str, &'static str)>> {
    vec![vec![("alertname", "Slow"), ("service", "cms")]]
}

/// How far an incident is.
pub(super) async fn phase(house: &House, number: u64) -> Value {
    let (_, incident) = house.ask(&format!("/api/v1/incidents/{number}")).await;
    incident.get("phase").cloned().unwrap_or(json!(null))
}
