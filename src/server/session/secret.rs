//! Random words that open something, and what is kept of them.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::engine::clock;

/// A new word of 256 random bits. None: the machine has no randomness.
pub(in crate::server) fn fresh() -> Option<String> {
    clock::unguessable().map(hex::encode)
}

/// What is kept in place of such a word. One round of SHA-256 is enough for 256 random bits: slow
/// hashes such as argon2 make guessing a person's password dear, and here there is nothing to guess,
/// while every request would pay for it.
pub(in crate::server) fn digest(word: &str) -> String {
    hex::encode(Sha256::digest(word.as_bytes()))
}

/// Whether two words are the same, in a time that tells neither content nor length.
pub(in crate::server) fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (Sha256::digest(one.as_bytes()), Sha256::digest(other.as_bytes()));
    one.ct_eq(&other).into()
}
