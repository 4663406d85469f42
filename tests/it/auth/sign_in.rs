//! The form, the printed links, and those who try too often.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};
use warroom::server::Options;

use super::browser::{Browser, to};
use super::people::{ANA, lab, lab_with, options};
use crate::server::lab::{Lab, read};

/// A link as `warroom sign-in` asks for it.
async fn link(lab: &Lab, name: Option<&str>) -> String {
    let (status, text) = lab.post("/api/v1/sign-in-links", json!({ "as": name }).to_string()).await;
    assert_eq!(status, 200, "{text}");
    let link: Value = serde_json::from_str(&text).unwrap();
    let path = link["path"].as_str().unwrap();
    path.strip_prefix("/sign-in?code=").unwrap().to_owned()
}

#[tokio::test]
async fn a_printed_link_signs_in_once() {
    let (lab, clock) = lab().await;
    for (name, shown) in [(None, "operator"), (Some("cat"), "cat")] {
        let code = link(&lab, name).await;
        let mut browser = Browser::at(&lab);
        for _ in 0..3 {
            let page = browser.get(&format!("/sign-in?code={code}")).await.text().await.unwrap();
            assert!(page.contains(&code) && !page.contains("<script"), "looking uses nothing up");
        }
        let next = "/incidents/1#e3";
        let answer = browser.form(&[("code", &code), ("next", next)]).await;
        assert_eq!((answer.status().as_u16(), to(&answer)), (303, next.to_owned()));
        assert_eq!(browser.me().await.unwrap()["name"], shown);
        let (status, text) = read(Browser::at(&lab).form(&[("code", &code)]).await).await;
        assert_eq!(status, 401);
        assert!(text.contains("This link has been used"), "{text}");
    }
    let late = link(&lab, None).await;
    clock.by(TimeDelta::minutes(10));
    assert_eq!(Browser::at(&lab).form(&[("code", &late)]).await.status(), 401);
}

#[tokio::test]
async fn the_operators_link_opens_on_this_machine_only() {
    let (lab, _) = lab().await;
    let code = link(&lab, None).await;
    let browser = Browser::at(&lab);
    let afar = browser.request(Method::POST, "/sign-in").header("x-forwarded-for", "192.0.2.1");
    let afar = afar.header("content-type", "application/x-www-form-urlencoded");
    let (status, text) = read(afar.body(format!("code={code}")).send().await.unwrap()).await;
    assert_eq!(status, 401);
    assert!(text.contains("only on the machine that printed it"), "{text}");
}

#[tokio::test]
async fn only_the_operator_makes_links() {
    let (lab, _) = lab().await;
    let mut browser = Browser::at(&lab);
    browser.sign_in(ANA).await;
    let (status, _) = browser.command("/api/v1/sign-in-links", &json!({ "as": null })).await;
    assert_eq!(status, 403);
    let (status, text) = lab.post("/api/v1/sign-in-links", r#"{"as":"eve"}"#).await;
    assert_eq!(status, 404, "{text}");
    let page = browser.request(Method::POST, "/api/v1/sign-in-links");
    let foreign = page.header("origin", "http://evil.example").body("{}");
    assert_eq!(foreign.send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn a_wrong_token_and_another_sites_form_sign_nobody_in() {
    let (lab, _) = lab().await;
    let mut browser = Browser::at(&lab);
    for wrong in ["x", "\"><script>alert(1)</script>", ANA.trim_end_matches("abcdef"), "operator"] {
        let (status, text) = read(browser.form(&[("token", wrong)]).await).await;
        assert_eq!(status, 401);
        assert!(text.contains("belongs to nobody here") && !text.contains("<script"), "{text}");
    }
    let form = "application/x-www-form-urlencoded";
    let foreign = browser.from(Method::POST, "/sign-in").header("origin", "http://evil.example");
    let foreign = foreign.header("content-type", form).body(format!("token={ANA}"));
    assert_eq!(browser.send(foreign).await.status(), 403);
    let large = browser.request(Method::POST, "/sign-in").header("content-type", form);
    assert_eq!(browser.send(large.body(vec![b'a'; 1 << 20])).await.status(), 400);
    assert_eq!(browser.cookie("warroom_session"), None);
}

#[tokio::test]
async fn the_way_back_never_leaves_the_server() {
    let (lab, _) = lab().await;
    for (next, goes) in [
        ("/rooms/12#n34", "/rooms/12#n34"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/sign-in?next=//evil.example", "/"),
        ("/\r\nset-cookie: a=b", "/"),
    ] {
        let answer = Browser::at(&lab).form(&[("token", ANA), ("next", next)]).await;
        assert_eq!(to(&answer), goes, "{next}");
        assert!(answer.headers().get("a").is_none());
    }
}

#[tokio::test]
async fn whoever_tries_too_often_must_wait() {
    let (lab, _) = lab().await;
    let mut browser = Browser::at(&lab);
    for _ in 0..20 {
        assert_eq!(browser.form(&[("token", "wrong")]).await.status(), 401);
    }
    let answer = browser.form(&[("token", "wrong")]).await;
    assert_eq!(answer.status(), 429);
    assert!(answer.headers().contains_key("retry-after"));
    assert!(answer.text().await.unwrap().contains("Try again in"));
    assert!(lab.meter("warroom_http_rejected_total{reason=\"sign_in\"}").await >= 21.0);
}

#[tokio::test]
async fn the_page_runs_nothing_and_loads_nothing_from_elsewhere() {
    let (lab, _) = lab().await;
    let answer = Browser::at(&lab).get("/sign-in?next=%22%3E%3Cscript%3E&code=%3Cb%3E").await;
    let headers = answer.headers().clone();
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(headers["referrer-policy"], "same-origin", "else browsers send `Origin: null`");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    let page = answer.text().await.unwrap();
    assert!(!page.contains("<script") && !page.contains("<b>") && !page.contains("http"), "{page}");
}

#[tokio::test]
async fn under_https_the_cookie_travels_over_nothing_else() {
    let external_url = Some("https://warroom.example.org".parse().unwrap());
    let (lab, _) = lab_with(Options { external_url, ..options() }).await;
    let browser = Browser::at(&lab);
    for (host, origin, secure) in [
        ("warroom.example.org", "https://warroom.example.org", true),
        ("inside.example.org", "https://warroom.example.org", true),
        ("127.0.0.1:9095", "http://127.0.0.1:9095", false),
    ] {
        let request = browser.from(Method::POST, "/sign-in").header("host", host);
        let request = request.header("origin", origin).header("sec-fetch-site", "same-origin");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = request.body(format!("token={ANA}")).send().await.unwrap();
        assert_eq!(answer.status(), 303, "{host}");
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        assert_eq!(cookie.ends_with("; Secure"), secure, "{host}: {cookie}");
    }
}
