//! How a record stands in the file: `length u32, crc32 u32, JSON`, numbers big-endian.

/// Bytes of one record: an ending holds at most a few lines.
pub(super) const BYTES_MAX: usize = 256 << 10;
const HEADER: usize = 8;

/// Writes a frame.
pub(super) fn write(payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(payload.len() + HEADER);
    frame.extend(u32::try_from(payload.len()).unwrap_or(u32::MAX).to_be_bytes());
    frame.extend(crc32fast::hash(payload).to_be_bytes());
    frame.extend(payload);
    frame
}

/// The payload of the frame that bytes begin with, and what follows it; none: there is no whole one.
pub(super) fn read(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (crc, rest) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (payload, rest) = rest.split_at_checked(length).filter(|_| length <= BYTES_MAX)?;
    let is_whole = length > 0 && crc32fast::hash(payload) == u32::from_be_bytes(*crc);
    is_whole.then_some((payload, rest))
}

/// Whether a whole frame begins anywhere in these bytes: then what stands before it is damage, and
/// not the torn end of a write.
pub(super) fn is_anywhere(bytes: &[u8]) -> bool {
    (1..bytes.len()).any(|start| bytes.get(start..).is_some_and(|rest| read(rest).is_some()))
}
