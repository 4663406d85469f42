//! Signing in through an identity provider, and those who try to pass for somebody else.

use std::sync::Arc;

use chrono::TimeDelta;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Response;
use serde_json::{Value, json};
use warroom::domain::secret::Secret;
use warroom::server::{OidcOptions, Options};

use super::browser::{Browser, to};
use super::people::{Ahead, lab_with, options};
use super::provider::{Key, Provider, forged};
use crate::server::lab::{Lab, read};

/// A server that knows the provider.
async fn lab_at(provider: &Provider) -> Lab {
    lab_and_clock(provider).await.0
}

async fn lab_and_clock(provider: &Provider) -> (Lab, Arc<Ahead>) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let oidc = OidcOptions {
        issuer: provider.issuer().parse().unwrap(),
        client_id: "warroom".to_owned(),
        client_secret: Some(Secret::new("client secret")),
        name: "Example".to_owned(),
        scopes: vec!["openid".to_owned(), "email".to_owned()],
        client,
    };
    let external_url = Some("http://127.0.0.1:1".parse().unwrap());
    lab_with(Options { oidc: Some(oidc), external_url, ..options() }).await
}

/// The way back, on the server under test: its address is not the configured one.
fn here(back: &str) -> String {
    back.strip_prefix("http://127.0.0.1:1").unwrap().to_owned()
}

/// The whole way of a person who says yes.
async fn sign_in(browser: &mut Browser, provider: &Provider) -> Response {
    let away = browser.get("/sign-in/oidc?next=/incidents/7").await;
    assert_eq!(away.status(), 303);
    browser.get(&here(&provider.agree(&to(&away)))).await
}

async fn refused(browser: &mut Browser, answer: Response, about: &str) -> String {
    let (status, text) = read(answer).await;
    assert_eq!(status, 403, "{about}: {text}");
    assert_eq!(browser.cookie("warroom_session"), None, "{about}");
    text
}

#[tokio::test]
async fn a_person_comes_in_through_the_provider() {
    for key in [Key::ec("one"), Key::rsa("one")] {
        let provider = Provider::start(key).await;
        let lab = lab_at(&provider).await;
        let mut browser = Browser::at(&lab);
        let page = browser.get("/sign-in").await.text().await.unwrap();
        assert!(page.contains("Sign in with Example"), "{page}");
        let answer = sign_in(&mut browser, &provider).await;
        assert_eq!((answer.status().as_u16(), to(&answer)), (303, "/incidents/7".to_owned()));
        assert_eq!(browser.me().await.unwrap()["name"], "ana");
        assert_eq!(browser.cookie("warroom_sign_in"), None, "nothing of the way is left");
    }
}

#[tokio::test]
async fn tokens_that_are_not_for_us_and_now_are_refused() {
    let provider = Provider::start(Key::ec("one")).await;
    let lab = lab_at(&provider).await;
    let lies: [(&str, Value); 9] = [
        ("nonce", json!("another")),
        ("nonce", Value::Null),
        ("aud", json!("somebody else")),
        ("aud", json!(["warroom", "somebody else"])),
        ("azp", json!("somebody else")),
        ("iss", json!("https://evil.example")),
        ("exp", json!(1_000_000)),
        ("iat", json!(99_999_999_999_u64)),
        ("sub", json!("")),
    ];
    for (name, value) in lies {
        let about = format!("{name} {value}");
        provider.0.lock().unwrap().lie = Some(Box::new(move |claims| claims[name] = value.clone()));
        let mut browser = Browser::at(&lab);
        let answer = sign_in(&mut browser, &provider).await;
        let text = refused(&mut browser, answer, &about).await;
        assert!(text.contains("its answer is not valid"), "{about}: {text}");
    }
}

#[tokio::test]
async fn forged_tokens_are_refused() {
    let (key, evil) = (Key::rsa("one"), Key::rsa("one"));
    let public = key.public();
    let provider = Provider::start(key.clone()).await;
    let lab = lab_at(&provider).await;
    let hmac = move |claims: &Value| {
        let unsigned = forged(&json!({ "alg": "HS256", "kid": "one" }), claims, b"");
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(public.to_string().as_bytes()).unwrap();
        mac.update(unsigned.trim_end_matches('.').as_bytes());
        let tag = mac.finalize().into_bytes();
        forged(&json!({ "alg": "HS256", "kid": "one" }), claims, &tag)
    };
    let foreign = key.clone();
    type Forger = Box<dyn Fn(&Value) -> String + Send>;
    let forgers: Vec<(&str, Forger)> = vec![
        ("none", Box::new(|claims| forged(&json!({ "alg": "none" }), claims, b""))),
        ("none with a kid", Box::new(|c| forged(&json!({ "alg": "none", "kid": "one" }), c, b""))),
        ("the public key as a password", Box::new(hmac)),
        ("another's key under the same name", Box::new(move |claims| evil.sign(claims))),
        ("no signature", Box::new(|c| forged(&json!({ "alg": "RS256", "kid": "one" }), c, b""))),
        ("no such key", Box::new(|c| forged(&json!({ "alg": "RS256", "kid": "two" }), c, b"x"))),
        (
            "demands",
            Box::new(|c| forged(&json!({ "alg": "RS256", "kid": "one", "crit": ["x"] }), c, b"x")),
        ),
        ("nonsense", Box::new(|_| "nonsense".to_owned())),
        (
            "changed afterwards",
            Box::new(move |claims| {
                let token = foreign.sign(claims);
                let mut parts = token.split('.');
                let (head, signature) = (parts.next().unwrap(), parts.nth(1).unwrap());
                let mut changed = claims.clone();
                changed["email"] = json!("ben@example.org");
                let body = forged(&json!({}), &changed, b"");
                format!("{head}.{}.{signature}", body.split('.').nth(1).unwrap())
            }),
        ),
    ];
    for (about, forger) in forgers {
        provider.0.lock().unwrap().forger = Some(forger);
        let mut browser = Browser::at(&lab);
        let answer = sign_in(&mut browser, &provider).await;
        let text = refused(&mut browser, answer, about).await;
        assert!(text.contains("its answer is not valid"), "{about}: {text}");
    }
}

