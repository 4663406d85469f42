//! Addresses of a Redis. What is refused must not repeat the password.
#![no_main]

use libfuzzer_sys::fuzz_target;
use warroom::brain::redis::Address;
use warroom_fuzz::{says_why, text};

fuzz_target!(|input: &[u8]| {
    let Some(text) = text(input) else { return };
    let read = Address::parse(text);
    assert_eq!(read, Address::parse(text));
    match read {
        Ok(address) => {
            let shown = format!("{address:?}");
            let secret = address.password.as_ref().map_or("", |secret| secret.reveal());
            let user = address.user.as_deref().unwrap_or_default();
            let is_elsewhere = user.contains(secret) || format!("{:?}", address.topology).contains(secret);
            assert!(secret.len() < 6 || is_elsewhere || !shown.contains(secret), "{shown}");
        }
        Err(bad) => {
            says_why(&bad);
            // A password is whatever stands before the last `@`.
            let credentials = text.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@'));
            let password = credentials.and_then(|(credentials, _)| credentials.split_once(':'));
            let (password, rest) = (password.map_or("", |(_, password)| password), text.rsplit('@').next());
            let is_elsewhere = rest.is_some_and(|rest| rest.contains(password));
            let is_plain = password.chars().all(|c| c.is_ascii_digit()) && password.len() >= 6;
            assert!(!is_plain || is_elsewhere || !bad.to_string().contains(password), "{bad}");
        }
    }
});
