//! What the journal does on a good day.

use std::sync::Arc;

use super::sim::Sim;
use super::*;

/// Waits until every closed segment is compressed. The sealer is another thread, and no call waits
/// for it.
pub(super) async fn sealed(journal: &Journal, names: impl Fn() -> Vec<String>) {
    for _ in 0..5000 {
        let raw = names().iter().filter(|name| name.ends_with(".log")).count();
        if raw <= 1 && !names().iter().any(|name| name.ends_with(".new")) {
            return;
        }
        tokio::task::yield_now().await;
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    panic!("segments were never compressed: {:?} {:?}", names(), journal.stats());
}

fn names(sim: &Sim) -> Vec<String> {
    sim.files().into_keys().collect()
}

fn open(sim: &Sim, options: Options) -> Journal {
    Journal::open_on(Arc::new(sim.clone()), options).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_deliveries_get_distinct_growing_numbers() {
    let sim = Sim::default();
    let journal = Arc::new(open(&sim, small(Path::new(""))));
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..64 {
        let journal = Arc::clone(&journal);
        tasks.spawn(async move {
            let mut mine = Vec::new();
            for turn in 0..10 {
                mine.push(append(&journal, task * 10 + turn).await.unwrap());
            }
            assert!(mine.is_sorted());
            mine
        });
    }
    let mut all: Vec<u64> = tasks.join_all().await.into_iter().flatten().collect();
    all.sort_unstable();
    assert_eq!(all, (1..=640).collect::<Vec<_>>());
    let entries = everything(&journal).await.unwrap();
    assert_eq!(entries.len(), 640);
    assert_genuine(&entries);
}

#[tokio::test]
async fn unapplied_entries_are_given_to_a_brain_that_comes_back() {
    let sim = Sim::default();
    let journal = open(&sim, small(Path::new("")));
    for number in 1..=30 {
        append(&journal, number).await.unwrap();
    }
    for sequence in (1..=20).chain([22, 25, 999]) {
        journal.applied(sequence);
    }
    assert_eq!(journal.stats().backlog, 8);
    let wanted = vec![21, 23, 24, 26, 27, 28, 29, 30];
    let found = drain(journal.unapplied().unwrap()).await.unwrap();
    assert_eq!(found.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), wanted);
    journal.close().await;
    let journal = open(&sim, small(Path::new("")));
    let found = drain(journal.unapplied().unwrap()).await.unwrap();
    assert_eq!(found.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), wanted);
}

#[tokio::test]
async fn lazy_entries_are_kept_and_never_replayed_into_the_brain() {
    let sim = Sim::default();
    let journal = open(&sim, small(Path::new("")));
    for number in 1..=5 {
        journal.append_lazily(time(number), "prometheus", reports(number, 2));
    }
    assert_eq!(append(&journal, 6).await, Ok(6));
    assert_eq!((journal.stats().backlog, journal.stats().dropped), (1, 0));
    let entries = everything(&journal).await.unwrap();
    assert_eq!(entries.len(), 6);
    assert_genuine(&entries);
    journal.close().await;
    journal.append_lazily(time(7), "prometheus", reports(7, 1));
    assert_eq!(journal.stats().dropped, 1);
    assert_eq!(append(&journal, 8).await, Err(Error::Closed));
}

#[tokio::test]
async fn a_range_of_time_is_read_through_compressed_segments() {
    let sim = Sim::default();
    let journal = open(&sim, small(Path::new("")));
    for number in 1..=60 {
        append(&journal, number).await.unwrap();
    }
    sealed(&journal, || names(&sim)).await;
    assert!(names(&sim).iter().filter(|name| name.ends_with(".gz")).count() > 2);
    let found = drain(journal.read(time(7), time(41)).unwrap()).await.unwrap();
    assert_genuine(&found);
    assert_eq!(found.iter().map(number).collect::<Vec<_>>(), (7..=41).collect::<Vec<_>>());
    journal.close().await;
    let found = everything(&open(&sim, small(Path::new("")))).await.unwrap();
    assert_eq!(found.len(), 60);
}

#[tokio::test]
async fn the_limit_removes_only_what_is_applied() {
    let sim = Sim::default();
    let options = Options { total_bytes_max: 12_000, ..small(Path::new("")) };
    let journal = open(&sim, options);
    let mut number = 0;
    let full = loop {
        number += 1;
        if let Err(error) = append(&journal, number).await {
            sealed(&journal, || names(&sim)).await;
            if journal.stats().bytes > 11_000 {
                break error;
            }
        }
        assert!(number < 5000);
    };
    assert!(matches!(full, Error::Full { .. }), "{full}");
    let before = everything(&journal).await.unwrap();
    assert_eq!(before[0].sequence, 1);
    for sequence in 1..=journal.stats().durable {
        journal.applied(sequence);
    }
    append(&journal, number + 1).await.unwrap();
    assert!(journal.stats().bytes <= 12_000);
    let after = everything(&journal).await.unwrap();
    assert!(after[0].sequence > 1);
    assert_genuine(&after);
}

#[tokio::test]
async fn applied_deliveries_go_when_they_are_old() {
    let sim = Sim::default();
    let journal = open(&sim, small(Path::new("")));
    for day in 0..40 {
        let at = noon() + TimeDelta::days(day);
        let sequence = journal.append(at, "prometheus", &reports(1, 1)).await.unwrap();
        if day != 5 {
            journal.applied(sequence);
        }
    }
    sealed(&journal, || names(&sim)).await;
    journal.close().await;
    let journal = open(&sim, small(Path::new("")));
    let first = |entries: Vec<Entry>| entries[0].received_at;
    let oldest = first(everything(&journal).await.unwrap());
    assert!(oldest > noon() && oldest <= noon() + TimeDelta::days(5), "{oldest}");
    journal.applied(6);
    journal.close().await;
    let journal = open(&sim, small(Path::new("")));
    let oldest = first(everything(&journal).await.unwrap());
    assert!(oldest >= noon() + TimeDelta::days(7), "{oldest}");
}

#[tokio::test]
async fn the_journal_of_another_brain_is_refused() {
    let sim = Sim::default();
    open(&sim, small(Path::new(""))).close().await;
    let other = Options::new("", "brain-2");
    let opened = Journal::open_on(Arc::new(sim.clone()), other).map(|_| ());
    assert!(matches!(opened, Err(Error::Foreign { .. })), "{opened:?}");
    assert!(Journal::open_on(Arc::new(sim), Options::new("", "")).is_ok());
}

#[tokio::test]
async fn a_delivery_beyond_the_limit_is_refused() {
    let journal = open(&Sim::default(), Options::new("", ""));
    let kept = journal.append(noon(), "prometheus", &reports(1, 40_000)).await;
    assert!(matches!(kept, Err(Error::TooLarge { .. })), "{kept:?}");
    assert_eq!(append(&journal, 2).await, Ok(1));
}

/// A stored line never changes meaning: this one must parse for ever.
#[test]
fn the_first_format_is_still_read() {
    let line = r#"{"received_at":"2026-03-01T12:00:01Z","source":"prometheus","reports":[{"alert":{"labels":{"alertname":"HighLatency","env":"prod","instance":"cms-1-0:9100"},"annotations":{"summary":"the 99th percentile is above a second"},"starts_at":"2026-03-01T12:00:00Z","generator_url":"http://prometheus:9090/graph","source":"prometheus"},"what":"firing","expires_at":"2026-03-01T12:00:00Z"}]}"#;
    let stored: record::Stored = serde_json::from_str(line).unwrap();
    assert_eq!((stored.received_at, stored.reports), (time(1), reports(1, 1)));
}
