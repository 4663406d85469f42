//! Headers that prove who posts: three lines (authorization, timestamp, signature), then the body.
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use libfuzzer_sys::fuzz_target;
use warroom::adapters::ingest::auth::{Auth, Held, Request, SIGNATURE_HEADER, TIMESTAMP_HEADER, check, signature};
use warroom::domain::secret::Secret;
use warroom_fuzz::{now, says_why, text};

const SECRET: &str = "s3cret-of-the-source";

fuzz_target!(|input: &[u8]| {
    let mut parts = input.splitn(4, |byte| *byte == b'\n');
    let mut line = || parts.next().and_then(text);
    let (authorization, stamp, signed) = (line(), line(), line());
    let body = parts.next().unwrap_or_default();
    let secret = || Held::Value(Secret::new(SECRET));
    let (bearer, basic) = (
        Auth::Bearer(vec![secret()]),
        Auth::Basic { user: "ana".into(), passwords: vec![secret()] },
    );
    let hmac = Auth::Hmac { secrets: vec![secret()], tolerance_s: None };
    let headers = [("authorization", authorization), (TIMESTAMP_HEADER, stamp), (SIGNATURE_HEADER, signed)];
    let holds = |needle: &str| authorization.is_some_and(|value| value.contains(needle));
    let pair = STANDARD.encode(format!("ana:{SECRET}"));
    assert!(!asks(&bearer, &headers, body) || holds(SECRET));
    assert!(!asks(&basic, &headers, body) || holds(&pair));
    let right = stamp.map(|stamp| signature(&Secret::new(SECRET), stamp.trim(), body));
    let is_right = |signed: &str| right.as_ref().is_some_and(|right| signed.to_lowercase().contains(right.as_str()));
    assert!(!asks(&hmac, &headers, body) || signed.is_some_and(is_right));
    assert!(!asks(&Auth::Bearer(Vec::new()), &headers, body), "no secret opens nothing");
    is_let_in_when_right(&hmac, stamp, body);
});

/// A true signature is let in when its time is near, and refused when it is not.
fn is_let_in_when_right(hmac: &Auth, stamp: Option<&str>, body: &[u8]) {
    let Some(Ok(seconds)) = stamp.map(|stamp| stamp.trim().parse::<i64>()) else { return };
    let Some(at) = chrono::DateTime::from_timestamp(seconds, 0) else { return };
    let stamp = seconds.to_string();
    let signed = signature(&Secret::new(SECRET), &stamp, body);
    let headers = [(TIMESTAMP_HEADER, Some(stamp.as_str())), (SIGNATURE_HEADER, Some(signed.as_str()))];
    assert_eq!(asks(hmac, &headers, body), (now() - at).abs() <= TimeDelta::minutes(5));
}

fn asks<'h>(auth: &Auth, headers: &[(&str, Option<&'h str>)], body: &'h [u8]) -> bool {
    let header = |name: &str| headers.iter().find(|(known, _)| *known == name).and_then(|(_, value)| *value);
    let request = Request { header: &header, body, is_local: true, now: now() };
    let answer = check(auth, &request);
    assert_eq!(answer, check(auth, &request));
    if let Err(denied) = &answer {
        says_why(denied);
        assert!(!format!("{denied} {denied:?}").contains(SECRET), "{denied}");
    }
    answer.is_ok()
}
