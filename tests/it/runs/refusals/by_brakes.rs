//! What is held back though somebody may: halts, freezes, locks, limits, and questions that lapse.

use chrono::TimeDelta;
use warroom::domain::run::{How, Phase};

use super::{Row, typed};
use crate::runs::lab::Lab;

pub(super) async fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (kind, line) in [
        ("halted", "halt 2h migration"),
        ("halted service", "halt service shop"),
        ("halted runbook", "halt runbook mend"),
        ("frozen", "freeze shop for 2h sale"),
        ("locked", "lock shop \"migration\" 2h"),
    ] {
        rows.push(held(kind, line).await);
    }
    rows.push(came_back().await);
    rows.extend(lapsed().await);
    rows
}

/// A rule's run that a brake holds: it is refused, and its message says why.
async fn held(kind: &'static str, line: &str) -> Row {
    let lab = Lab::start("auto").await;
    lab.types("ana", line).await;
    lab.alert("shop", false).await;
    let run = lab.run(1, |run| run.ended_at.is_some()).await;
    assert_eq!(run.phase, Phase::Over(How::Refused), "{kind}");
    assert!(lab.given().is_empty(), "{kind}");
    Row { kind, attempt: "a rule: run mend shop".to_owned(), said: run.post.text }
}

async fn came_back() -> Row {
    let lab = Lab::start("auto").await;
    lab.alert("shop", false).await;
    lab.run(1, |run| run.phase == Phase::Over(How::Succeeded)).await;
    lab.alert("shop", true).await;
    lab.closed(1).await;
    lab.clock.pass(TimeDelta::minutes(30));
    lab.alert("shop", false).await;
    let run = lab.run(2, |run| run.ended_at.is_some()).await;
    assert_eq!(lab.given(), ["restart shop"]);
    Row { kind: "came back", attempt: "a rule: run mend shop".to_owned(), said: run.post.text }
}

async fn lapsed() -> Vec<Row> {
    let lab = Lab::start("approve").await;
    lab.alert("shop", false).await;
    lab.run(1, |run| run.phase == Phase::Asking).await;
    lab.says("waits for an approval").await;
    lab.alert("shop", true).await;
    lab.run(1, |run| run.ended_at.is_some()).await;
    let mut rows = typed(&lab, "alert cleared", &[("ben", "approve 1")]).await;
    lab.types("ben", "lock shop \"mine\" 2h").await;
    rows.extend(typed(&lab, "somebody else's lock", &[("ana", "lock shop \"x\" 1h")]).await);
    lab.types("ben", "unlock shop").await;
    rows.extend(typed(&lab, "nothing locked", &[("ana", "unlock shop")]).await);
    let ends = [("ana", "freeze shop for 91d"), ("ana", "freeze shop until 2020-01-01")];
    rows.extend(typed(&lab, "freeze without an end", &ends).await);
    assert!(lab.given().is_empty());
    rows
}
