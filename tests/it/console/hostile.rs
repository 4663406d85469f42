//! Labels, names and texts of strangers: shown as they are, doing nothing, breaking nothing.

use serde_json::{Value, json};

use super::browser::{Browser, Screen};
use super::posts;
use super::stand_in::{Said, StandIn};

const MARKUP: &str =
    "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>";
const TURNED: &str = "\u{202E}gnp.exe \u{2067}\u{2066}";

fn long() -> String {
    format!("{MARKUP}{TURNED}{}", "N".repeat(10_000))
}

fn hostile_room(server: &StandIn) {
    let card = json!({
        "text": long(),
        "card": {
            "number": 12, "title": long(), "severity": long(), "state": long(), "symbol": MARKUP,
            "facts": [{ "name": long(), "value": long() }, { "name": "a", "value": TURNED }],
            "links": [{ "text": "run", "url": "javascript:document.title='owned'" }, { "text": long(), "url": "//evil.example" }],
        },
        "buttons": [{ "label": long(), "command": "ack", "style": "primary" }],
    });
    server.enter("12", &posts::warroom(), Some("card"), &card);
    let table =
        json!({ "columns": [MARKUP, long()], "rows": [[long(), TURNED], [MARKUP, ""]], "more": 0 });
    let post = json!({ "text": long(), "table": table, "picture": { "id": "../x?<", "alt": long(), "command": long() } });
    server.enter("12", &json!({ "kind": "person", "name": long() }), None, &post);
    server.enter(
        "12",
        &posts::warroom(),
        None,
        &json!({ "text": format!("{}\n", long()).repeat(5) }),
    );
}

#[tokio::test]
async fn fault_61_labels_of_strangers_are_text_everywhere() {
    let Some(browser) = Browser::start().await else { return };
    let incident = |number| {
        let mut incident = posts::incident(number, &long());
        incident["labels"] = json!({ MARKUP: long(), TURNED: MARKUP });
        incident["acknowledged_by"] = Value::String(long());
        incident
    };
    let said = Said {
        incidents: vec![incident(12)],
        alerts: vec![posts::alert(&json!({ "alertname": long(), MARKUP: long() }))],
        ..Said::default()
    };
    let server = StandIn::start(said).await;
    hostile_room(&server);
    for screen in [
        Screen { name: "phone", width: 360, height: 740, scale: 2, theme: "light" },
        Screen { name: "desktop", width: 1280, height: 800, scale: 1, theme: "dark" },
    ] {
        browser.screen(screen).await;
        for path in ["/", "/rooms/12"] {
            browser.open(&server.url(path)).await;
            browser.reads("<img src=x onerror").await;
            for tab in ["Facts", "Alerts", "Graphs", "Room"] {
                let press = format!("document.querySelector('#tab-{tab}')?.click()");
                browser.ask(&press).await;
                sound(&browser, screen, path, tab).await;
            }
        }
        browser.shot(&format!("hostile-{}", screen.name)).await;
    }
    assert_eq!(server.with(|said| said.lines.len()), 0);
}

/// Nothing ran, nothing was let in, nothing sticks out.
async fn sound(browser: &Browser, screen: Screen, path: &str, tab: &str) {
    let place = format!("{} {path} {tab}", screen.name);
    let owned = browser.ask("document.title === 'owned' || document.querySelector('img[src=x], main script') !== null").await;
    assert_eq!(owned, false, "{place}");
    let wide = browser.ask("document.documentElement.scrollWidth - innerWidth").await;
    assert!(wide.as_i64().unwrap() <= 0, "{place} is {wide} px too wide");
    let bad = "[...document.querySelectorAll('a[href]')].map((a) => a.protocol + a.host).filter((to) => !to.startsWith('http:' + location.host) && !to.startsWith('http:prometheus.example'))";
    assert_eq!(browser.ask(bad).await, json!([]), "{place}");
}
