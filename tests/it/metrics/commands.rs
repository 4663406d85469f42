//! Log lines from a program: hostile words, programs that do not end, programs that do not stop.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::tempdir;
use warroom::adapters::failure::Failure;
use warroom::adapters::logs::command::{Command, Options};
use warroom::adapters::logs::{Logs, Wanted};

use super::ten_minutes;
use crate::world::wait::until;

fn program(argv: &[&str], timeout: Duration) -> Command {
    let path = ("PATH".to_owned(), "/usr/bin:/bin".to_owned());
    let argv = argv.iter().map(|argument| (*argument).to_owned()).collect();
    Command::new(Options { argv, environment: vec![path], timeout })
}

fn shell(script: &str, timeout: Duration) -> Command {
    program(&["sh", "-c", script, "sh", "{service}"], timeout)
}

fn wanted(service: &str, most: usize) -> Wanted {
    let range = ten_minutes();
    Wanted {
        arguments: [("service".to_owned(), service.to_owned())].into(),
        containing: None,
        from: range.from,
        to: range.to,
        most,
    }
}

async fn texts(command: &Command, wanted: Wanted) -> Result<Vec<String>, Failure> {
    let lines = command.lines(wanted).await?;
    Ok(lines.into_iter().map(|line| line.text).collect())
}

const LONG: Duration = Duration::from_secs(20);

#[tokio::test]
async fn the_newest_lines_come_the_oldest_first() {
    let command = shell("printf 'one\\ntwo %s\\nthree\\n' \"$1\"", LONG);
    assert_eq!(texts(&command, wanted("cms", 2)).await.unwrap(), ["two cms", "three"]);
    let mut some = wanted("cms", 5);
    some.containing = Some("cms".to_owned());
    assert_eq!(texts(&command, some).await.unwrap(), ["two cms"]);
}

#[tokio::test]
async fn what_people_type_is_one_argument_or_refused() {
    let folder = tempdir().unwrap();
    let trace = folder.path().join("trace");
    let script = format!("echo ran >> {}; echo \"$#:$1\"", trace.display());
    let command = shell(&script, LONG);
    for hostile in
        ["$(id)", "a;id", "-rf", "--help", "a b", "`id`", "a\nb", "a|b", "'", "\\", "{lines}", ""]
    {
        let failure = texts(&command, wanted(hostile, 5)).await.unwrap_err();
        assert!(matches!(failure, Failure::Refused { .. }), "{hostile}: {failure}");
    }
    assert!(!trace.exists(), "nothing may have run");
    assert_eq!(texts(&command, wanted("a:b/c.d_e-f", 5)).await.unwrap(), ["1:a:b/c.d_e-f"]);
    let mut nobody = wanted("cms", 5);
    nobody.arguments.clear();
    let failure = texts(&command, nobody).await.unwrap_err();
    assert!(failure.to_string().contains("say which service"), "{failure}");
}

#[tokio::test]
async fn a_program_gets_no_environment_but_the_allowed_one() {
    let lines = texts(&program(&["env"], LONG), wanted("cms", 100)).await.unwrap();
    assert_eq!(lines, ["PATH=/usr/bin:/bin"]);
}

#[tokio::test]
async fn a_program_that_fails_says_why_without_its_secrets() {
    let command = shell("echo fine; echo 'no password=hunter2 there' >&2; exit 3", LONG);
    let failure = texts(&command, wanted("cms", 5)).await.unwrap_err();
    assert_eq!(failure.to_string(), "`sh` ended with exit status: 3: no password=*** there");
    let failure = texts(&program(&["no-such-program"], LONG), wanted("cms", 5)).await.unwrap_err();
    assert!(failure.to_string().contains("cannot start `no-such-program`"), "{failure}");
}

#[tokio::test]
async fn the_deadline_ends_the_whole_process_group() {
    let folder = tempdir().unwrap();
    let ids = folder.path().join("ids");
    // A child in the background and one in front: killing the shell alone would leave both.
    let script = format!("sleep 300 & echo $! > {0}; echo $$ >> {0}; sleep 300; :", ids.display());
    let begin = Instant::now();
    let failure =
        texts(&shell(&script, Duration::from_secs(1)), wanted("cms", 5)).await.unwrap_err();
    assert!(failure.to_string().contains("did not end within 1 s, and was stopped"), "{failure}");
    assert!(begin.elapsed() < Duration::from_secs(5));
    ends(&ids).await;
}

#[tokio::test]
async fn nobody_waiting_any_more_ends_the_whole_process_group_too() {
    let folder = tempdir().unwrap();
    let ids = folder.path().join("ids");
    let script = format!("sleep 300 & echo $! > {0}; echo $$ >> {0}; sleep 300; :", ids.display());
    let command = shell(&script, LONG);
    {
        let mut lines = command.lines(wanted("cms", 5));
        until("the program runs", LONG, async || {
            let still = futures_util::poll!(&mut lines).is_pending();
            assert!(still, "it sleeps for minutes");
            let written = fs::read_to_string(&ids).unwrap_or_default();
            (written.lines().count() == 2).then_some(())
        })
        .await;
    }
    ends(&ids).await;
}

#[tokio::test]
async fn a_program_that_prints_a_gigabyte_is_stopped_at_the_limit() {
    let command = program(&["head", "-c", "1073741824", "/dev/zero"], LONG);
    let begin = Instant::now();
    let failure = texts(&command, wanted("cms", 5)).await.unwrap_err();
    assert!(failure.to_string().contains("prints more than 1 MiB"), "{failure}");
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    let complaining = shell("head -c 100000000 /dev/zero | tr '\\0' x >&2; exit 1", LONG);
    let failure = texts(&complaining, wanted("cms", 5)).await.unwrap_err();
    assert!(failure.to_string().chars().count() < 600, "{failure}");
}

/// Waits until every process whose id stands in the file has ended.
async fn ends(ids: &Path) {
    let ids = fs::read_to_string(ids).unwrap();
    assert_eq!(ids.lines().count(), 2, "{ids}");
    until("the processes have ended", LONG, async || {
        let is_gone = |id: &str| {
            let state = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
            // A zombie has ended; nobody has asked for its status yet.
            state.is_empty() || state.contains(") Z ")
        };
        ids.lines().all(is_gone).then_some(())
    })
    .await;
}
