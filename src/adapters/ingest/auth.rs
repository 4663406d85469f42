//! Who may post to a source.
//!
//! `none` is for loopback only. Signatures follow the idea of Standard Webhooks: the time is signed
//! with the body, and what is older or newer than five minutes is refused as replayed; inside that
//! window a replay is harmless, because a repeated delivery changes nothing. Comparisons take the
//! same time whatever differs. It refuses to log bodies or secrets: a [`Denied`] holds neither.

use std::path::PathBuf;

use base64::Engine;
use chrono::{DateTime, TimeDelta, Utc};
use compact_str::CompactString;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use super::limits::show;
use crate::domain::secret::Secret;

/// The header with the unix time in seconds at which the body was signed.
pub const TIMESTAMP_HEADER: &str = "x-warroom-timestamp";
/// The header with `v1=<hex>`, the HMAC-SHA256 of `timestamp.body`; several, with commas between,
/// while a sender changes its secret.
pub const SIGNATURE_HEADER: &str = "x-warroom-signature";
/// How far the sender's clock may be off, as in <https://www.standardwebhooks.com>.
pub const TOLERANCE: TimeDelta = TimeDelta::minutes(5);
/// Signatures of one header that are looked at.
const SIGNATURES: usize = 8;

/// How a source proves who it is. Several secrets: any of them does, so that they can be changed
/// without a gap.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Auth {
    /// Not at all: only from this machine.
    None,
    /// `Authorization: Bearer <token>`.
    Bearer(Vec<Held>),
    /// `Authorization: Basic …`.
    Basic {
        /// The user's name.
        user: CompactString,
        /// The passwords that are accepted.
        passwords: Vec<Held>,
    },
    /// A signature over time and body.
    Hmac {
        /// The keys that are accepted.
        secrets: Vec<Held>,
        /// How far this sender's clock may be off, in seconds. Default: five minutes.
        #[serde(default)]
        tolerance_s: Option<u32>,
    },
}

/// A secret as the configuration gives it: itself, or the file that holds it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// The secret itself, usually from the environment.
    Value(Secret),
    /// The file that holds it; read by [`Auth::resolve`].
    File(PathBuf),
}

/// Why a request may not come in. The text goes back to the sender with 401 (403 for
/// [`Denied::NotLocal`]).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// A source without authentication was asked from elsewhere.
    #[error("this source has no authentication and takes requests from this machine only")]
    NotLocal,
    /// The header is not there.
    #[error("the header {0} is missing")]
    Missing(&'static str),
    /// The header is there and cannot be read.
    #[error("the header {0} cannot be read: {1}")]
    Unreadable(&'static str, &'static str),
    /// It is not the right token, password or signature.
    #[error("the {0} is wrong")]
    Wrong(&'static str),
    /// The clocks differ, or the request is an old one.
    #[error(
        "signed at {signed}, but it is {now} here: more than {most_s} s apart; \
             is the sender's clock right, or is this an old request?"
    )]
    Skewed { signed: String, now: String, most_s: i64 },
    /// The configuration names no usable secret.
    #[error("this source has no usable secret configured")]
    NoSecret,
}

impl Denied {
    /// The HTTP status that says it.
    #[must_use]
    pub fn status(&self) -> u16 {
        if *self == Self::NotLocal { 403 } else { 401 }
    }
}

impl Auth {
    /// The same with every file read, by `read`.
    ///
    /// # Errors
    /// With the path of the file that cannot be read, or that is empty.
    pub fn resolve(
        mut self,
        read: impl Fn(&std::path::Path) -> std::io::Result<String>,
    ) -> Result<Self, String> {
        let held = match &mut self {
            Self::None => return Ok(self),
            Self::Bearer(held) => held,
            Self::Basic { passwords, .. } => passwords,
            Self::Hmac { secrets, .. } => secrets,
        };
        for one in held.iter_mut() {
            if let Held::File(path) = one {
                let text = read(path)
                    .map_err(|error| format!("cannot read the secret in {path:?}: {error}"))?;
                *one = Held::Value(Secret::new(&text));
            }
        }
        if secrets(held).next().is_none() {
            return Err("a source with authentication needs at least one secret".to_owned());
        }
        Ok(self)
    }
}

/// The secrets that can be compared: an empty one, or a file not read, opens nothing.
fn secrets(held: &[Held]) -> impl Iterator<Item = &Secret> {
    held.iter().filter_map(|one| match one {
        Held::Value(secret) if !secret.reveal().is_empty() => Some(secret),
        Held::Value(_) | Held::File(_) => None,
    })
}

/// What a request shows of itself.
pub struct Request<'r> {
    /// The value of a header, by its lower-case name.
    pub header: &'r dyn Fn(&str) -> Option<&'r str>,
    /// The body as it came.
    pub body: &'r [u8],
    /// Whether it came over the loopback interface.
    pub is_local: bool,
    /// The time of receipt.
    pub now: DateTime<Utc>,
}

