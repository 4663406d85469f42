//! A whole warroom whose rooms are shown on the stand-in.

use serde_json::{Value, json};

use super::stage::section;
use super::stand::{ANA, BOT, Channel, Stand, TEAM, TEAM_NAME};
use crate::contract::platform::Seen;
use crate::rooms::house::House;
use crate::world::wait::until;

pub(super) use super::stand::SOON;

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

/// The configuration that connects to a server; it reaches us by a name of its own.
pub(super) fn config(stand: &Stand) -> String {
    format!(
        "{}callback = \"http://warroom.test\"\nrooms = {{ ops = \"ops\" }}\n\
         [people.ana]\nemail = \"ana@example.org\"\nchat = {{ mattermost = {ANA:?} }}\n",
        section(stand),
    )
}

/// A server with a channel `ops` that the bot is in.
pub(super) async fn server() -> Stand {
    let stand = Stand::start().await;
    stand.occupied("ops", &[BOT, ANA]);
    stand
}

pub(super) async fn house(stand: &Stand) -> House {
    let house = House::with(RULES, &config(stand), None).await;
    until("a socket", SOON, async || stand.world().is_listened_to().then_some(())).await;
    house
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

    /// What the bot said to somebody alone, once it holds this.
    pub(super) async fn whispers(&self, user: &str, text: &str) -> Seen {
        let mut both = [BOT, user];
        both.sort_unstable();
        let name = both.join("__");
        until(&format!("{text:?} to {user}"), SOON, async || {
            let room = self.named(&name)?;
            self.shown(&room.id).into_iter().find(|seen| seen.text.contains(text))
        })
        .await
    }

    /// What the server posts when somebody presses a button: `DoPostActionWithCookie` in
    /// `server/channels/app/integration_action.go`.
    pub(super) fn press(&self, user: &str, message: &str, choice: usize) -> (String, Value) {
        let mut world = self.world();
        let (room, post) = world.post(message).unwrap();
        let action = &post["props"]["attachments"][0]["actions"][choice];
        let url = action["integration"]["url"].as_str().unwrap().to_owned();
        let body = json!({
            "user_id": user, "user_name": "x", "channel_id": room, "channel_name": "x",
            "team_id": TEAM, "team_domain": TEAM_NAME, "post_id": message, "trigger_id": world.id(),
            "type": "button", "data_source": "", "context": action["integration"]["context"],
        });
        (url.strip_prefix("http://warroom.test").unwrap().to_owned(), body)
    }
}

/// Somebody presses a button, and the server posts that to us.
pub(super) async fn presses(
    house: &House,
    stand: &Stand,
    user: &str,
    message: &str,
    choice: usize,
) {
    let (path, body) = stand.press(user, message, choice);
    assert_eq!(house.post(&path, &body).await, (200, json!({})));
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
