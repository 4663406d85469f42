//! Codes of a second factor: what an authenticator shows for thirty seconds (RFC 6238).
//!
//! It refuses to know which codes have counted before: whoever asks remembers the step of the last
//! one. A seed never prints.

use chrono::{DateTime, Utc};
use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::{ConditionallySelectable, ConstantTimeEq};

use crate::domain::secret::Secret;

/// How long one code is shown: every authenticator knows this length, and many know no other.
const STEP_SECONDS: i64 = 30;
/// How many steps a clock may be wrong, to either side (RFC 6238, section 5.2).
const DRIFT_STEPS: i64 = 1;
/// Digits of a code.
const DIGITS: usize = 6;
/// The shortest seed (RFC 4226, section 4, R6).
const SEED_BYTES_MIN: usize = 16;
/// Bytes of a seed that is made here: as long as the hash, which the RFC recommends.
pub const SEED_BYTES: usize = 20;

/// What a person's authenticator and this program both know.
#[derive(Clone, PartialEq, Eq)]
pub struct Seed(Vec<u8>);

/// Why a text is no seed. It does not show the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSeed {
    /// It is not base32.
    #[error("it is not base32: letters A to Z and digits 2 to 7")]
    NoBase32,
    /// It could be guessed.
    #[error("it has fewer than {SEED_BYTES_MIN} bytes")]
    Short,
}

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl Seed {
    /// Reads base32, as authenticators show it: blanks and small letters do not matter.
    ///
    /// # Errors
    /// When it is something else, or short enough to be guessed.
    pub fn read(text: &Secret) -> Result<Self, BadSeed> {
        let letters = text.reveal().chars().filter(|c| !c.is_whitespace() && *c != '=');
        let letters: String = letters.map(|c| c.to_ascii_uppercase()).collect();
        let bytes = BASE32_NOPAD.decode(letters.as_bytes()).map_err(|_| BadSeed::NoBase32)?;
        if bytes.len() < SEED_BYTES_MIN {
            return Err(BadSeed::Short);
        }
        Ok(Self(bytes))
    }

    /// The text of a seed of these random bytes, to be kept where the configuration says.
    #[must_use]
    pub fn written(random: &[u8; SEED_BYTES]) -> Secret {
        Secret::new(&BASE32_NOPAD.encode(random))
    }

    /// What a person scans into their authenticator. It holds the seed: it is shown once.
    #[must_use]
    pub fn uri(&self, person: &str) -> Secret {
        let seed = BASE32_NOPAD.encode(&self.0);
        Secret::new(&format!("otpauth://totp/warroom:{person}?secret={seed}&issuer=warroom"))
    }

    /// The step whose code this is, within the drift that clocks may have; none: it is no code of
    /// this time. How long it takes says nothing of the right code.
    #[must_use]
    pub fn step_of(&self, code: &str, now: DateTime<Utc>) -> Option<i64> {
        let is_code = code.len() == DIGITS && code.bytes().all(|byte| byte.is_ascii_digit());
        let given: u32 = is_code.then(|| code.parse().ok()).flatten()?;
        let current = now.timestamp().div_euclid(STEP_SECONDS);
        let mut found = -1_i64;
        for step in current - DRIFT_STEPS..=current + DRIFT_STEPS {
            let is_it = self.code(step).ct_eq(&given);
            found.conditional_assign(&step, is_it);
        }
        (found >= 0).then_some(found)
    }

    /// The code of a step (RFC 4226, section 5.3).
    fn code(&self, step: i64) -> u32 {
        // HMAC takes keys of any length: this cannot fail, and a code beyond six digits fits nothing.
        let Ok(mac) = Hmac::<Sha1>::new_from_slice(&self.0) else { return u32::MAX };
        let digest = mac.chain_update(step.to_be_bytes()).finalize().into_bytes();
        let offset = usize::from(digest.last().copied().unwrap_or_default() & 0x0f);
        let part = digest.iter().skip(offset).take(4);
        let number = part.fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
        (number & 0x7fff_ffff) % 1_000_000
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    /// The seed of RFC 6238, appendix B.
    fn rfc() -> Seed {
        Seed(b"12345678901234567890".to_vec())
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn the_codes_of_the_rfc_are_known() {
        // The RFC prints eight digits; six are the last six of them.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            assert_eq!(rfc().step_of(code, at(seconds)), Some(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn a_clock_may_be_one_step_wrong_and_no_more() {
        let step = Some(1_111_111_109 / 30);
        for (drift, wanted) in [(-60, None), (-30, step), (30, step), (60, None)] {
            let now = at(1_111_111_109) + TimeDelta::seconds(drift);
            assert_eq!(rfc().step_of("081804", now), wanted, "{drift}");
        }
    }

    #[test]
    fn what_is_no_code_fits_nothing() {
        for code in ["", "81804", "0081804", "08180a", "+81804", "-81804", " 81804", "٠٨١٨٠٤"]
        {
            assert_eq!(rfc().step_of(code, at(1_111_111_109)), None, "{code:?}");
        }
    }

    #[test]
    fn a_seed_is_read_as_it_is_written_and_never_prints() {
        let text = Seed::written(&[7; SEED_BYTES]);
        let seed = Seed::read(&text).unwrap();
        let spaced = Secret::new(&text.reveal().to_lowercase().replace("A4", "a4 "));
        assert_eq!(Seed::read(&spaced), Ok(seed.clone()));
        assert_eq!(format!("{seed:?} {:?}", seed.uri("ana")), "*** ***");
        let wanted = format!("otpauth://totp/warroom:ana?secret={}&issuer=warroom", text.reveal());
        assert_eq!(seed.uri("ana").reveal(), wanted);
        assert_eq!(Seed::read(&Secret::new("no seed!")), Err(BadSeed::NoBase32));
        assert_eq!(Seed::read(&Secret::new("MFRGGZDF")), Err(BadSeed::Short));
    }
}
