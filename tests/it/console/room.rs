//! What people do in a room: they read, press, type, and see what others do.

use serde_json::json;

use super::browser::{Browser, key};
use super::posts;
use super::stand_in::{Said, StandIn};

/// A room with a card and two messages, and a browser that looks at it.
pub(crate) async fn in_room(events: u64) -> Option<(StandIn, Browser)> {
    let browser = Browser::start().await?;
    let said = Said {
        incidents: vec![
            posts::incident(12, "cms is slow in prod"),
            posts::incident(11, "db is full"),
        ],
        alerts: vec![posts::alert(&json!({ "alertname": "HighLatency", "instance": "web-1" }))],
        events,
        ..Said::default()
    };
    let server = StandIn::start(said).await;
    let card = posts::card("Firing, nobody has taken it", "●");
    server.enter("12", &posts::warroom(), Some("card"), &card);
    server.enter("12", &posts::warroom(), None, &json!({ "text": "Paged Ana, step 1 of 3." }));
    server.enter("12", &posts::warroom(), Some("graph"), &json!({ "text": "latency: drawing" }));
    Some((server, browser))
}

#[tokio::test]
async fn a_room_is_read_pressed_and_typed_in() {
    let Some((server, browser)) = in_room(34).await else { return };
    browser.open(&server.url("/")).await;
    browser.click("a[href='/rooms/12']").await;
    browser.reads("Paged Ana, step 1 of 3.").await;
    browser.sees("document.title === '#12 cms is slow in prod · warroom'").await;

    browser.click(".card button[data-command='ack']").await;
    browser.sees("document.querySelector('.card').innerText.includes('Ana has taken it')").await;
    assert_eq!(browser.ask("document.querySelectorAll('.card').length").await, 1);

    browser.types("graph latency cms 1h").await;
    browser.sees("document.querySelector('.entry img')?.naturalWidth > 0").await;
    let alt = browser.ask("document.querySelector('.entry img').alt").await;
    assert!(alt.as_str().unwrap().starts_with("Latency of cms"), "{alt}");
    browser.types("alerts").await;
    browser.sees("document.querySelector('.entry th')?.textContent === 'instance'").await;

    browser.click("#line").await;
    browser.press(&format!("he{}", key::TAB)).await;
    browser.sees("document.querySelector('#line').value === 'help '").await;
    browser.press(key::ENTER).await;
    browser.reads("only you see this").await;
    let lines =
        server.with(|said| said.rooms["12"].iter().filter(|e| e["post"]["text"] == "help").count());
    assert_eq!(lines, 0, "a private answer is in no log");
    browser.press(key::UP).await;
    assert_eq!(browser.ask("document.querySelector('#line').value").await, "help");
    browser.must_not_complain().await;
}

#[tokio::test]
async fn what_others_say_comes_by_itself_and_edits_stay_in_place() {
    let Some((server, browser)) = in_room(34).await else { return };
    browser.open(&server.url("/rooms/12")).await;
    browser.reads("latency: drawing").await;
    browser.click("#line").await;
    server.enter(
        "12",
        &json!({ "kind": "person", "name": "Ben" }),
        None,
        &json!({ "text": "on it" }),
    );
    server.enter("12", &posts::warroom(), Some("graph"), &posts::answer("graph"));
    browser.reads("p99 is 1.9 s").await;
    let order = "[...document.querySelectorAll('.entry')].map((entry) => entry.id).join()";
    assert_eq!(browser.ask(order).await, "n2,n3,n4", "an edit stands where its first stood");
    assert_eq!(browser.ask("document.body.innerText.includes('drawing')").await, false);
    let focus = browser.ask("document.activeElement.id").await;
    assert_eq!(focus, "line", "what others do takes no focus");
    browser.must_not_complain().await;
}

#[tokio::test]
async fn a_person_without_rights_is_told_so_and_a_try_again_is_the_same_line() {
    let Some((server, browser)) = in_room(34).await else { return };
    browser.open(&server.url("/rooms/12")).await;
    browser.reads("Paged Ana").await;
    let problem = json!({
        "title": "Forbidden", "status": 403, "detail": "no grant allows Ana to resolve",
        "changed": false, "next": "ask somebody of team:cms",
    });
    server.with(|said| said.refusal = Some((403, problem)));
    browser.types("resolve").await;
    browser
        .reads("No grant allows Ana to resolve. Nothing was changed. Ask somebody of team:cms.")
        .await;
    server.with(|said| said.refusal = None);
    browser.click(".sending button").await;
    browser.reads("Done: resolve.").await;
    let lines = server.with(|said| said.lines.clone());
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0], lines[1], "the same line with the same key");
}

#[tokio::test]
async fn what_cannot_be_taken_back_asks_once_more() {
    let Some((server, browser)) = in_room(34).await else { return };
    browser.open(&server.url("/rooms/12")).await;
    let danger = ".card button.danger";
    browser.click(danger).await;
    browser
        .sees("document.querySelector('.card button.danger').textContent.startsWith('Really')")
        .await;
    assert!(server.with(|said| said.lines.is_empty()));
    browser.click(danger).await;
    browser.reads("Done: run restart-service cms.").await;
}

#[tokio::test]
async fn ten_thousand_events_scroll_and_are_linked() {
    let Some((server, browser)) = in_room(10_000).await else { return };
    browser.open(&server.url("/incidents/12#e9034")).await;
    browser.reads("10000 events").await;
    browser.sees("document.querySelector('#e9034.marked') !== null").await;
    let in_view = "(() => { const { top, bottom } = document.querySelector('#e9034').getBoundingClientRect(); return top > 0 && bottom < innerHeight; })()";
    browser.sees(in_view).await;
    let script = "const panel = document.querySelector('.timeline'); const done = arguments[0]; let [n, begin] = [0, performance.now()];\
         const step = () => { panel.scrollTop = (n * 7919) % panel.scrollHeight; n += 1;\
         if (n < 60) requestAnimationFrame(step); else done((performance.now() - begin) / n); }; step();";
    let took = browser.ask_later(script).await.as_f64().unwrap();
    println!("10,000 events: {took:.1} ms a frame while jumping through all of them");
    // Laying out all of them takes seconds; software drawing on a busy machine, a tenth of one.
    assert!(took < 1000.0, "{took} ms a frame");
    browser.must_not_complain().await;
}
