//! What a token of the provider says, and whether to believe it.
//!
//! <https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation>. Times are judged by our
//! clock, so that the library looks at signatures alone.

use chrono::{DateTime, Utc};
use jsonwebtoken::jwk::{Jwk, JwkSet, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, Validation};
use serde::Deserialize;

use super::Failed;
use crate::server::session::secret::is_same;

/// Signatures that are believed: made with a private key, so that nobody who can check one can make
/// one. `none` and the HMACs are not among them.
const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];
/// How far the provider's clock may be from ours.
const SKEW_S: i64 = 60;
/// The longest id of a person: 255 is the specification's own limit.
const SUBJECT_BYTES: usize = 255;

/// Who the provider says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::server) struct Identity {
    /// The provider's own id for them.
    pub(in crate::server) subject: String,
    /// Their address, where the provider has verified that it is theirs.
    pub(in crate::server) email: Option<String>,
}

/// What a token must say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected<'a> {
    /// Who issued it.
    pub(super) issuer: &'a str,
    /// For whom: us.
    pub(super) client_id: &'a str,
    /// The word that this sign-in began with.
    pub(super) nonce: &'a str,
    /// Now.
    pub(super) now: DateTime<Utc>,
}

#[derive(Debug, Clone, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: f64,
    iat: f64,
    nbf: Option<f64>,
    nonce: Option<String>,
    azp: Option<String>,
    email: Option<String>,
    email_verified: Option<Verified>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Some providers write the word in place of the value.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Verified {
    Value(bool),
    Word(String),
}

/// The key that a token says it was signed with. None: the set does not have it (any more, or yet).
pub(super) fn key_of<'a>(token: &str, keys: &'a JwkSet) -> Result<Option<&'a Jwk>, Failed> {
    let header = jsonwebtoken::decode_header(token);
    let header = header.map_err(|_| Failed::Invalid("the token has no head that is believed"))?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err(Failed::Invalid("the token is signed in a way that is not believed"));
    }
    if header.crit.is_some() {
        return Err(Failed::Invalid("the token demands something that is not known here"));
    }
    let mut fitting = keys.keys.iter().filter(|key| fits(key, header.alg));
    Ok(match header.kid {
        Some(kid) => fitting.find(|key| key.common.key_id.as_ref() == Some(&kid)),
        // Without a name it must be clear which one is meant.
        None => fitting.next().filter(|_| fitting.next().is_none()),
    })
}

/// Whether a key is one for signatures of this kind.
fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let named = match algorithm {
        Algorithm::RS256 => KeyAlgorithm::RS256,
        Algorithm::ES256 => KeyAlgorithm::ES256,
        _ => KeyAlgorithm::EdDSA,
    };
    let family = DecodingKey::from_jwk(key).map(|key| key.family());
    key.common.public_key_use.as_ref().is_none_or(|used| *used == PublicKeyUse::Signature)
        && key.common.key_algorithm.is_none_or(|known| known == named)
        && family
            .is_ok_and(|family| family == algorithm.family() && family != AlgorithmFamily::Hmac)
}

/// Who a token is about, if it is signed with this key and says what it must.
pub(super) fn identity(
    token: &str,
    key: &Jwk,
    expected: &Expected<'_>,
) -> Result<Identity, Failed> {
    let decoding = DecodingKey::from_jwk(key);
    let decoding = decoding.map_err(|_| Failed::Invalid("the provider's key cannot be read"))?;
    let header = jsonwebtoken::decode_header(token);
    let algorithm = header.map(|header| header.alg).unwrap_or(Algorithm::RS256);
    let mut rules = Validation::new(algorithm);
    rules.required_spec_claims.clear();
    rules.validate_exp = false;
    rules.validate_aud = false;
    let claims = jsonwebtoken::decode::<Claims>(token, &decoding, &rules);
    let claims = claims.map_err(|_| Failed::Invalid("the token's signature or form is wrong"))?;
    check(&claims.claims, expected).map_err(Failed::Invalid)?;
    let Claims { sub, email, email_verified, .. } = claims.claims;
    let is_verified = match email_verified {
        Some(Verified::Value(value)) => value,
        Some(Verified::Word(word)) => word == "true",
        None => false,
    };
    Ok(Identity { subject: sub, email: email.filter(|_| is_verified) })
}

fn check(claims: &Claims, expected: &Expected<'_>) -> Result<(), &'static str> {
    if claims.iss != expected.issuer {
        return Err("the token is another issuer's");
    }
    let audience = match &claims.aud {
        Audience::One(one) => std::slice::from_ref(one),
        Audience::Many(many) => many.as_slice(),
    };
    if !audience.iter().any(|one| one == expected.client_id) {
        return Err("the token is for somebody else");
    }
    match &claims.azp {
        Some(party) if party != expected.client_id => return Err("the token was given to another"),
        None if audience.len() > 1 => return Err("the token is for several, and not given to us"),
        Some(_) | None => {}
    }
    let nonce = claims.nonce.as_deref().unwrap_or_default();
    if nonce.is_empty() || !is_same(nonce, expected.nonce) {
        return Err("the token belongs to another sign-in");
    }
    if claims.sub.is_empty() || claims.sub.len() > SUBJECT_BYTES {
        return Err("the token is about nobody");
    }
    in_time(claims, expected.now)
}

#[expect(clippy::cast_precision_loss, reason = "seconds since 1970 have 32 bits and some")]
fn in_time(claims: &Claims, now: DateTime<Utc>) -> Result<(), &'static str> {
    let (now, skew) = (now.timestamp() as f64, SKEW_S as f64);
    // What is not a number is never in time.
    let is_alive = now < claims.exp + skew;
    if !is_alive {
        return Err("the token has expired");
    }
    let has_begun = claims.iat <= now + skew && claims.nbf.is_none_or(|from| from <= now + skew);
    if !has_begun {
        return Err("the token is not valid yet: the clocks differ");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;
    const EXPECTED: Expected<'_> =
        Expected { issuer: "https://id", client_id: "us", nonce: "n", now: NOW };

    fn verdict(change: &serde_json::Value) -> Result<(), &'static str> {
        let mut claims = serde_json::json!({
            "iss": "https://id", "sub": "7", "aud": "us", "exp": 10, "iat": 0, "nonce": "n",
        });
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let claims = serde_json::from_value(claims).map_err(|_| "no claims")?;
        check(&claims, &EXPECTED)
    }

    #[test]
    fn only_a_token_for_us_and_now_is_believed() {
        use serde_json::json;
        for good in [
            json!({}),
            json!({ "aud": ["us"] }),
            json!({ "aud": ["us", "them"], "azp": "us" }),
            json!({ "exp": -59 }),
            json!({ "iat": 60, "nbf": 60, "exp": 1e3 }),
        ] {
            assert_eq!(verdict(&good), Ok(()), "{good}");
        }
        for bad in [
            json!({ "iss": "https://id/" }),
            json!({ "aud": "them" }),
            json!({ "aud": [] }),
            json!({ "aud": ["us", "them"] }),
            json!({ "azp": "them" }),
            json!({ "exp": -60 }),
            json!({ "exp": null }),
            json!({ "iat": 61 }),
            json!({ "nbf": 61 }),
            json!({ "nonce": "m" }),
            json!({ "nonce": null }),
            json!({ "nonce": "" }),
            json!({ "sub": "" }),
            json!({ "sub": "x".repeat(256) }),
        ] {
            assert!(verdict(&bad).is_err(), "{bad}");
        }
    }
}
