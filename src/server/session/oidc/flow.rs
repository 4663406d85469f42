//! One sign-in on its way to the provider and back.
//!
//! What must be remembered travels in a cookie of the browser that began it, sealed with a key of
//! ours: nothing is kept here that somebody could fill, and any replica takes the way back that has
//! the same client secret. The provider takes each code once, and the cookie goes with the first try.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::domain::secret::Secret;
use crate::engine::clock;
use crate::server::session::secret::{fresh, is_same};

/// The cookie that holds it.
pub(in crate::server) const COOKIE: &str = "warroom_sign_in";
/// Where the cookie is sent back to.
pub(in crate::server) const PATH: &str = "/sign-in";
/// How long a person may take at the provider.
pub(in crate::server) const VALID_S: i64 = 600;

/// What a sign-in began with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::server) struct Flow {
    /// Comes back in the address: the answer belongs to this browser.
    pub(super) state: String,
    /// Comes back in the token: the token belongs to this sign-in.
    pub(super) nonce: String,
    /// Proves that who redeems the code is who asked for it.
    pub(super) verifier: String,
    /// Where to go afterwards.
    pub(in crate::server) next: Option<String>,
    /// When it is too late.
    until: DateTime<Utc>,
}

impl Flow {
    /// A new sign-in. None: the machine has no randomness.
    pub(in crate::server) fn begin(next: Option<&str>, now: DateTime<Utc>) -> Option<Self> {
        Some(Self {
            state: fresh()?,
            nonce: fresh()?,
            verifier: fresh()?,
            next: next.map(str::to_owned),
            until: now + TimeDelta::seconds(VALID_S),
        })
    }

    /// What the provider is told of the verifier.
    pub(super) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.as_bytes()))
    }

    /// Whether an answer with this state is the answer to it.
    pub(in crate::server) fn is_answered_by(&self, state: &str) -> bool {
        is_same(&self.state, state)
    }
}

/// Makes and opens the cookie's value.
pub(in crate::server) struct Sealer([u8; 32]);

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(***)")
    }
}

impl Sealer {
    /// From the client secret, which all replicas have; without one, this process's own. None: the
    /// machine has no randomness.
    pub(in crate::server) fn new(secret: Option<&Secret>) -> Option<Self> {
        match secret {
            Some(secret) => {
                let text = format!("warroom sign-in/{}", secret.reveal());
                Some(Self(Sha256::digest(text.as_bytes()).into()))
            }
            None => clock::unguessable().map(Self),
        }
    }

    /// The cookie's value.
    pub(in crate::server) fn seal(&self, flow: &Flow) -> Option<String> {
        let text = URL_SAFE_NO_PAD.encode(serde_json::to_vec(flow).ok()?);
        let tag = hex::encode(self.tag(&text)?.finalize().into_bytes());
        Some(format!("{text}.{tag}"))
    }

    /// What a cookie holds, if we sealed it and it is not too late.
    pub(in crate::server) fn open(&self, value: &str, now: DateTime<Utc>) -> Option<Flow> {
        let (text, tag) = value.split_once('.')?;
        self.tag(text)?.verify_slice(&hex::decode(tag).ok()?).ok()?;
        let flow: Flow = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        (now < flow.until).then_some(flow)
    }

    fn tag(&self, text: &str) -> Option<Hmac<Sha256>> {
        let mut tag = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        tag.update(text.as_bytes());
        Some(tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    #[test]
    fn a_flow_comes_back_as_it_went_and_not_too_late() {
        let sealer = Sealer::new(Some(&Secret::new("client secret"))).unwrap();
        let flow = Flow::begin(Some("/incidents/1"), NOW).unwrap();
        let value = sealer.seal(&flow).unwrap();
        assert_eq!(sealer.open(&value, NOW), Some(flow.clone()));
        assert_eq!(sealer.open(&value, NOW + TimeDelta::seconds(VALID_S)), None);
        let replica = Sealer::new(Some(&Secret::new("client secret"))).unwrap();
        assert_eq!(replica.open(&value, NOW), Some(flow));
    }

    #[test]
    fn what_others_sealed_is_not_believed() {
        let value = Sealer::new(None).unwrap().seal(&Flow::begin(None, NOW).unwrap()).unwrap();
        let sealer = Sealer::new(Some(&Secret::new("client secret"))).unwrap();
        for wrong in [value.as_str(), "", ".", "e30.", "e30.00"] {
            assert_eq!(sealer.open(wrong, NOW), None, "{wrong}");
        }
        assert!(!format!("{sealer:?}").contains("secret"));
    }
}
