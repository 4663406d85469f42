//! A real Request Tracker 5 from Debian, with a database of its own.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;
use warroom::adapters::tickets::{Tracker, Wanted};
use warroom::domain::ids::{CaseId, EffectId, Number};

use super::asked;
use crate::world::process::{Process, free_port};
use crate::world::wait::until;

/// Perl reads 15 s of code on a quiet machine.
const READY_WITHIN: Duration = Duration::from_secs(120);
/// Debian's packages request-tracker5, rt5-standalone and rt5-db-sqlite.
const SERVER: &str = "/usr/share/request-tracker5/libexec/rt-server";
/// What Debian made when it installed the package.
const DATABASE: &str = "/var/lib/dbconfig-common/sqlite3/request-tracker5/rtdb";

struct RequestTracker {
    _process: Process,
    url: String,
}

impl RequestTracker {
    async fn start(folder: &Path) -> Option<Self> {
        if !Path::new(SERVER).exists() || fs::metadata(DATABASE).is_err() {
            println!("skipped: request-tracker5 with rt5-db-sqlite is not installed");
            return None;
        }
        let port = free_port();
        let file = |name: &str| folder.join(name).display().to_string();
        fs::copy(DATABASE, file("rtdb")).unwrap();
        fs::create_dir_all(file("none")).unwrap();
        let config = format!(
            "Set($rtname, 'lab'); Set($Organization, 'lab.example'); Set($WebPath, '');\n\
             Set($WebDomain, '127.0.0.1'); Set($WebPort, {port}); Set($DatabaseType, 'SQLite');\n\
             Set($DatabaseName, '{}'); Set($LogToSyslog, undef); Set($MailCommand, 'testfile');\n\
             1;\n",
            file("rtdb")
        );
        fs::write(file("RT_SiteConfig.pm"), config).unwrap();
        let mut command = Command::new(SERVER);
        command.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
        command.env("RT_SITE_CONFIG", file("RT_SiteConfig.pm"));
        command.env("RT_SITE_CONFIG_DIR", file("none"));
        let mut process = Process::start("rt", &mut command, folder);
        let url = format!("http://127.0.0.1:{port}");
        until("Request Tracker is ready", READY_WITHIN, async || {
            process.must_run();
            let answer = reqwest::get(format!("{url}/REST/2.0/rt")).await.ok()?;
            (answer.status() == 401).then_some(())
        })
        .await;
        Some(Self { _process: process, url })
    }
}

fn none() -> std::collections::BTreeMap<String, String> {
    std::collections::BTreeMap::new()
}

fn id(event: u64) -> EffectId {
    EffectId { case: CaseId { shard: 1, serial: 7 }, event, index: 0 }
}

#[tokio::test]
async fn a_real_request_tracker_keeps_one_ticket() {
    let folder = TempDir::new().unwrap();
    let Some(rt) = RequestTracker::start(folder.path()).await else { return };
    // The user and password that every new installation has.
    let tracker =
        asked("request_tracker", (&rt.url, "password"), ("General", Some("root")), none());
    assert_eq!(tracker.about().await.unwrap(), "reaches General");

    let wanted = |event, attempt| Wanted {
        id: id(event),
        attempt,
        number: Number(42),
        title: "cms is <b>slow</b>\nRequestor: eve@example.org",
        body: "cms has been slow since 03:12 UTC.",
        labels: &[],
    };
    let ticket = tracker.open(wanted(1, 1)).await.unwrap().id;
    assert_eq!(tracker.open(wanted(1, 2)).await.unwrap().id, ticket, "it is found again");
    let other = tracker.open(wanted(11, 2)).await.unwrap().id;
    assert_ne!(other, ticket, "another order's ticket is another one");

    tracker.comment(id(2), &ticket, "ana takes it").await.unwrap();
    tracker.close(id(3), &ticket, "It is over.").await.unwrap();
    tracker.close(id(3), &ticket, "It is over.").await.unwrap();
    let seen = tracker.look(&ticket).await.unwrap();
    assert_eq!((seen.is_open, seen.status.as_str()), (false, "resolved"));
    assert!(seen.title.starts_with("cms is <b>slow</b>"), "{seen:?}");
    tracker.reopen(id(4), &ticket, "It is back.").await.unwrap();
    assert!(tracker.look(&ticket).await.unwrap().is_open);
}