#[tokio::test]
async fn an_answer_belongs_to_the_browser_that_asked() {
    let provider = Provider::start(Key::ec("one")).await;
    let lab = lab_at(&provider).await;
    let (mut attacker, mut victim) = (Browser::at(&lab), Browser::at(&lab));
    let away = to(&attacker.get("/sign-in/oidc").await);
    let back = here(&provider.agree(&away));
    let answer = victim.get(&back).await;
    refused(&mut victim, answer, "somebody else's way").await;
    victim.get("/sign-in/oidc").await;
    let answer = victim.get(&back).await;
    refused(&mut victim, answer, "somebody else's state").await;
    let sealed = attacker.cookie("warroom_sign_in").unwrap().to_owned();
    assert_eq!(to(&attacker.get(&back).await), "/");
    let mut again = Browser::at(&lab);
    again.plant("warroom_sign_in", &sealed);
    let answer = again.get(&back).await;
    refused(&mut again, answer, "a code that was used").await;
    let mut changed = Browser::at(&lab);
    changed.plant("warroom_sign_in", &sealed.replacen('.', "0.", 1));
    let answer = changed.get(&back).await;
    refused(&mut changed, answer, "a changed cookie").await;
}

#[tokio::test]
async fn what_the_provider_says_about_errors_is_not_shown() {
    let provider = Provider::start(Key::ec("one")).await;
    let lab = lab_at(&provider).await;
    let mut browser = Browser::at(&lab);
    let evil = "error=access_denied&error_description=%3Cscript%3Ecall%20555%3C/script%3E";
    let answer = browser.get(&format!("/sign-in/oidc/callback?{evil}&state=x")).await;
    let text = refused(&mut browser, answer, "not asked for").await;
    assert!(text.contains("not begun in this browser") && !text.contains("555"), "{text}");
    let away = to(&browser.get("/sign-in/oidc").await);
    let state = away.split("&state=").nth(1).unwrap().split('&').next().unwrap();
    let answer = browser.get(&format!("/sign-in/oidc/callback?{evil}&state={state}")).await;
    let text = refused(&mut browser, answer, "cancelled").await;
    assert!(text.contains("cancelled") && !text.contains("555"), "{text}");
    provider.0.lock().unwrap().issuer = "https://evil.example".to_owned();
    let lab = lab_at(&Provider::start(Key::ec("two")).await).await;
    let answer = Browser::at(&lab).get("/sign-in/oidc?next=//evil.example").await;
    assert!(to(&answer).starts_with("http://127.0.0.1"));
}

#[tokio::test]
async fn strangers_and_unverified_addresses_stay_out() {
    let provider = Provider::start(Key::ec("one")).await;
    let lab = lab_at(&provider).await;
    for (person, told) in [
        (
            json!({ "sub": "9", "email": "eve@evil.example", "email_verified": true }),
            "email = &quot;eve@evil.example&quot;",
        ),
        (
            json!({ "sub": "9", "email": "ana@example.org", "email_verified": false }),
            "oidc_subject = &quot;9&quot;",
        ),
        (json!({ "sub": "9", "email": "ana@example.org" }), "oidc_subject = &quot;9&quot;"),
        (json!({ "sub": "\"\n[server]" }), "oidc_subject = &quot;\\&quot;[server]&quot;"),
    ] {
        provider.0.lock().unwrap().person = person;
        let mut browser = Browser::at(&lab);
        let answer = sign_in(&mut browser, &provider).await;
        let text = refused(&mut browser, answer, told).await;
        assert!(text.contains(told), "{text}");
    }
}

#[tokio::test]
async fn a_new_key_is_found_and_invented_ones_are_not_asked_for() {
    let provider = Provider::start(Key::ec("one")).await;
    let (lab, clock) = lab_and_clock(&provider).await;
    let mut browser = Browser::at(&lab);
    assert_eq!(sign_in(&mut browser, &provider).await.status(), 303);
    provider.0.lock().unwrap().forger =
        Some(Box::new(|c| forged(&json!({ "alg": "ES256", "kid": "invented" }), c, b"x")));
    for _ in 0..3 {
        let mut evil = Browser::at(&lab);
        let answer = sign_in(&mut evil, &provider).await;
        refused(&mut evil, answer, "an invented key").await;
    }
    assert_eq!(provider.0.lock().unwrap().asked_for_keys, 1, "not within a minute");
    provider.0.lock().unwrap().forger = None;
    provider.0.lock().unwrap().keys.push(Key::ec("two"));
    clock.by(TimeDelta::seconds(61));
    assert_eq!(sign_in(&mut browser, &provider).await.status(), 303);
    assert_eq!(provider.0.lock().unwrap().asked_for_keys, 2);
}
