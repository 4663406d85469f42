//! Rows 8 to 11 of the faults and invariant I1, on the simulated disk.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::sim::{Dice, Sim};
use super::*;

fn open(sim: &Sim, options: Options) -> Result<Journal, Error> {
    Journal::open_on(Arc::new(sim.clone()), options)
}

fn options() -> Options {
    Options::new("", "brain-1")
}

/// The files of a journal that acknowledged these deliveries one by one and then just stopped.
async fn written(count: u64, options: Options) -> BTreeMap<String, Vec<u8>> {
    let sim = Sim::default();
    let journal = open(&sim, options).unwrap();
    for number in 1..=count {
        assert_eq!(append(&journal, number).await, Ok(number));
    }
    super::working::sealed(&journal, || sim.files().keys().cloned().collect()).await;
    sim.files()
}

#[tokio::test]
async fn fault_10_a_tail_cut_anywhere_loses_only_what_was_cut() {
    let files = written(5, options()).await;
    let (name, whole) = files.last_key_value().unwrap();
    let sim = Sim::with(&files);
    let all = everything(&open(&sim, options()).unwrap()).await.unwrap();
    assert_eq!(all.len(), 5);
    let mut before = 0;
    for length in 128..whole.len() {
        let sim = Sim::with(&BTreeMap::from([(name.clone(), whole[..length].to_vec())]));
        let journal = open(&sim, options()).unwrap();
        let entries = everything(&journal).await.unwrap();
        assert_eq!(entries, all[..entries.len()], "cut at {length}");
        assert!(entries.len() >= before && entries.len() < 5, "cut at {length}");
        before = entries.len();
        assert_eq!(append(&journal, 9).await, Ok(entries.len() as u64 + 1));
        assert_eq!(everything(&journal).await.unwrap().len(), entries.len() + 1);
    }
    assert_eq!(before, 4);
}

#[tokio::test]
async fn fault_10_a_torn_tail_is_cut_and_counted() {
    let mut files = written(3, options()).await;
    let bytes = files.values_mut().last().unwrap();
    bytes.truncate(bytes.len() - 7);
    let sim = Sim::with(&files);
    let journal = open(&sim, options()).unwrap();
    let (file, cut) = journal.opened().cut.clone().unwrap();
    assert_eq!(&file, files.keys().next_back().unwrap());
    assert!(cut > 40, "{cut}");
    assert!(journal.opened().are_marks_lost);
}

#[tokio::test]
async fn fault_10_no_flipped_byte_is_taken_for_content() {
    let files = written(5, options()).await;
    let good = everything(&open(&Sim::with(&files), options()).unwrap()).await.unwrap();
    assert!(files.len() == 1 && good.len() == 5);
    for (name, bytes) in &files {
        for place in 0..bytes.len() {
            let mut bad = files.clone();
            bad.get_mut(name).unwrap()[place] ^= 0x15;
            let sim = Sim::with(&bad);
            let read = match open(&sim, options()) {
                Ok(journal) => everything(&journal).await,
                Err(error) => Err(error),
            };
            let Err(Error::Damaged { file, offset, .. }) = read else {
                panic!("byte {place} of {name}: {read:?}");
            };
            assert!(&file == name && offset <= place as u64, "{file} {offset}: {place} of {name}");
        }
    }
}

#[tokio::test]
async fn fault_10_no_flipped_byte_of_a_compressed_segment_is_taken_for_content() {
    let sim = Sim::default();
    let limits = || Options { segment_bytes_max: 900, ..options() };
    let journal = open(&sim, limits()).unwrap();
    for number in 1..=4 {
        append(&journal, number).await.unwrap();
    }
    super::working::sealed(&journal, || sim.files().keys().cloned().collect()).await;
    let good = everything(&journal).await.unwrap();
    journal.close().await;
    let files = sim.files();
    let (name, bytes) = files.iter().find(|(name, _)| name.ends_with(".gz")).unwrap();
    let mut refused = 0;
    for place in 0..bytes.len() {
        let mut bad = files.clone();
        bad.get_mut(name).unwrap()[place] ^= 0x15;
        let read = match open(&Sim::with(&bad), limits()) {
            Ok(journal) => everything(&journal).await,
            Err(error) => Err(error),
        };
        match read {
            // Time and system in the header of gzip, and its own checksum, mean nothing to us.
            Ok(entries) => assert_eq!(entries, good, "byte {place}"),
            Err(Error::Damaged { file, .. }) => refused += usize::from(&file == name),
            Err(error) => panic!("byte {place}: {error}"),
        }
    }
    assert!(refused + 24 > bytes.len(), "{refused} of {}", bytes.len());
}

#[tokio::test]
async fn fault_10_a_missing_segment_is_refused() {
    let files = written(6, Options { segment_bytes_max: 900, ..options() }).await;
    let middle = files.keys().nth(1).unwrap().clone();
    let mut bad = files.clone();
    bad.remove(&middle);
    let opened = open(&Sim::with(&bad), options()).map(|_| ());
    assert!(matches!(opened, Err(Error::Damaged { .. } | Error::Missing { .. })), "{opened:?}");
}

