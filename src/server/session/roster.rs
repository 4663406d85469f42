//! The tokens of the people: digests, each with a name.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use compact_str::CompactString;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use crate::domain::secret::Secret;

/// The shortest token that is taken from a file: 128 bits in hexadecimal have 32 letters, in base64
/// 22. What is shorter was thought up by a person, and can be guessed.
const TOKEN_CHARS_MIN: usize = 22;

/// Digests of tokens, each with its person.
type Digests = BTreeMap<CompactString, [u8; 32]>;

/// Who holds which token, as digests. Clones are one roster: what it takes, all of them have.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    digests: Arc<ArcSwap<Digests>>,
}

/// Why a token is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It can be guessed.
    #[error(
        "a token has at least {TOKEN_CHARS_MIN} random characters: make one with `openssl rand -hex 32`"
    )]
    Short,
    /// It is not a digest.
    #[error("a SHA-256 digest has 64 hexadecimal digits: `printf %s TOKEN | sha256sum` prints it")]
    NotADigest,
}

impl Roster {
    /// A person's token, as it stands in a file.
    ///
    /// # Errors
    /// When it can be guessed.
    pub fn token(&mut self, person: &str, token: &Secret) -> Result<(), Unfit> {
        if token.reveal().trim().chars().count() < TOKEN_CHARS_MIN {
            return Err(Unfit::Short);
        }
        let digest = Sha256::digest(token.reveal().trim().as_bytes());
        self.insert(person, digest.into());
        Ok(())
    }

    /// The digest of a person's token, in hexadecimal.
    ///
    /// # Errors
    /// When it is none.
    pub fn digest(&mut self, person: &str, hexadecimal: &str) -> Result<(), Unfit> {
        let mut digest = [0; 32];
        hex::decode_to_slice(hexadecimal.trim(), &mut digest).map_err(|_| Unfit::NotADigest)?;
        self.insert(person, digest);
        Ok(())
    }

    fn insert(&mut self, person: &str, digest: [u8; 32]) {
        let mut digests = Digests::clone(&self.digests.load());
        digests.insert(person.into(), digest);
        self.digests.store(Arc::new(digests));
    }

    /// Takes the tokens of another roster in place of its own. Who has none there is out.
    pub fn take(&self, other: &Self) {
        self.digests.store(other.digests.load_full());
    }

    /// Whether anybody holds a token.
    pub(in crate::server) fn is_empty(&self) -> bool {
        self.digests.load().is_empty()
    }

    /// Who holds this token. Every digest is compared to its end, so that the time tells neither how
    /// near a guess was nor whose token it was near to.
    pub(in crate::server) fn holder(&self, token: &[u8]) -> Option<CompactString> {
        let digests = self.digests.load();
        let given: [u8; 32] = Sha256::digest(token.trim_ascii()).into();
        let mut found = 0_u32;
        for (place, digest) in (1_u32..).zip(digests.values()) {
            let is_theirs: Choice = digest.ct_eq(&given);
            found.conditional_assign(&place, is_theirs);
        }
        let place = usize::try_from(found).ok()?.checked_sub(1)?;
        digests.keys().nth(place).cloned()
    }

    /// What shows later that a person's token is still the same: a digest of its digest.
    pub(in crate::server) fn proof(&self, person: &str) -> Option<String> {
        self.digests.load().get(person).map(|digest| hex::encode(Sha256::digest(digest)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: &str = "0123456789abcdef0123456789abcdef";

    fn roster() -> Roster {
        let mut roster = Roster::default();
        roster.token("ana", &Secret::new(&format!("{ANA}\n"))).unwrap();
        roster.digest("ben", &hex::encode(Sha256::digest(b"bens own token of the year"))).unwrap();
        roster
    }

    #[test]
    fn a_token_finds_its_person() {
        let roster = roster();
        assert_eq!(roster.holder(ANA.as_bytes()).unwrap(), "ana");
        assert_eq!(roster.holder(b"bens own token of the year").unwrap(), "ben");
        for wrong in ["", "ana", "0123456789abcdef0123456789abcdeg"] {
            assert_eq!(roster.holder(wrong.as_bytes()), None);
        }
    }

    #[test]
    fn a_token_that_can_be_guessed_is_refused() {
        let mut roster = Roster::default();
        assert_eq!(roster.token("ana", &Secret::new("hunter2")), Err(Unfit::Short));
        assert_eq!(roster.digest("ana", "hunter2"), Err(Unfit::NotADigest));
        assert!(roster.is_empty());
    }

    #[test]
    fn what_one_takes_its_clones_have() {
        let (roster, next) = (roster(), Roster::default());
        let clone = roster.clone();
        roster.take(&next);
        assert!(clone.is_empty() && clone.proof("ana").is_none());
    }

    #[test]
    fn another_token_is_another_proof() {
        let mut roster = roster();
        let proof = roster.proof("ana");
        roster.token("ana", &Secret::new("another token of enough letters")).unwrap();
        assert_ne!(roster.proof("ana"), proof);
        assert_eq!(roster.proof("eve"), None);
    }
}
