//! Pictures of every page for people to look at, the first paint, and no word to the outside.

use serde_json::json;

use super::browser::Screen;
use super::room::in_room;

const SCREENS: [Screen; 4] = [
    Screen { name: "desktop", width: 1280, height: 800, scale: 1, theme: "light" },
    Screen { name: "desktop-dark", width: 1280, height: 800, scale: 1, theme: "dark" },
    Screen { name: "phone", width: 390, height: 844, scale: 2, theme: "light" },
    Screen { name: "phone-dark", width: 360, height: 740, scale: 2, theme: "dark" },
];

const PATHS: [(&str, &str); 10] = [
    ("incidents", "/"),
    ("room", "/rooms/12"),
    ("timeline", "/incidents/12"),
    ("graph", "/graphs/abc123?room=12&n=5"),
    ("runs", "/runs"),
    ("run", "/runs/7"),
    ("oncall", "/oncall"),
    ("tickets", "/tickets"),
    ("silences", "/silences"),
    ("health", "/health"),
];

/// The promise is 300 ms; a debug build beside other tests gets some more.
const PAINT_MS: f64 = 1000.0;

#[tokio::test]
async fn every_page_fits_every_screen_and_paints_at_once() {
    let Some((server, browser)) = in_room(34).await else { return };
    browser.open(&server.url("/rooms/12")).await;
    browser.types("graph latency cms 1h").await;
    browser.reads("p99 is 1.9 s").await;
    browser.types("alerts").await;
    browser.reads("3 alerts on 3 instances.").await;
    let mut paints = Vec::new();
    for screen in SCREENS {
        browser.screen(screen).await;
        for (name, path) in PATHS {
            browser.open(&server.url(path)).await;
            browser.sees("document.querySelector('h1') && !document.querySelector('.loading') && [...document.images].every((i) => i.complete || !i.checkVisibility())").await;
            let wide = browser.ask("document.documentElement.scrollWidth - innerWidth").await;
            assert!(wide.as_i64().unwrap() <= 0, "{} {name} is {wide} px too wide", screen.name);
            browser.shot(&format!("{name}-{}", screen.name)).await;
            let paint = browser
                .ask("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0")
                .await;
            paints.push(paint.as_f64().unwrap());
        }
    }
    paints.sort_by(f64::total_cmp);
    let (median, most) = (paints[paints.len() / 2], paints[paints.len() - 1]);
    println!("first paint of {} pages: median {median} ms, at most {most} ms", paints.len());
    assert!((1.0..PAINT_MS).contains(&median), "{paints:?}");
    let elsewhere = browser.ask("performance.getEntriesByType('resource').map((r) => new URL(r.name).host).filter((host) => host !== location.host)").await;
    assert_eq!(elsewhere, json!([]));
    browser.must_not_complain().await;
}
