//! Each way to prove who sends, and each way to fail at it.

use super::*;
use crate::adapters::ingest::auth::{Auth, Denied, Held, Request, check, signature};
use crate::domain::secret::Secret;

const BODY: &[u8] = b"[]";

fn held(secrets: &[&str]) -> Vec<Held> {
    secrets.iter().map(|secret| Held::Value(Secret::new(secret))).collect()
}

fn hmac(secrets: &[&str]) -> Auth {
    Auth::Hmac { secrets: held(secrets), tolerance_s: None }
}

fn asked(auth: &Auth, headers: &[(&str, &str)], is_local: bool) -> Result<(), Denied> {
    let header =
        |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    check(auth, &Request { header: &header, body: BODY, is_local, now: now() })
}

fn signed(auth: &Auth, secret: &str, at: DateTime<Utc>) -> Result<(), Denied> {
    let stamp = at.timestamp().to_string();
    let signature = signature(&Secret::new(secret), &stamp, BODY);
    asked(auth, &[("x-warroom-timestamp", &stamp), ("x-warroom-signature", &signature)], false)
}

#[test]
fn without_authentication_only_this_machine_comes_in() {
    assert_eq!(asked(&Auth::None, &[], true), Ok(()));
    assert_eq!(asked(&Auth::None, &[], false), Err(Denied::NotLocal));
    assert_eq!(Denied::NotLocal.status(), 403);
}

#[test]
fn fault_52_wrong_or_missing_tokens_are_refused() {
    let auth = Auth::Bearer(held(&["new", "old"]));
    for token in ["Bearer new", "bearer old", "BEARER  new "] {
        assert_eq!(asked(&auth, &[("authorization", token)], false), Ok(()), "{token}");
    }
    for token in ["Bearer ne", "Bearer newer", "Bearer ", "Bearer"] {
        let denied = asked(&auth, &[("authorization", token)], true).unwrap_err();
        assert_eq!((denied.status(), denied), (401, Denied::Wrong("token")), "{token}");
    }
    assert_eq!(asked(&auth, &[], true), Err(Denied::Missing("Authorization")));
    let empty = Auth::Bearer(held(&[""]));
    assert_eq!(asked(&empty, &[("authorization", "Bearer ")], true), Err(Denied::NoSecret));
}

/// The header is that of `alertmanager-0.25.0-webhook-headers-basic_auth.txt`.
#[test]
fn basic_authentication_of_the_real_alertmanager_comes_in() {
    let auth = |user: &str, password: &str| Auth::Basic {
        user: user.into(),
        passwords: held(&["another", password]),
    };
    let headers = [("authorization", "Basic d2Fycm9vbTpzM2NyZXQ=")];
    assert_eq!(asked(&auth("warroom", "s3cret"), &headers, false), Ok(()));
    let wrong = Err(Denied::Wrong("user or password"));
    assert_eq!(asked(&auth("warroom", "other"), &headers, false), wrong);
    assert_eq!(asked(&auth("somebody", "s3cret"), &headers, false), wrong);
    for odd in ["Basic ###", "Basic d2Fy", "Bearer x"] {
        let denied = asked(&auth("a", "b"), &[("authorization", odd)], false).unwrap_err();
        assert!(matches!(denied, Denied::Unreadable(..)), "{odd}");
    }
}

#[test]
fn fault_52_wrong_signatures_are_refused() {
    let auth = hmac(&["new", "old"]);
    assert_eq!(signed(&auth, "new", now()), Ok(()));
    assert_eq!(signed(&auth, "old", now() - minutes(4)), Ok(()));
    assert_eq!(signed(&auth, "other", now()), Err(Denied::Wrong("signature")));
    let stamp = now().timestamp().to_string();
    let good = signature(&Secret::new("new"), &stamp, BODY);
    let several = format!("v1=00, {good}, v2=zz");
    let ask = |stamp: &str, signature: &str| {
        asked(&auth, &[("x-warroom-timestamp", stamp), ("x-warroom-signature", signature)], true)
    };
    assert_eq!(ask(&stamp, &several), Ok(()));
    assert_eq!(ask("1795241542", &good), Err(Denied::Wrong("signature")));
    assert!(matches!(ask(&stamp, "v1=xyz"), Err(Denied::Unreadable(..))));
    assert!(matches!(ask("noon", &good), Err(Denied::Unreadable(..))));
    assert_eq!(asked(&auth, &[], true), Err(Denied::Missing("X-Warroom-Timestamp")));
}

#[test]
fn fault_53_an_old_signature_is_refused_with_both_times() {
    let denied = signed(&hmac(&["key"]), "key", now() - minutes(6)).unwrap_err();
    assert_eq!(denied.status(), 401);
    insta::assert_snapshot!(denied, @"signed at 2026-11-21T06:14:00Z, but it is 2026-11-21T06:20:00Z here: more than 300 s apart; is the sender's clock right, or is this an old request?");
    let denied = signed(&hmac(&["key"]), "wrong", now() - minutes(6)).unwrap_err();
    assert_eq!(denied, Denied::Wrong("signature"), "the clock is no stranger's business");
}

#[test]
fn fault_55_each_source_may_have_its_own_tolerance() {
    let auth = Auth::Hmac { secrets: held(&["key"]), tolerance_s: Some(4 * 3600) };
    assert_eq!(signed(&auth, "key", now() + minutes(200)), Ok(()));
    assert!(signed(&auth, "key", now() + minutes(250)).is_err());
}

/// Computed with `printf '1795241541.[]' | openssl dgst -sha256 -hmac key`.
#[test]
fn the_signature_is_plain_hmac_sha256() {
    let known = "v1=2c4308ba08ba2b0b07e94adf18f7d55f0a87070b2dce900617a937e282982d79";
    assert_eq!(signature(&Secret::new("key"), "1795241541", BODY), known);
}

#[test]
fn secrets_come_from_files_and_never_print() {
    #[derive(serde::Deserialize)]
    struct Config {
        auth: Auth,
    }
    let config: Config =
        toml::from_str("[auth]\nbearer = [{ file = '/run/t' }, { value = 'hunter2' }]").unwrap();
    let read = |_: &std::path::Path| Ok("from-file\n".to_owned());
    let auth = config.auth.resolve(read).unwrap();
    assert_eq!(asked(&auth, &[("authorization", "Bearer from-file")], false), Ok(()));
    let shown = format!("{auth:?}");
    assert!(!shown.contains("hunter2") && !shown.contains("from-file"), "{shown}");
    let gone = |_: &std::path::Path| Err(std::io::Error::from(std::io::ErrorKind::NotFound));
    let error = Auth::Bearer(vec![Held::File("/run/t".into())]).resolve(gone).unwrap_err();
    assert!(error.starts_with("cannot read the secret in \"/run/t\""));
    assert!(Auth::Bearer(Vec::new()).resolve(gone).is_err());
}
