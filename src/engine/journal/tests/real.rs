//! The journal on real files and in real processes.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use super::*;

/// Tells a copy of this test binary which folder to work in.
const DIR: &str = "WARROOM_TEST_JOURNAL";

#[tokio::test]
async fn two_processes_on_one_folder_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(small(dir.path())).unwrap();
    let second = Journal::open(small(dir.path())).map(|_| ());
    assert_eq!(second, Err(Error::InUse { dir: dir.path().to_owned() }));
    journal.close().await;
    drop(journal);
    assert!(Journal::open(small(dir.path())).is_ok());
}

#[tokio::test]
async fn a_folder_is_read_beside_its_writer() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(small(dir.path())).unwrap();
    for number in 1..=40 {
        append(&journal, number).await.unwrap();
    }
    let entries: Result<Vec<Entry>, Error> =
        read_folder(dir.path(), time(3), time(30)).unwrap().collect();
    let entries = entries.unwrap();
    assert_genuine(&entries);
    assert_eq!(entries.len(), 28);
}

/// Only does something as the child of the tests below: writes until it is killed or refused.
#[tokio::test]
async fn as_a_child_it_writes_until_it_is_stopped() {
    let Ok(dir) = std::env::var(DIR) else { return };
    let journal = Journal::open(small(Path::new(&dir))).unwrap();
    println!("\nbegin");
    for number in journal.stats().durable + 1.. {
        match append(&journal, number).await {
            Ok(_) => println!("kept {number}"),
            Err(Error::Full { .. }) => break,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(journal.stats().is_full);
    let kept = journal.stats().durable;
    let found = drain(journal.unapplied().unwrap()).await.unwrap();
    assert_eq!(found.len() as u64, kept);
    assert_genuine(&found);
    std::fs::remove_file(Path::new(&dir).join("ballast")).unwrap();
    assert_eq!(append(&journal, kept + 1).await, Ok(kept + 1));
    println!("\nrecovered after {kept}");
}

#[expect(clippy::disallowed_methods, reason = "the test starts itself again, to kill it")]
fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    Command::new(program)
}

const CHILD: [&str; 3] = [
    "engine::journal::tests::real::as_a_child_it_writes_until_it_is_stopped",
    "--exact",
    "--nocapture",
];

fn child(dir: &Path) -> Child {
    command(std::env::current_exe().unwrap())
        .args(CHILD)
        .env(DIR, dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[tokio::test]
async fn what_was_acknowledged_survives_kill_9() {
    let dir = tempfile::tempdir().unwrap();
    for round in 1..=5 {
        let mut child = child(dir.path());
        let mut kept = 0;
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        for (line, _) in lines.zip(0..20 * round + 6) {
            kept = line.strip_prefix("kept ").map_or(kept, |number| number.parse().unwrap());
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let journal = Journal::open(small(dir.path())).unwrap();
        let entries = drain(journal.unapplied().unwrap()).await.unwrap();
        assert_genuine(&entries);
        assert!(kept > 0 && entries.len() as u64 >= kept, "{} of {kept}", entries.len());
        journal.close().await;
    }
}

/// A file system of 1 MiB, half of it taken by a file that the child removes when it is refused.
#[test]
fn fault_08_a_full_file_system_refuses_and_recovers_alone() {
    let dir = tempfile::tempdir().unwrap();
    let script = r#"mount -t tmpfs -o size=1m none "$0" || exit 77
        head -c 900000 /dev/zero > "$0/ballast" || exit 77
        exec "$@""#;
    let output = command("unshare")
        .args(["-m", "sh", "-c", script])
        .arg(dir.path())
        .arg(std::env::current_exe().unwrap())
        .args(CHILD)
        .env(DIR, dir.path())
        .output();
    let output = match output {
        Ok(output) if output.status.code() != Some(77) && output.status.code() != Some(1) => output,
        refused => {
            println!("SKIPPED: no file system can be mounted here: {refused:?}");
            return;
        }
    };
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("recovered after"), "{said}");
}

/// Prints what one disk and this program reach; asserts only that nothing is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_senders_share_one_fsync() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Arc::new(Journal::open(Options::new(dir.path(), "")).unwrap());
    let delivery: Arc<[Report]> = reports(1, 64).into();
    for senders in [1, 16, 64] {
        let turns = 512 / senders;
        let before = tokio::time::Instant::now();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..senders {
            tasks.spawn(send(Arc::clone(&journal), Arc::clone(&delivery), turns));
        }
        tasks.join_all().await;
        let rate = 512.0 / before.elapsed().as_secs_f64();
        println!("{senders} senders: {rate:.0} deliveries of 64 alerts a second");
    }
    assert_eq!(journal.stats().durable, 3 * 512);
    assert_eq!(everything(&journal).await.unwrap().len(), 3 * 512);
}

async fn send(journal: Arc<Journal>, delivery: Arc<[Report]>, turns: u32) {
    for _ in 0..turns {
        journal.append(noon(), "prometheus", &delivery).await.unwrap();
    }
}
