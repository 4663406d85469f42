//! Several values in one row, each found without reading the others.
//!
//! `version u8, count u16, count x (key u64, length u32), values`; numbers are big-endian.

use crate::brain::Error;

/// Counts up when the layout changes; older layouts are read for ever.
const VERSION: u8 = 1;
const ENTRY: usize = 12;
const HEADER: usize = 3;

/// How many values one row may hold: what is read for one of them stays small.
pub(super) const VALUES_MAX: usize = 64;

/// Writes a row of at most [`VALUES_MAX`] values.
pub(super) fn write<'a>(values: impl ExactSizeIterator<Item = (u64, &'a [u8])> + Clone) -> Vec<u8> {
    let bytes: usize = values.clone().map(|(_, value)| value.len() + ENTRY).sum();
    let mut row = Vec::with_capacity(HEADER + bytes);
    row.push(VERSION);
    row.extend(u16::try_from(values.len()).unwrap_or(u16::MAX).to_be_bytes());
    for (key, value) in values.clone() {
        row.extend(key.to_be_bytes());
        row.extend(u32::try_from(value.len()).unwrap_or(u32::MAX).to_be_bytes());
    }
    for (_, value) in values {
        row.extend(value);
    }
    row
}

/// The keys and values of a row.
pub(super) fn read(row: &[u8]) -> Result<Vec<(u64, &[u8])>, Error> {
    let damaged = || Error::Unusable("a stored row is damaged".to_owned());
    let (head, rest) = row.split_at_checked(HEADER).ok_or_else(damaged)?;
    let &[version, high, low] = head else { return Err(damaged()) };
    if version != VERSION {
        return Err(Error::Unusable(format!("a stored row has layout {version}, not {VERSION}")));
    }
    let count = usize::from(u16::from_be_bytes([high, low]));
    let (entries, mut values) = rest.split_at_checked(count * ENTRY).ok_or_else(damaged)?;
    let mut read = Vec::with_capacity(count);
    for entry in entries.chunks_exact(ENTRY) {
        let (key, length) = entry.split_first_chunk::<8>().ok_or_else(damaged)?;
        let length: [u8; 4] = length.try_into().map_err(|_| damaged())?;
        let length = usize::try_from(u32::from_be_bytes(length)).map_err(|_| damaged())?;
        let (value, rest) = values.split_at_checked(length).ok_or_else(damaged)?;
        values = rest;
        read.push((u64::from_be_bytes(*key), value));
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_went() {
        let values: Vec<(u64, &[u8])> = vec![(7, b"seven"), (u64::MAX, b""), (1, b"one")];
        assert_eq!(read(&write(values.iter().copied())), Ok(values));
        assert_eq!(read(&write([].into_iter())), Ok(Vec::new()));
    }

    #[test]
    fn a_damaged_row_is_an_error() {
        let row = write([(7, b"seven".as_slice()), (8, b"eight")].into_iter());
        for cut in 0..row.len() {
            assert!(read(&row[..cut]).is_err(), "{cut}");
        }
        let mut newer = row;
        newer[0] = 9;
        assert!(read(&newer).unwrap_err().to_string().contains("layout 9"));
    }
}
