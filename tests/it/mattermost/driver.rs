//! The `mattermostdriver` of `PyPI` against the stand-in: what it takes for granted must hold here.

use std::process::Command;

use super::stand::{ANA, BOT, Stand, TEAM_NAME, TOKEN};
use crate::world::process::find;

/// Drives everything that the adapter uses, and some errors.
const SCRIPT: &str = r#"
import asyncio, json, sys
from mattermostdriver import Driver
from mattermostdriver import exceptions as ex
port, token, team_name, ana, bot = int(sys.argv[1]), *sys.argv[2:6]
driver = Driver({"url": "127.0.0.1", "port": port, "scheme": "http", "token": token})
driver.login()
assert driver.users.get_user("me")["id"] == bot
team = driver.teams.get_team_by_name(team_name)["id"]
assert driver.teams.get_team_member(team, ana)["user_id"] == ana
new = {"team_id": team, "name": "from-the-driver", "display_name": "From it", "type": "O"}
room = driver.channels.create_channel(new)["id"]
try:
    driver.channels.create_channel(new)
    raise SystemExit("a taken name was given out")
except ex.InvalidOrMissingParameters:
    pass
driver.channels.add_user(room, {"user_id": ana})
driver.channels.patch_channel(room, {"header": "h"})
names = [it["id"] for it in driver.channels.get_channels_for_user("me", team)]
assert room in names, names
post = {"channel_id": room, "message": "hello", "pending_post_id": "p1", "props": {"warroom": {"key": "1"}}}
sent = driver.posts.create_post(post)
assert driver.posts.create_post(post)["id"] == sent["id"], "a pending id is one post"
driver.posts.patch_post(sent["id"], {"message": "hello again"})
assert driver.posts.get_post(sent["id"])["message"] == "hello again"
driver.posts.pin_post_to_channel(sent["id"])
driver.reactions.create_reaction({"user_id": bot, "post_id": sent["id"], "emoji_name": "one"})
file = driver.files.upload_file(room, {"files": ("a.png", b"0123456789")})["file_infos"][0]["id"]
driver.posts.create_post({"channel_id": room, "message": "with it", "file_ids": [file]})
page = driver.posts.get_posts_for_channel(room, {"per_page": 10})
assert len(page["order"]) == 2 and page["posts"][sent["id"]]["is_pinned"], page
driver.channels.create_direct_message_channel([bot, ana])
heard = []
async def hear(text):
    event = json.loads(text)
    heard.append((event.get("event"), event.get("seq")))
    if event.get("event") == "hello":
        driver.posts.create_post({"channel_id": room, "message": "heard?"})
    if event.get("event") == "posted":
        driver.disconnect()
asyncio.set_event_loop(asyncio.new_event_loop())
driver.init_websocket(hear)
assert heard == [("hello", 0), ("posted", 1)], heard
driver.channels.delete_channel(room)
try:
    driver.posts.create_post({"channel_id": room, "message": "x"})
    raise SystemExit("an archived channel took a message")
except ex.InvalidOrMissingParameters:
    pass
print("fine")
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_driver_of_pypi_works_against_the_stand_in() {
    let Some(python) =
        std::env::var_os("WARROOM_TEST_MATTERMOST").or_else(|| find("python3").map(Into::into))
    else {
        println!("skipped: there is no python3");
        return;
    };
    let has = Command::new(&python).args(["-c", "import mattermostdriver"]).output().unwrap();
    if !has.status.success() {
        println!("skipped: mattermostdriver is not installed for {}", python.to_string_lossy());
        return;
    }
    let stand = Stand::start().await;
    let port = stand.address.rsplit(':').next().unwrap().to_owned();
    let run = move || {
        let arguments = ["-c", SCRIPT, &port, TOKEN, TEAM_NAME, ANA, BOT];
        Command::new(python).args(arguments).output().unwrap()
    };
    let done = tokio::task::spawn_blocking(run).await.unwrap();
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success() && out.trim() == "fine", "{out}\n{err}");
}
