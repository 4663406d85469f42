//! Logs: lists that only grow, for what a room heard and what a picture shows.
//!
//! It refuses to know what an entry says, and to mirror any of it in memory: a log may be large.

use compact_str::CompactString;

use super::{Error, codec};

/// One entry of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// Counts from 1 in each log, without gaps.
    pub number: u64,
    /// The id that it was appended under.
    pub id: CompactString,
    /// What it says, at most [`LOGGED_BYTES_MAX`].
    pub body: Vec<u8>,
}

/// The largest entry of a log: the series behind a picture fit in compressed, and one entry cannot
/// hold a shared store up.
pub const LOGGED_BYTES_MAX: usize = 1 << 20;

/// One answer of [`Brain::read`](super::Brain::read) ends behind this many bytes: four of the
/// largest entries, so that no reader makes the store hold more for it.
pub const READ_BYTES_MAX: usize = 4 << 20;

/// The longest name of a log and the longest id of an entry: both are parts of keys.
pub const NAME_BYTES_MAX: usize = 256;

/// Whether a log of this name may exist.
pub(super) fn check_name(log: &str) -> Result<(), Error> {
    check("the name of a log", log)
}

/// Whether this may be appended.
pub(super) fn check_entry(log: &str, id: &str, body: &[u8]) -> Result<(), Error> {
    check_name(log)?;
    check("the id of an entry", id)?;
    if body.len() > LOGGED_BYTES_MAX {
        let bytes = body.len();
        return Err(Error::Invalid(format!(
            "an entry of the log {log} has {bytes} bytes, {LOGGED_BYTES_MAX} are the most"
        )));
    }
    Ok(())
}

fn check(what: &str, text: &str) -> Result<(), Error> {
    match text.len() {
        0 => Err(Error::Invalid(format!("{what} is empty"))),
        bytes if bytes > NAME_BYTES_MAX => {
            Err(Error::Invalid(format!("{what} has {bytes} bytes, {NAME_BYTES_MAX} are the most")))
        }
        _ => Ok(()),
    }
}

/// An entry as stored: the length of its id in two bytes, the id, the body.
pub(super) fn row(id: &str, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(id.len()).unwrap_or(u16::MAX);
    let mut row = Vec::with_capacity(2 + id.len() + body.len());
    row.extend(length.to_be_bytes());
    row.extend(id.as_bytes());
    row.extend(body);
    row
}

/// The entry that a stored row is.
pub(super) fn entry(number: u64, row: &[u8]) -> Result<Logged, Error> {
    let damaged = || Error::Unusable("a stored entry of a log is damaged".to_owned());
    let (length, rest) = row.split_first_chunk::<2>().ok_or_else(damaged)?;
    let length = usize::from(u16::from_be_bytes(*length));
    let (id, body) = rest.split_at_checked(length).ok_or_else(damaged)?;
    Ok(Logged { number, id: codec::text("id", id)?, body: body.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_survives_its_own_row() {
        let id = "1.7:é";
        let written = row(id, b"\0 body\n");
        let logged = entry(9, &written).unwrap();
        assert_eq!(logged, Logged { number: 9, id: id.into(), body: b"\0 body\n".to_vec() });
        assert_eq!(entry(1, &row("x", b"")).unwrap().body, b"");
        for cut in 0..2 + id.len() {
            assert!(entry(1, &written[..cut]).is_err(), "{cut}");
        }
    }

    #[test]
    fn what_is_too_large_is_named() {
        let long = "x".repeat(NAME_BYTES_MAX + 1);
        let refused = |log: &str, id: &str, bytes: usize| {
            check_entry(log, id, &vec![0; bytes]).unwrap_err().to_string()
        };
        assert!(refused(&long, "id", 1).contains("the name of a log has 257 bytes"));
        assert!(refused("log", &long, 1).contains("the id of an entry has 257 bytes"));
        assert!(refused("", "id", 1).contains("the name of a log is empty"));
        assert!(refused("room/1", "id", LOGGED_BYTES_MAX + 1).contains("1048576 are the most"));
        assert_eq!(check_entry("log", "id", &vec![0; LOGGED_BYTES_MAX]), Ok(()));
    }
}
