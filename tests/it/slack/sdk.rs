//! Slack's own SDK against the stand-in: what it takes for granted must hold here.

use std::process::Command;

use super::stand::{BOT_TOKEN, Stand};
use crate::world::process::find;

/// Drives everything that the adapter uses, and some errors.
const SCRIPT: &str = r#"
import sys
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
client = WebClient(token=sys.argv[2], base_url=sys.argv[1])
assert client.auth_test()["team_id"].startswith("T")
room = client.conversations_create(name="from-the-sdk")["channel"]["id"]
try:
    client.conversations_create(name="from-the-sdk")
    raise SystemExit("a taken name was given out")
except SlackApiError as error:
    assert error.response["error"] == "name_taken", error
client.conversations_setPurpose(channel=room, purpose="p")
client.conversations_invite(channel=room, users=["U0000ANA"])
sent = client.chat_postMessage(channel=room, text="hello", metadata={"event_type": "x", "event_payload": {"key": "1"}})
client.chat_update(channel=room, ts=sent["ts"], text="hello again")
client.pins_add(channel=room, timestamp=sent["ts"])
found = client.conversations_history(channel=room, include_all_metadata=True)["messages"]
assert found[0]["text"] == "hello again", found
client.files_upload_v2(channel=room, content=b"0123456789", filename="a.png", alt_txt="words")
client.conversations_archive(channel=room)
try:
    client.chat_postMessage(channel=room, text="x")
    raise SystemExit("an archived channel took a message")
except SlackApiError as error:
    assert error.response["error"] == "is_archived", error
client.conversations_unarchive(channel=room)
print("fine")
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slacks_own_sdk_works_against_the_stand_in() {
    let Some(python) =
        std::env::var_os("WARROOM_TEST_SLACK_SDK").or_else(|| find("python3").map(Into::into))
    else {
        println!("skipped: there is no python3");
        return;
    };
    let has = Command::new(&python).args(["-c", "import slack_sdk"]).output().unwrap();
    if !has.status.success() {
        println!("skipped: slack_sdk is not installed for {}", python.to_string_lossy());
        return;
    }
    let stand = Stand::start().await;
    let (api, script) = (stand.api(), SCRIPT.to_owned());
    let run = move || Command::new(python).args(["-c", &script, &api, BOT_TOKEN]).output().unwrap();
    let done = tokio::task::spawn_blocking(run).await.unwrap();
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success() && out.trim() == "fine", "{out}\n{err}");
}
