//! Rule files that change under a running program.

use std::fs;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use crate::world::wait::until;
use crate::world::warroom::{Setup, Warroom};

/// The meter that says whether the rules on disk are in use.
const CURRENT: &str = "warroom_files_current{what=\"rules\"}";
/// The promise for a changed file, with a debug build's time on a busy machine.
const TAKEN_WITHIN: Duration = Duration::from_secs(3);
/// Less than the time between two looks at the folder, from the signal on.
const AT_ONCE: Duration = Duration::from_millis(1500);

const GOOD: &str = "[[rule]]\nname = \"first\"\nmatch = 'alertname=\"Ill\"'\n";
const BROKEN: &str =
    "[[rule]]\nname = \"first\"\nmatch = 'alertname=\"Ill\"'\nseverty = \"sev1\"\n";

async fn meter(warroom: &Warroom, name: &str) -> f64 {
    let text = warroom.get("/metrics").await.text;
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    value.unwrap_or_else(|| panic!("there is no meter {name}"))
}

async fn start(folder: &TempDir) -> (Warroom, std::path::PathBuf) {
    let setup = Setup { rules: GOOD.to_owned(), ..Setup::new(folder.path()) };
    (Warroom::start(setup).await, folder.path().join("rules/test.toml"))
}

async fn rule_of_a_new_incident(warroom: &Warroom, alertname: &str) -> String {
    let alert = json!([{ "labels": { "alertname": alertname } }]);
    assert!(warroom.post("/api/v2/alerts", &alert).await.status.is_success());
    let newest = warroom.incidents().await.swap_remove(0);
    newest["rule"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_77_a_broken_rules_file_keeps_the_last_good_ones_and_a_good_one_is_taken() {
    let folder = TempDir::new().unwrap();
    let (warroom, file) = start(&folder).await;
    assert_eq!(meter(&warroom, CURRENT).await, 1.0);

    fs::write(&file, BROKEN).unwrap();
    until("the fault is seen", TAKEN_WITHIN, async || {
        (meter(&warroom, CURRENT).await == 0.0).then_some(())
    })
    .await;
    let log = warroom.process.log();
    assert!(log.contains("the last good ones stay"), "{log}");
    assert!(log.contains("rules/test.toml:4") && log.contains("severty"), "{log}");
    assert!(rule_of_a_new_incident(&warroom, "Ill").await.starts_with("first "));
    // The meter is set before the room is told, which takes a write.
    until("the ops room is told", TAKEN_WITHIN, async || {
        let ops = warroom.get("/api/v1/rooms/ops/entries").await.text;
        (ops.contains("goes on with the last good ones") && ops.contains("severty")).then_some(())
    })
    .await;

    fs::write(&file, GOOD.replace("first", "second").replace("Ill", "Worse")).unwrap();
    until("the good file is taken", TAKEN_WITHIN, async || {
        (meter(&warroom, CURRENT).await == 1.0).then_some(())
    })
    .await;
    assert!(rule_of_a_new_incident(&warroom, "Worse").await.starts_with("second "));
    until("the ops room is told again", TAKEN_WITHIN, async || {
        let ops = warroom.get("/api/v1/rooms/ops/entries").await.text;
        ops.contains("The rules are right again").then_some(())
    })
    .await;
}

/// Who a bearer of Ana's token is, for a request that does not come from this machine.
async fn bearer(warroom: &Warroom) -> u16 {
    let request = reqwest::Client::new()
        .get(warroom.url("/api/v1/me"))
        .bearer_auth("ana-0123456789abcdef0123456789abcdef")
        .header("x-forwarded-for", "192.0.2.1");
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_77_people_are_read_again_and_a_broken_file_keeps_the_last_good_ones() {
    let folder = TempDir::new().unwrap();
    let people = "[people.ana]\ntoken_file = \"ana.token\"\n";
    fs::write(folder.path().join("ana.token"), "ana-0123456789abcdef0123456789abcdef").unwrap();
    let (config, rules) = (people.to_owned(), GOOD.to_owned());
    let setup = Setup { config, rules, ..Setup::new(folder.path()) };
    let warroom = Warroom::start(setup).await;
    let file = folder.path().join("warroom.toml");
    let current = "warroom_files_current{what=\"people\"}";
    assert_eq!(bearer(&warroom).await, 200);

    fs::write(&file, people.replace("token_file", "tokn_file")).unwrap();
    until("the fault is seen", TAKEN_WITHIN, async || {
        warroom.get("/metrics").await.text.contains(&format!("{current} 0")).then_some(())
    })
    .await;
    assert_eq!(bearer(&warroom).await, 200, "the last good people stay");
    let log = warroom.process.log();
    assert!(log.contains("warroom.toml:2") && log.contains("tokn_file"), "{log}");
    let ops = warroom.get("/api/v1/rooms/ops/entries").await.text;
    assert!(ops.contains("The changed people are broken"), "{ops}");

    fs::write(&file, people).unwrap();
    fs::write(folder.path().join("ana.token"), "another-0123456789abcdef01234567").unwrap();
    until("the old token opens nothing", TAKEN_WITHIN, async || {
        (bearer(&warroom).await == 401).then_some(())
    })
    .await;
    assert_eq!(meter(&warroom, current).await, 1.0);

    fs::write(&file, format!("{people}[noise.storm]\nincidents = 7\n")).unwrap();
    until("other changes are told to wait", TAKEN_WITHIN, async || {
        warroom.process.log().contains("wait for the next start").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rules_folder_that_comes_back_is_current_again() {
    let folder = TempDir::new().unwrap();
    let (warroom, file) = start(&folder).await;
    let (dir, away) = (file.parent().unwrap(), folder.path().join("away"));
    fs::rename(dir, &away).unwrap();
    until("its absence is seen", TAKEN_WITHIN, async || {
        (meter(&warroom, CURRENT).await == 0.0).then_some(())
    })
    .await;
    fs::rename(&away, dir).unwrap();
    until("it is back", TAKEN_WITHIN, async || {
        (meter(&warroom, CURRENT).await == 1.0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sighup_reads_the_rules_at_once() {
    let folder = TempDir::new().unwrap();
    let (mut warroom, _file) = start(&folder).await;
    let good = "warroom_reloads_total{what=\"rules\",kind=\"good\"}";
    // The file is the same: only who asks is answered.
    for asked in 1..=3 {
        warroom.process.signal("HUP");
        until("SIGHUP is answered", AT_ONCE, async || {
            let text = warroom.get("/metrics").await.text;
            text.contains(&format!("{good} {asked}")).then_some(())
        })
        .await;
    }
    warroom.process.must_run();
}
