//! Rules that change under incidents that are open.

use chrono::TimeDelta;
use warroom::domain::ids::Number;

use super::lab::{Lab, Played, RULES, book, brain};
use warroom::engine::Book;

async fn survives(change: Book) {
    let (brain, _folder) = brain();
    let outside = Played::willing("pager");
    let lab = Lab::start(&brain, &outside).await;
    lab.fire(["cms".to_owned()]).await;
    lab.until("the first step is paged", async || outside.steps(1) == [1]).await;
    let before = lab.engine.incident(Number(1)).await.unwrap();

    lab.engine.reload(change);
    lab.deliver(vec![lab.report("cms", "two")]).await;
    let after = lab.engine.incident(Number(1)).await.unwrap();
    assert_eq!((&after.title, &after.rule), (&before.title, &before.rule));
    assert_eq!(after.alerts.firing, 2, "a new alert of the group left its incident");
    assert_eq!(lab.engine.incidents(None, 10).await.unwrap().len(), 1);

    lab.clock.advance(TimeDelta::minutes(6));
    lab.until("the second step is paged", async || outside.steps(1) == [1, 2]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_79_an_open_incident_keeps_the_policy_of_a_changed_rule() {
    survives(book(&RULES.replace("oncall", "nobody").replace("is ill", "is well"))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_79_an_open_incident_outlives_its_rule() {
    let (brain, _folder) = brain();
    let outside = Played::willing("pager");
    let lab = Lab::start(&brain, &outside).await;
    lab.fire(["cms".to_owned()]).await;
    lab.until("the first step is paged", async || outside.steps(1) == [1]).await;
    let looked = |lab: &Lab| lab.meter("warroom_decisions_total{kind=\"reconsidered\"}");
    let before = looked(&lab);
    lab.engine.reload(Book::default());
    lab.until("open incidents are looked at again", async || looked(&lab) > before).await;
    lab.clock.advance(TimeDelta::minutes(6));
    lab.until("the second step is paged", async || outside.steps(1) == [1, 2]).await;
    let incident = lab.engine.incident(Number(1)).await.unwrap();
    assert_eq!((incident.title.as_str(), incident.alerts.firing), ("cms is ill", 1));
}
