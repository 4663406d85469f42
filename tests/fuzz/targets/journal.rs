//! A folder of journal segments. The input is the lines of frames; a `\0` line begins the damage: a
//! place and a byte for each three bytes. Checksums are made true before the damage, so that what
//! lies behind them is reached.
#![no_main]

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;
use warroom::engine::journal::{Entry, Error, Journal, Options, read_folder};
use warroom_fuzz::says_why;

/// In memory where there is such a folder: this target is slow enough.
static DIR: LazyLock<TempDir> = LazyLock::new(|| {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }.expect("a scratch folder")
});
const FORMAT: u8 = 1;

fuzz_target!(|input: &[u8]| {
    let cut = input.windows(2).position(|pair| pair == b"\0\n").unwrap_or(input.len());
    let (frames, damage) = input.split_at(cut);
    let mut segment = header();
    let mut next = 1;
    for payload in frames.split(|byte| *byte == 0) {
        frame(&mut segment, &mut next, payload);
    }
    for change in damage.get(2..).unwrap_or_default().chunks_exact(3) {
        let at = usize::from(u16::from_le_bytes([change[0], change[1]])) % segment.len();
        segment[at] = change[2];
    }
    let file = DIR.path().join(format!("{:020}.log", 1));
    fs::write(&file, &segment).expect("a file");
    let read = entries();
    assert_eq!(read, entries(), "the same bytes give something else");
    if let (Err(error), _) = &read {
        says_why(error);
    }
    assert!(read.1.windows(2).all(|pair| pair[0].sequence < pair[1].sequence));
    opens(&read);
});

/// A writer that opens the folder keeps every entry that was read from it.
fn opens((error, before): &(Result<(), Error>, Vec<Entry>)) {
    match Journal::open(Options::new(DIR.path(), "")) {
        Ok(journal) => {
            drop(journal);
            let (again, after) = entries();
            assert!(error.is_err() || again.is_ok(), "{again:?}");
            assert!(after.starts_with(before) || error.is_err());
        }
        Err(error) => says_why(&error),
    }
    for file in fs::read_dir(DIR.path()).expect("a folder") {
        drop(fs::remove_file(file.expect("an entry").path()));
    }
}

fn entries() -> (Result<(), Error>, Vec<Entry>) {
    let walk = match read_folder(DIR.path(), DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC) {
        Ok(walk) => walk,
        Err(error) => return (Err(error), Vec::new()),
    };
    let mut entries = Vec::new();
    for entry in walk {
        match entry {
            Ok(entry) => entries.push(entry),
            Err(error) => return (Err(error), entries),
        }
    }
    (Ok(()), entries)
}

fn header() -> Vec<u8> {
    let mut bytes = b"WRJOURNL".to_vec();
    bytes.extend([FORMAT, 4]);
    bytes.extend(b"fuzz");
    bytes.resize(116, 0);
    bytes.extend(1_u64.to_le_bytes());
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    bytes
}

fn frame(segment: &mut Vec<u8>, next: &mut u64, payload: &[u8]) {
    let count = payload.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count() as u32;
    if count == 0 {
        return;
    }
    let mut bytes = vec![0xf5, b'W', b'R', b'J', FORMAT, 0, 0, 0];
    bytes.extend((payload.len() as u32).to_le_bytes());
    bytes.extend(count.to_le_bytes());
    bytes.extend(next.to_le_bytes());
    bytes.extend(0_i64.to_le_bytes());
    bytes.extend(i64::MAX.to_le_bytes());
    bytes.extend(crc32fast::hash(payload).to_le_bytes());
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    segment.extend(bytes);
    segment.extend(payload);
    *next += u64::from(count);
}
