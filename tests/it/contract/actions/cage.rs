//! Programs in the cage: what they get, what they cannot do, and that all of it ends.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use warroom::adapters::actions::cage::Limits;
use warroom::domain::run::{Ending, Filled};

use super::lab::{Lab, SOON, assignment, exec, shell, tail, words};
use crate::world::wait::until;

#[tokio::test(flavor = "multi_thread")]
async fn fault_56_hostile_values_stay_single_arguments() {
    let lab = Lab::new(Limits::default());
    let hostile = ["; touch pwned", "$(touch pwned)", "`id`", "--", "-rf", "a b", "*", "\n", "'\""];
    let argv: Vec<&str> = ["bash", "-c", "for it; do printf '<%s>' \"$it\"; done; ls", "sh"]
        .into_iter()
        .chain(hostile)
        .collect();
    let ended = lab.run(&exec(1, &argv)).await;
    let wanted: String = hostile.iter().map(|it| format!("<{it}>")).collect();
    assert_eq!(tail(ended), wanted.trim_end());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_gets_an_empty_environment_and_no_input() {
    let lab = Lab::new(Limits::default());
    let value = Filled::Map([("LEVEL".to_owned(), "5".to_owned())].into());
    let step = assignment(1, "exec", &[("argv", words(&["env"])), ("environment", value)]);
    let said = tail(lab.run(&step).await);
    let mut names: Vec<&str> =
        said.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    names.sort_unstable();
    let all = ["LEVEL", "PATH", "WARROOM_ACTOR", "WARROOM_KEY", "WARROOM_RUN", "WARROOM_RUNBOOK"];
    assert_eq!(names, all);
    let said = tail(lab.run(&shell(2, "wc -c; ls -A | wc -l; echo /proc/self/fd/*")).await);
    let (counts, files) = said.rsplit_once('\n').unwrap();
    assert_eq!(counts, "0\n0");
    let open = files.split(' ').filter_map(|path| path.rsplit_once('/')?.1.parse::<u32>().ok());
    let beyond: Vec<u32> = open.filter(|fd| *fd > 2 && !was_left_open(*fd)).collect();
    // The shell looks into the folder through one file of its own.
    assert!(beyond.len() <= 1, "{beyond:?} came from us");
    let value = Filled::Map([("LD_PRELOAD".to_owned(), "/x.so".to_owned())].into());
    let step = assignment(3, "exec", &[("argv", words(&["env"])), ("environment", value)]);
    assert!(matches!(lab.run(&step).await, Some(Ending::Refused { .. })));
}

/// Whether whoever started these tests left a file open for everybody: ours all close at `exec`.
fn was_left_open(fd: u32) -> bool {
    const CLOSES_AT_EXEC: u32 = 0o200_0000;
    let about = fs::read_to_string(format!("/proc/self/fdinfo/{fd}")).unwrap_or_default();
    let flags = about.lines().find_map(|line| line.strip_prefix("flags:"));
    let flags = flags.and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok());
    flags.is_some_and(|flags| flags & CLOSES_AT_EXEC == 0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_not_there_was_not_started() {
    let lab = Lab::new(Limits::default());
    let ended = lab.run(&exec(1, &["no-such-program-here"])).await;
    let why = "cannot start `no-such-program-here`: entity not found".to_owned();
    assert_eq!(ended, Some(Ending::Refused { why }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_fails_says_its_code() {
    let lab = Lab::new(Limits::default());
    let ended = lab.run(&shell(1, "echo before; echo wrong >&2; exit 3")).await;
    let Some(Ending::Failed { why, tail }) = ended else { panic!("{ended:?}") };
    assert_eq!(why, "`bash` ended with code 3");
    assert!(tail.contains("before") && tail.contains("wrong"), "{tail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_63_a_deadline_kills_grandchildren_that_left_the_group() {
    let lab = Lab::new(Limits::default());
    let pids = lab.folder.path().join("pids");
    let line = format!(
        "trap '' TERM; setsid bash -c 'trap \"\" TERM; (setsid sleep 300 & echo $! >> {0}; wait) & \
         echo $$ >> {0}; wait' & echo $$ >> {0}; wait; sleep 300",
        pids.display()
    );
    let mut step = shell(1, &line);
    step.timeout = TimeDelta::seconds(1);
    let began = Instant::now();
    assert!(matches!(lab.run(&step).await, Some(Ending::TimedOut { .. })));
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert_eq!(alive(&pids), (3, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_64_a_daemon_that_holds_the_output_ends_with_its_program() {
    let lab = Lab::new(Limits::default());
    let pids = lab.folder.path().join("pids");
    let line = format!("setsid sleep 300 & echo $! > {}; echo started", pids.display());
    let began = Instant::now();
    assert_eq!(tail(lab.run(&shell(1, &line)).await), "started");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(alive(&pids), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_65_a_fork_bomb_stays_in_its_cage() {
    let lab = Lab::new(Limits { processes: Some(40), ..Limits::default() });
    let mut step = shell(1, "bomb() { bomb | bomb & }; bomb; sleep 300");
    step.timeout = TimeDelta::seconds(3);
    lab.executor.start(&step).await.unwrap();
    let mut most = 0;
    let ended = loop {
        most = most.max(processes_of(&lab.folder.path().join("work")));
        if let Ok(ended) =
            tokio::time::timeout(Duration::from_millis(100), lab.ended(step.key)).await
        {
            break ended;
        }
    };
    assert!(matches!(ended, Some(Ending::TimedOut { .. } | Ending::Failed { .. })), "{ended:?}");
    assert_eq!(processes_of(&lab.folder.path().join("work")), 0);
    // Without a control group the keeper counts ten times a second, and the bomb is quick.
    assert!(most < 2_000, "{most} processes at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_66_a_gigabyte_of_output_leaves_memory_flat() {
    let lab = Lab::new(Limits::default());
    let before = resident();
    let mut step = shell(
        1,
        "yes a line of output that nobody reads | head -c 536870912; head -c 536870912 /dev/zero; echo; echo end",
    );
    step.timeout = TimeDelta::seconds(50);
    let said = tail(lab.run(&step).await);
    let grown = resident().saturating_sub(before);
    assert!(said.ends_with("end"), "{said}");
    assert!(said.starts_with('(') && said.lines().count() <= 41, "{said}");
    assert!(grown < 100 << 10, "{grown} KiB more than before");
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_62_a_secret_does_not_leave_the_executor() {
    let lab = Lab::new(Limits::default());
    lab.run(&shell(1, "echo key=hunter2-the-secret; echo password=other")).await.unwrap();
    lab.run(&shell(2, "echo hunter2-the-secret >&2; exit 1")).await.unwrap();
    assert!(!lab.heard().contains("hunter2"), "{}", lab.heard());
    assert!(!lab.heard().contains("other"), "{}", lab.heard());
    let ledger = fs::read(lab.folder.path().join("ledger")).unwrap();
    assert!(!String::from_utf8_lossy(&ledger).contains("hunter2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_writes_only_where_it_may() {
    let lab = Lab::new(Limits { write: Some(Vec::new()), ..Limits::default() });
    let out = lab.folder.path().join("outside");
    let line = format!(
        "echo a > own && cat own; echo b > {} || echo forbidden; echo c > /dev/null",
        out.display()
    );
    let said = tail(lab.run(&shell(1, &line)).await);
    assert!(said.starts_with("a\n") && said.contains("forbidden"), "{said}");
    assert!(!out.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_hold_inside() {
    let limits = Limits {
        cpu_seconds: Some(7),
        memory: Some(64 << 20),
        files: Some(33),
        file_size: Some(1 << 20),
        ..Limits::default()
    };
    let lab = Lab::new(limits);
    assert_eq!(
        tail(lab.run(&shell(1, "ulimit -t; ulimit -n; ulimit -c; ulimit -d")).await),
        "7\n33\n0\n65536"
    );
    let ended = lab.run(&shell(2, "head -c 4194304 /dev/zero > big")).await;
    assert!(matches!(ended, Some(Ending::Failed { .. })), "{ended:?}");
    assert_eq!(
        tail(lab.run(&shell(3, "grep NoNewPrivs /proc/self/status | tr -d '\\t'")).await),
        "NoNewPrivs:1"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_stops_is_stopped_whole() {
    let lab = Lab::new(Limits::default());
    let step = shell(1, "echo begun; sleep 300 & sleep 300");
    lab.executor.start(&step).await.unwrap();
    until("it has begun", SOON, async || lab.heard().contains("begun").then_some(())).await;
    lab.executor.stop(step.key);
    assert_eq!(lab.ended(step.key).await, Some(Ending::Stopped { tail: "begun".to_owned() }));
    assert_eq!(processes_of(&lab.folder.path().join("work")), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keeper_that_dies_leaves_an_unknown_outcome_and_no_program() {
    let lab = Lab::new(Limits::default());
    let pids = lab.folder.path().join("pids");
    let step = shell(1, &format!("echo $$ > {}; kill -9 $PPID; sleep 300", pids.display()));
    assert_eq!(lab.run(&step).await, None, "nobody can know");
    until("the program is gone", SOON, async || (alive(&pids) == (1, 0)).then_some(())).await;
}

/// How many process ids a file names, and how many of them run.
pub(super) fn alive(pids: &Path) -> (usize, usize) {
    let pids = fs::read_to_string(pids).unwrap_or_default();
    let runs = |pid: &&str| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        !stat.is_empty() && !stat.contains(") Z ")
    };
    (pids.lines().count(), pids.lines().filter(runs).count())
}

/// Processes whose folder is below this one.
fn processes_of(folder: &Path) -> usize {
    let entries = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let links = entries.filter_map(|entry| fs::read_link(entry.path().join("cwd")).ok());
    links.filter(|cwd| cwd.starts_with(folder)).count()
}

/// Kibibytes of this process that are in memory.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
