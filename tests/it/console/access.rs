//! The console for everybody: names, landmarks, contrast, and no need of a mouse.

use serde_json::{Value, json};

use super::browser::{Browser, Screen, key};
use super::room::in_room;

const PATHS: [&str; 8] = [
    "/",
    "/rooms/12",
    "/incidents/12",
    "/runs/7",
    "/oncall",
    "/tickets/T-31",
    "/silences",
    "/health",
];

/// What a page must have, each as an expression that lists what is wrong.
const RULES: [(&str, &str); 6] = [
    (
        "one h1",
        "[...document.querySelectorAll('h1')].map((h) => h.innerText).slice(1).concat(document.querySelector('h1') ? [] : ['none'])",
    ),
    ("one main", "document.querySelectorAll('main').length === 1 ? [] : ['main']"),
    (
        "controls have names",
        "[...document.querySelectorAll('a[href], button, input, select, textarea, [role=tab]')].filter((c) => c.checkVisibility() && !(c.innerText.trim() || c.getAttribute('aria-label') || c.labels?.length || c.querySelector('img[alt]'))).map((c) => c.outerHTML)",
    ),
    (
        "pictures have words",
        "[...document.querySelectorAll('img')].filter((i) => !i.alt).map((i) => i.outerHTML)",
    ),
    (
        "ids are unique",
        "[...document.querySelectorAll('[id]')].map((e) => e.id).filter((id, at, all) => all.indexOf(id) !== at)",
    ),
    (
        "lists hold items",
        "[...document.querySelectorAll('ul, ol')].filter((l) => [...l.children].some((c) => c.tagName !== 'LI')).map((l) => l.outerHTML)",
    ),
];

/// Pairs of colours that are too near, as computed from the styles: WCAG 2.2, 1.4.3.
const CONTRAST: &str = r#"(() => {
  const parse = (text) => { const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number); return { r, g, b, a }; };
  const light = ({ r, g, b }) => { const [R, G, B] = [r, g, b].map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * R + 0.7152 * G + 0.0722 * B; };
  const ground = (element) => { for (let e = element; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.a > 0.99) return c; } return parse("rgb(255,255,255)"); };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); const bad = new Set();
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
    const [one, two] = [light(parse(getComputedStyle(element).color)), light(ground(element))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (two + 0.05);
    if (ratio < 4.5) bad.add(`${ratio.toFixed(2)} ${element.className || element.tagName}: ${walker.currentNode.data.slice(0, 30)}`);
  }
  return [...bad];
})()"#;

async fn settled(browser: &Browser) {
    browser.sees("document.querySelector('h1') && !document.querySelector('.loading')").await;
}

#[tokio::test]
async fn every_page_has_names_landmarks_and_contrast_in_both_themes() {
    let Some((server, browser)) = in_room(34).await else { return };
    for theme in ["light", "dark"] {
        browser.screen(Screen { name: "", width: 1280, height: 800, scale: 1, theme }).await;
        for path in PATHS {
            browser.open(&server.url(path)).await;
            settled(&browser).await;
            for (rule, wrong) in RULES {
                assert_eq!(browser.ask(wrong).await, json!([]), "{theme} {path}: {rule}");
            }
            assert_eq!(browser.ask(CONTRAST).await, json!([]), "{theme} {path}");
        }
    }
    browser.must_not_complain().await;
}

#[tokio::test]
async fn everything_is_done_without_a_mouse() {
    let Some((server, browser)) = in_room(34).await else { return };
    browser.open(&server.url("/")).await;
    browser.reads("db is full").await;
    browser.press(key::TAB).await;
    browser.sees("document.activeElement.className === 'skip'").await;
    browser.press("j").await;
    browser.sees("document.activeElement.getAttribute('href') === '/rooms/12'").await;
    browser.press("j").await;
    browser.sees("document.activeElement.getAttribute('href') === '/rooms/11'").await;
    browser.press("k").await;
    browser.press(key::ENTER).await;
    browser.reads("Paged Ana").await;
    browser.press("/").await;
    browser.sees("document.activeElement.id === 'line'").await;
    browser.press(&format!("ack{}", key::ENTER)).await;
    browser.reads("Ana has taken it").await;
    browser.press(key::ESCAPE).await;
    browser.sees("document.activeElement.id !== 'line'").await;
    browser.press("k").await;
    browser.sees("document.activeElement.matches('.entry')").await;
    browser.press("2").await;
    browser.sees("document.querySelector('#tab-Facts').ariaSelected === 'true'").await;
    browser.press("?").await;
    browser.sees("document.querySelector('dialog[open]')").await;
    browser.press(key::ESCAPE).await;
    browser.sees("!document.querySelector('dialog[open]')").await;
    browser.press("gt").await;
    browser.sees("location.pathname === '/tickets'").await;
    let focus = browser.ask("document.activeElement.id").await;
    assert_eq!(focus, Value::from("main"), "a new page is where the reader is");
    browser.must_not_complain().await;
}

#[tokio::test]
async fn a_chosen_theme_stays() {
    let Some((server, browser)) = in_room(34).await else { return };
    browser.open(&server.url("/")).await;
    let ground = "getComputedStyle(document.body).backgroundColor";
    let before = browser.ask(ground).await;
    browser.click("#theme").await;
    let after = browser.ask(ground).await;
    assert_ne!(before, after);
    browser.open(&server.url("/rooms/12")).await;
    assert_eq!(browser.ask(ground).await, after);
}
