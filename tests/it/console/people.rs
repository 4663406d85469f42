//! The pages about runs and about who is on call: what they show, and what they type.

use super::room::in_room;

#[tokio::test]
async fn a_run_is_read_and_approved_on_its_page() {
    let Some((server, browser)) = in_room(3).await else { return };
    browser.open(&server.url("/runs")).await;
    browser.reads("restart-service cms").await;
    browser.click("a.row").await;
    browser.reads("exec systemctl restart cms").await;
    browser.reads("takes back").await;
    browser.click("button[data-command='approve 7']").await;
    browser.reads("You may type this: approve 7").await;
    let lines = server.with(|said| said.lines.clone());
    let [(line, Some(key))] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!((line.as_str(), key.len()), ("approve 7", 32));
    browser.must_not_complain().await;
}

#[tokio::test]
async fn the_runs_of_an_incident_are_a_tab_of_its_room() {
    let Some((server, browser)) = in_room(3).await else { return };
    browser.open(&server.url("/rooms/12")).await;
    browser.click("#tab-Runs").await;
    browser.reads("Waits for approval").await;
    browser.must_not_complain().await;
}

#[tokio::test]
async fn who_is_on_call_is_shown_and_somebody_stands_in() {
    let Some((server, browser)) = in_room(3).await else { return };
    browser.open(&server.url("/oncall")).await;
    browser.reads("also hears: ben").await;
    browser.click(".duty details:first-of-type summary").await;
    browser.reads("nobody").await;
    browser.click(".duty details:last-of-type summary").await;
    browser.click(".duty form button").await;
    browser.reads("You may type this: override cms @me 1h").await;
    browser.must_not_complain().await;
}
