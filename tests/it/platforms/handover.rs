//! A platform that stays unreachable hands its rooms to the next, and is filled in when it is back.

use std::time::Duration;

use serde_json::json;

use crate::contract::platform::Stage;
use crate::mattermost::stage as mattermost;
use crate::rooms::house::{House, says};
use crate::slack::stage as slack;
use crate::world::wait::until;

/// A platform is given up after 20 s, and looked at again each 20 s.
const SOON: Duration = Duration::from_secs(90);

const RULES: &str = r#"
[[rule]]
name = "cms"
match = 'service="cms"'
group_by = ["service"]
title = "{{ labels.service }} is slow"
room = { name = "inc-{{ number }}-{{ labels.service }}", on = ["slack"] }
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_that_is_away_is_stood_in_for_and_filled_in() {
    let (first, second) = (slack::start().await.unwrap(), mattermost::start().await.unwrap());
    first.stand.work().faults.is_revoked = true;
    let config = format!(
        "{}{}[people.ana]\nemail = \"ana@example.org\"\nchat = {{ mattermost = {:?} }}\n",
        slack::section(&first.stand),
        mattermost::section(&second.stand),
        second.person(),
    );
    let house = House::with(RULES, &config, None).await;
    house.fire(&[vec![("alertname", "Slow"), ("service", "cms")]]).await;
    let room = until("the room on the next platform", SOON, async || {
        second.stand.named("inc-1-cms").map(|room| room.id)
    })
    .await;
    house.room("1", |entries| says(entries, "slack")).await;
    let line = json!({ "room": "1", "line": "note said on the console" });
    assert_eq!(house.post("/api/v1/commands", &line).await.0, 200);
    second.types(&room, "note said by ana").await;
    house.room("1", |entries| says(entries, "said by ana")).await;
    until("the console's word is there", SOON, async || {
        second.seen(&room).await.into_iter().find(|it| it.text.contains("said on the console"))
    })
    .await;
    assert!(first.stand.named("inc-1-cms").is_none(), "slack is away");
    first.stand.work().faults.is_revoked = false;
    let back = until("the room on slack", SOON, async || first.stand.named("inc-1-cms")).await;
    for text in ["cms is slow", "said on the console", "said by ana"] {
        let shown = until(text, SOON, async || {
            let shown = first.stand.shown(&back.id);
            shown.iter().any(|seen| seen.text.contains(text)).then_some(shown)
        })
        .await;
        // What was typed stands there once, its answer may repeat it.
        let typed = format!("note {text}");
        let times = shown.iter().filter(|seen| seen.text.contains(&typed)).count();
        assert!(times <= 1, "{text:?} is there {times} times: {shown:#?}");
    }
    let rooms = first.rooms().await.len() + second.rooms().await.len();
    assert_eq!(rooms, 2, "one room on each platform");
    first.stand.types(slack::ANA, &back.id, "the two are one");
    house.room("1", |entries| says(entries, "the two are one")).await;
    until("it is carried over", SOON, async || {
        second.seen(&room).await.into_iter().find(|it| it.text.contains("the two are one"))
    })
    .await;
}
