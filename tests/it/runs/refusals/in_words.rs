//! What is typed, or stands in a label, and would become more than data.

use chrono::TimeDelta;
use warroom::domain::access::{Grant, Subject};
use warroom::domain::alert::Labels;
use warroom::domain::run::{Plan, Wish};
use warroom::domain::runbook::{Book, Inventory, Values};

use super::{Row, typed};
use crate::runs::lab::{Lab, directory};

pub(super) async fn rows() -> Vec<Row> {
    let mut rows = parameters().await;
    rows.extend(labels());
    rows.extend(grants().await);
    rows
}

async fn parameters() -> Vec<Row> {
    let lab = Lab::start("watch").await;
    let injected = [
        "run mend \"shop; reboot\"",
        "run mend \"$(reboot)\"",
        "run mend \"`reboot`\"",
        "run mend \"shop\u{7f}\"",
        "run mend \"{{ service }}\"",
        "run mend ../shop",
        "deploy shop production \"1.2 --force\"",
    ];
    let mut rows = typed(&lab, "injection", &injected.map(|line| ("ana", line))).await;
    let options = ["run mend --help", "run mend -rf", "run mend service=--all"];
    rows.extend(typed(&lab, "option-like", &options.map(|line| ("ana", line))).await);
    let wrong = [
        "run mend",
        "run mend shop bank",
        "run mend shop host=db1",
        "run mned shop",
        "run cut \"\"",
        "deploy shop moon 1.2",
        "deploy bank staging 1.2",
        "deploy shop production",
    ];
    rows.extend(typed(&lab, "not well-formed", &wrong.map(|line| ("ana", line))).await);
    let long = format!("run mend {}", "a".repeat(201));
    rows.extend(typed(&lab, "too long", &[("ana", &long)]).await);
    assert!(lab.given().is_empty() && lab.engine.runs(10).await.unwrap().is_empty());
    rows
}

/// What a label would choose: it stands in an alert that anybody may have sent.
fn labels() -> Vec<Row> {
    const REBOOT: &str = r#"
name = "reboot"
summary = "Restarts a host"
target = "host/{{ host }}"
params.host = { from = "labels.instance", inventory = "web", pattern = "[a-z0-9.-]+" }
undo = "irreversible"
[[step]]
name = "reboot"
ssh = { host = "{{ host }}", command = ["reboot"] }
"#;
    let mut out = warroom::domain::diagnostic::Diagnostics::default();
    let text = "[production]\nweb = [\"web1\", \"web2\"]\n";
    let tree = warroom::domain::files::parse("inventory.toml", text, &mut out);
    let inventory = Inventory::read(&tree, &mut out).unwrap();
    let texts = [("reboot.toml".to_owned(), REBOOT.to_owned())];
    let (book, said) = Book::parse_with(&texts, warroom::wiring::KINDS, &inventory.into());
    assert!(!said.has_errors(), "{said}");
    let plan = |host: &str| {
        let labels = Labels::from([("instance".into(), host.into())]);
        let wish = Wish { typed: &Values::new(), labels: &labels, environment: None };
        Plan::make(book.get("reboot").unwrap(), wish)
    };
    plan("web1").unwrap();
    let hosts = ["db1", "web1.evil.example", "web1;reboot", "-oProxyCommand=x", "", "web1\n"];
    let row = |host: &&str| Row {
        kind: "foreign host",
        attempt: format!("a label instance={host:?}"),
        said: plan(host).unwrap_err(),
    };
    hosts.iter().map(row).collect()
}

async fn grants() -> Vec<Row> {
    let lab = Lab::start("watch").await;
    let mut known = directory();
    let one = |verb: &str, resource: &str, hours: i64| Grant {
        subject: Subject::Person("dan".into()),
        verbs: vec![verb.into()],
        resources: vec![resource.into()],
        environments: Vec::new(),
        denies: false,
        until: Some(warroom::engine::clock::wall() + TimeDelta::hours(hours)),
        origin: "test.toml:9".into(),
    };
    let rights = std::sync::Arc::make_mut(&mut known.rights);
    rights.grants.extend([one("grant", "*", 99), one("deploy", "shop", 3)]);
    lab.engine.admit(known);
    let beyond = [
        "grant deploy:shop to @gus for 4h",
        "grant deploy:bank to @gus for 1h",
        "grant grant:shop to @gus for 1h",
        "grant deploy:* to @gus for 1h",
        "grant *:shop to @gus for 1h",
        "grant deploy:shop to @gus for 91d",
        "grant deploy:shop to @gus",
        "grant deploy:shop to @nobody for 1h",
    ];
    typed(&lab, "grant beyond one's own", &beyond.map(|line| ("dan", line))).await
}