/// Lets a request in, or says why not.
///
/// # Errors
/// When the request does not prove what the source asks for.
pub fn check(auth: &Auth, request: &Request<'_>) -> Result<(), Denied> {
    match auth {
        Auth::None if request.is_local => Ok(()),
        Auth::None => Err(Denied::NotLocal),
        Auth::Bearer(held) => {
            let token = authorization(request, "bearer")?;
            one_of(held, "token", |secret| same(secret.reveal().as_bytes(), token.as_bytes()))
        }
        Auth::Basic { user, passwords } => basic(user, passwords, request),
        Auth::Hmac { secrets, tolerance_s } => {
            let most = tolerance_s.map_or(TOLERANCE, |s| TimeDelta::seconds(i64::from(s)));
            signed(secrets, most, request)
        }
    }
}

/// What follows the scheme in `Authorization`.
fn authorization<'r>(request: &Request<'r>, scheme: &str) -> Result<&'r str, Denied> {
    let value = (request.header)("authorization").ok_or(Denied::Missing("Authorization"))?;
    let (found, rest) = value.trim().split_once(' ').unwrap_or((value.trim(), ""));
    if !found.eq_ignore_ascii_case(scheme) {
        return Err(Denied::Unreadable("Authorization", "another scheme is asked for"));
    }
    Ok(rest.trim())
}

fn basic(user: &str, passwords: &[Held], request: &Request<'_>) -> Result<(), Denied> {
    let bad = |why| Denied::Unreadable("Authorization", why);
    let encoded = authorization(request, "basic")?;
    let pair = base64::engine::general_purpose::STANDARD
        .decode(encoded)
        .map_err(|_| bad("it is not base64"))?;
    let colon = pair.iter().position(|b| *b == b':').ok_or(bad("it has no colon"))?;
    let (name, password) = pair.split_at(colon);
    let password = password.get(1..).unwrap_or_default();
    let is_user = same(user.as_bytes(), name);
    one_of(passwords, "user or password", |secret| {
        is_user & same(secret.reveal().as_bytes(), password)
    })
}

fn signed(held: &[Held], most: TimeDelta, request: &Request<'_>) -> Result<(), Denied> {
    let stamp =
        (request.header)(TIMESTAMP_HEADER).ok_or(Denied::Missing("X-Warroom-Timestamp"))?.trim();
    let given = (request.header)(SIGNATURE_HEADER).ok_or(Denied::Missing("X-Warroom-Signature"))?;
    let at = stamp
        .parse()
        .ok()
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .ok_or(Denied::Unreadable("X-Warroom-Timestamp", "it is no unix time in seconds"))?;
    let given: Vec<Vec<u8>> = given
        .split(',')
        .take(SIGNATURES)
        .filter_map(|one| hex::decode(one.trim().strip_prefix("v1=")?).ok())
        .collect();
    if given.is_empty() {
        return Err(Denied::Unreadable("X-Warroom-Signature", "it is not v1=<hex>"));
    }
    one_of(held, "signature", |secret| {
        let right = digest(secret, stamp, request.body);
        given.iter().fold(Choice::from(0), |found, one| found | same(&right, one))
    })?;
    // Only now: the clock is told to those who know the secret.
    if (request.now - at).abs() > most {
        let (signed, now) = (show(at), show(request.now));
        return Err(Denied::Skewed { signed, now, most_s: most.num_seconds() });
    }
    Ok(())
}

/// The value of [`SIGNATURE_HEADER`] for a body that is sent at `stamp`.
#[must_use]
pub fn signature(secret: &Secret, stamp: &str, body: &[u8]) -> String {
    format!("v1={}", hex::encode(digest(secret, stamp, body)))
}

fn digest(secret: &Secret, stamp: &str, body: &[u8]) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes()) else {
        return Vec::new(); // HMAC takes keys of any length: never reached, and it opens nothing
    };
    for part in [stamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

/// Looks at every secret, so that the time does not tell which one fitted.
fn one_of(
    held: &[Held],
    what: &'static str,
    fits: impl Fn(&Secret) -> Choice,
) -> Result<(), Denied> {
    let mut found = Choice::from(0);
    let mut count = 0;
    for secret in secrets(held) {
        found |= fits(secret);
        count += 1;
    }
    if count == 0 {
        return Err(Denied::NoSecret);
    }
    if found.into() { Ok(()) } else { Err(Denied::Wrong(what)) }
}

/// Equal, in a time that depends on neither content nor length: the hashes are compared. Two empty
/// ones are not equal.
fn same(right: &[u8], given: &[u8]) -> Choice {
    Choice::from(u8::from(!right.is_empty())) & Sha256::digest(right).ct_eq(&Sha256::digest(given))
}
