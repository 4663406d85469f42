//! Connections that end and come back: nothing is lost, nothing is shown twice.

use serde_json::json;

use super::browser::Browser;
use super::cut::Wire;
use super::posts;
use super::room::in_room;
use super::stand_in::StandIn;

const LINES: &str = "[...document.querySelectorAll('.entry .answer')].map((line) => line.textContent).filter((text) => text.startsWith('line ')).join()";

fn say(server: &StandIn, lines: std::ops::Range<usize>) {
    for line in lines {
        server.enter("12", &posts::warroom(), None, &json!({ "text": format!("line {line}") }));
    }
}

async fn has_lines(browser: &Browser, lines: std::ops::Range<usize>) {
    let all: Vec<String> = lines.map(|line| format!("line {line}")).collect();
    browser.sees(&format!("({LINES}) === {}", json!(all.join(",")))).await;
}

#[tokio::test]
async fn a_cut_connection_comes_back_without_losing_or_doubling_a_line() {
    let Some((server, browser)) = in_room(34).await else { return };
    let wire = Wire::to(server.address).await;
    browser.open(&format!("http://{}/rooms/12", wire.address)).await;
    browser.reads("Paged Ana").await;
    let mut said = 0;
    for _ in 0..3 {
        say(&server, said..said + 5);
        has_lines(&browser, 0..said + 5).await;
        wire.cut();
        browser.reads("Connection lost, trying again. What you see is from").await;
        say(&server, said + 5..said + 10);
        wire.mend();
        has_lines(&browser, 0..said + 10).await;
        browser.sees("document.querySelector('#link').hidden").await;
        said += 10;
    }
}

#[tokio::test]
async fn a_line_typed_while_the_wire_is_cut_is_sent_once() {
    let Some((server, browser)) = in_room(34).await else { return };
    let wire = Wire::to(server.address).await;
    browser.open(&format!("http://{}/rooms/12", wire.address)).await;
    browser.reads("Paged Ana").await;
    wire.cut();
    browser.types("note cut").await;
    browser.reads("warroom cannot be reached").await;
    wire.mend();
    browser.click(".sending button").await;
    browser.reads("Done: note cut.").await;
    assert_eq!(server.with(|said| said.lines.len()), 1);
    browser.sees("document.querySelectorAll('.sending').length === 0").await;
}

#[tokio::test]
async fn two_tabs_show_the_same_room() {
    let Some((server, browser)) = in_room(34).await else { return };
    browser.open(&server.url("/rooms/12")).await;
    browser.reads("Paged Ana").await;
    let (first, second) = browser.second_tab().await;
    browser.open(&server.url("/rooms/12")).await;
    browser.reads("Paged Ana").await;
    say(&server, 0..5);
    has_lines(&browser, 0..5).await;
    browser.types("ack").await;
    for tab in [&first, &second] {
        browser.go_to(tab).await;
        has_lines(&browser, 0..5).await;
        browser
            .sees("document.querySelector('.card').innerText.includes('Ana has taken it')")
            .await;
    }
}