#[tokio::test]
async fn fault_11_acknowledged_deliveries_survive_power_loss() {
    for seed in 0..60 {
        let mut dice = Dice(seed);
        let mut sim = Sim::default();
        let (mut acknowledged, mut number) = (Vec::new(), 0);
        for _ in 0..4 {
            let journal = open(&sim, Options { segment_bytes_max: 3000, ..options() })
                .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            let entries = everything(&journal).await.unwrap();
            assert_genuine(&entries);
            let found: Vec<u64> = entries.iter().map(self::number).collect();
            for wanted in &acknowledged {
                assert!(found.contains(wanted), "seed {seed}: {wanted} is not in {found:?}");
            }
            for _ in 0..dice.roll(12) {
                number += 1;
                append(&journal, number).await.unwrap();
                acknowledged.push(number);
            }
            // Some are still on their way when the power fails.
            for _ in 0..dice.roll(4) {
                number += 1;
                let large = reports(number, 1 + dice.roll(60));
                journal.append_lazily(time(number), "prometheus", &large);
            }
            let waits = dice.roll(2) == 0;
            if waits {
                journal.close().await;
            }
            sim = sim.after_power_loss(&mut dice);
        }
    }
}

#[tokio::test]
async fn fault_11_a_write_that_lost_its_pages_is_cut() {
    for seed in 0..300 {
        let mut dice = Dice(seed);
        let files = written(3, options()).await;
        let mut torn = files.clone();
        let bytes = torn.values_mut().last().unwrap();
        let big = written(1, options()).await.into_values().last().unwrap()[128..].repeat(40);
        let from = bytes.len();
        bytes.extend(&big[..usize::try_from(1 + dice.roll(big.len() as u64 - 1)).unwrap()]);
        let until = bytes.len();
        bytes[from..until].fill(0);
        let journal = open(&Sim::with(&torn), options()).unwrap();
        assert_eq!(journal.opened().cut.as_ref().map(|cut| cut.1), Some((until - from) as u64));
        assert_eq!(everything(&journal).await.unwrap().len(), 3);
    }
}

#[tokio::test]
async fn fault_09_a_failed_fsync_is_never_trusted() {
    for failing in 1..=12 {
        let sim = Sim::default();
        let journal = open(&sim, options()).unwrap();
        let already = sim.inner().syncs;
        sim.inner().failing_syncs.insert(already + failing);
        let mut acknowledged = Vec::new();
        let mut refused = 0;
        for number in 1..=12 {
            match append(&journal, number).await {
                Ok(sequence) => acknowledged.push((sequence, number)),
                Err(error) => {
                    assert!(matches!(error, Error::Unsynced { .. }), "{error}");
                    refused += 1;
                }
            }
        }
        assert_eq!((refused, acknowledged.len()), (1, 11));
        let read = |entries: Vec<Entry>| -> Vec<(u64, u64)> {
            entries.iter().map(|entry| (entry.sequence, number(entry))).collect()
        };
        assert_eq!(read(everything(&journal).await.unwrap()), acknowledged);
        let sim = sim.after_power_loss(&mut Dice(failing));
        let journal = open(&sim, options()).unwrap();
        assert_eq!(read(everything(&journal).await.unwrap()), acknowledged);
    }
}

#[tokio::test]
async fn fault_09_a_disk_that_fails_twice_breaks_the_journal() {
    let sim = Sim::default();
    let journal = open(&sim, options()).unwrap();
    append(&journal, 1).await.unwrap();
    let already = sim.inner().syncs;
    sim.inner().failing_syncs.insert(already + 1);
    sim.inner().refuses_files = true;
    for number in 2..5 {
        let kept = append(&journal, number).await;
        assert!(matches!(kept, Err(Error::Broken { .. })), "{kept:?}");
    }
    sim.inner().refuses_files = false;
    assert!(matches!(append(&journal, 5).await, Err(Error::Broken { .. })));
    assert!(journal.stats().broken.is_some());
    assert_eq!(everything(&journal).await.unwrap().len(), 1);
}

#[tokio::test]
async fn fault_08_a_full_disk_refuses_and_recovers_alone() {
    for room in (0..700).step_by(3) {
        let sim = Sim::default();
        let journal = open(&sim, options()).unwrap();
        append(&journal, 1).await.unwrap();
        let used: usize = sim.files().values().map(Vec::len).sum();
        sim.inner().capacity = Some(used + room);
        let mut kept = vec![1];
        for number in 2..5 {
            match append(&journal, number).await {
                Ok(_) => kept.push(number),
                Err(error) => assert!(matches!(error, Error::Full { .. }), "{error}"),
            }
        }
        assert!(journal.stats().is_full, "{room}");
        let crashed = open(&Sim::with(&sim.files()), options()).unwrap();
        let found: Vec<u64> = everything(&crashed).await.unwrap().iter().map(number).collect();
        assert_eq!(found, kept);
        sim.inner().capacity = None;
        append(&journal, 5).await.unwrap();
        kept.push(5);
        let found: Vec<u64> = everything(&journal).await.unwrap().iter().map(number).collect();
        assert_eq!(found, kept);
        assert!(!journal.stats().is_full);
    }
}
