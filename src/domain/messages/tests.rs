//! Every message as people see it: read these before changing a word.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use insta::assert_snapshot;

use super::*;
use crate::domain::alert::{Alert, Labels};
use crate::domain::ids::{CaseId, Fingerprint, GroupKey, Number};
use crate::domain::incident::{
    Cause, Child, Counts, Head, HeldBy, Incident, Member, MemberStatus, Moment, Phase, Policy,
    RuleRef, Slot,
};

fn at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_316_400, 0).unwrap()
}

fn policy() -> Arc<Policy> {
    Arc::new(Policy {
        rule: rule(),
        also: Vec::new(),
        title: "db1 runs out of disk".into(),
        severity: "sev2".into(),
        labels: [("instance".into(), "db1".into())].into(),
        room: None,
        ticket: None,
        graphs: Vec::new(),
        page: Some("db".into()),
        escalation: None,
        notify: Vec::new(),
        run: None,
        timing: Default::default(),
        files: Default::default(),
    })
}

fn rule() -> RuleRef {
    RuleRef { name: "disk".into(), file: "rules/db.toml".into(), line: 2 }
}

fn head() -> Head {
    let mut head = Incident::begin(GroupKey("g".into()), at()).head;
    head.phase = Phase::Triggered;
    head.number = Some(Number(7));
    head.policy = Some(policy());
    head.severity = "sev2".into();
    head.opened_at = Some(at());
    head.step = 1;
    head.counts = Counts { firing: 2, held: 0, resolved: 1, stale: 0, flapping: 0 };
    head
}

fn silence() -> HeldBy {
    HeldBy::Silence { id: "5f1c".into(), comment: "new disks".into(), until: Some(at()) }
}

fn member(status: MemberStatus) -> Member {
    Member {
        status,
        starts_at: at(),
        expires_at: None,
        ended_at: None,
        content: 1,
        content_hash: 0,
        changes: Vec::new(),
        flapping: false,
    }
}

#[test]
fn a_card_says_what_is_and_what_to_do() {
    let mut head = head();
    head.ticket = Slot::There("T-9".into());
    head.counts.flapping = 1;
    assert_snapshot!(card(&head).text, @r"
    #7 db1 runs out of disk (sev2)
    Nobody has taken it yet. Type: ack
    2 firing, 1 resolved, 1 flapping
    since 2026-11-22 03:00 UTC
    ticket T-9
    ");
    head.exhausted = true;
    assert_snapshot!(card(&head).text.lines().nth(1).unwrap(), @"Nobody has answered, and everybody was paged. Type: ack");
    head.pages_failed = 1;
    assert_snapshot!(card(&head).text.lines().nth(1).unwrap(), @"Nobody knows of it: no page could be delivered. Type: ack");
    head.phase = Phase::Acknowledged;
    head.acknowledged_by = Some("ana".into());
    assert_snapshot!(card(&head).text.lines().nth(1).unwrap(), @"ana has taken it.");
    head.phase = Phase::Closed;
    head.resolved_by = Some("ana".into());
    assert_snapshot!(card(&head).text.lines().nth(1).unwrap(), @"Resolved by ana.");
    head.phase = Phase::Merged;
    assert_snapshot!(card(&head).text.lines().nth(1).unwrap(), @"Merged into another incident, which speaks for both.");
}

#[test]
fn an_umbrella_shows_its_newest_children() {
    let mut head = head();
    head.children.open = 5;
    for number in 8..=9 {
        let case = CaseId { shard: 0, serial: number };
        let title = format!("db{number} runs out of disk");
        head.children.newest.push(Child { case, number: Number(number), title });
    }
    assert_snapshot!(card(&head).text, @r"
    #7 db1 runs out of disk (sev2)
    Nobody has taken it yet. Type: ack
    2 firing, 1 resolved
    since 2026-11-22 03:00 UTC
    #9 db9 runs out of disk
    #8 db8 runs out of disk
    and 3 more
    ");
}

#[test]
fn a_page_fits_a_phone() {
    assert_snapshot!(page(&head()), @"#7 db1 runs out of disk (sev2), since 2026-11-22 03:00 UTC. Acknowledge to stop further pages.");
    assert_snapshot!(merged(Number(7)), @"#7 was merged into another incident, which speaks for both.");
}

#[test]
fn an_end_says_why_and_what_is_left() {
    let person = Cause::Person { by: "ana".into() };
    assert_snapshot!(over(Number(7), &policy(), &Cause::AlertsCleared, 0), @"#7 is resolved: all alerts have cleared. db1 runs out of disk.");
    assert_snapshot!(over(Number(7), &policy(), &person, 1), @"#7 is resolved: ana says so. db1 runs out of disk. 1 alert still fires: you hear of it again only when an alert fires anew.");
    assert_snapshot!(over(Number(7), &policy(), &Cause::Parent, 2), @"#7 is resolved: the incident that it belongs to is over. db1 runs out of disk. 2 alerts still fire: you hear of it again only when an alert fires anew.");
    assert_snapshot!(came_back(&head()), @"#7 is back: db1 runs out of disk. Same room, same ticket.");
}

#[test]
fn a_ticket_stands_alone() {
    assert_snapshot!(ticket_body(&policy()), @r"
    db1 runs out of disk

    instance: db1

    Opened by rule disk (rules/db.toml:2).
    ");
    let mut head = head();
    head.resolved_at = Some(at());
    assert_snapshot!(ticket_closed(&head), @"Incident #7 is over since 2026-11-22 03:00 UTC. The timeline is in warroom.");
}

#[test]
fn a_hold_says_until_when() {
    assert_snapshot!(all_held(&silence()), @"Held back: silence 5f1c (new disks) holds it until 2026-11-22 03:00 UTC. Until it lets go nobody is paged.");
    assert_snapshot!(held_no_longer(&head()), @"No longer held back, 2 alerts firing: pages go on. Type: ack");
    let mut head = head();
    head.phase = Phase::Acknowledged;
    assert_snapshot!(held_no_longer(&head), @"No longer held back: 2 alerts firing.");
}

#[test]
fn other_rooms_hear_one_line() {
    let mut head = head();
    head.acknowledged_by = Some("ana".into());
    let moments = [Moment::Opened, Moment::Acknowledged, Moment::Reopened, Moment::Resolved];
    let lines = moments.map(|moment| notice(&head, moment)).join("\n");
    assert_snapshot!(lines, @r"
    #7 opened: db1 runs out of disk (sev2)
    #7 is taken by ana: db1 runs out of disk (sev2)
    #7 is back: db1 runs out of disk (sev2)
    #7 is resolved: db1 runs out of disk (sev2)
    ");
}

#[test]
fn what_went_wrong_says_what_to_do() {
    let mut head = head();
    head.counts.stale = 1;
    assert_snapshot!(gone_stale(&head), @"The source has gone quiet about #7 (1 alert): nothing says that it is over. Look, then type: resolve");
    assert_snapshot!(exhausted(&head), @"Everybody was paged for #7 and nobody has answered. Type: ack");
    assert_snapshot!(page_failed(None, "401"), @"A page could not be delivered (401). The next step is paged now.");
    assert_snapshot!(run_refused("no such runbook"), @"The runbook did not start, nothing was changed: no such runbook");
    assert_snapshot!(no_ticket("401"), @"There is no ticket: 401");
    assert_snapshot!(not_now(Number(7), Phase::Closed), @"#7 is closed already: nothing was changed");
    let alert = Alert {
        labels: [("alertname".into(), "disk_full".into())].into(),
        annotations: Labels::new(),
        starts_at: at(),
        is_start_unnamed: false,
        generator_url: Default::default(),
        source: Default::default(),
    };
    assert_snapshot!(source_note(&alert, "looking"), @"disk_full: looking");
}

#[test]
fn why_names_what_decided() {
    let mut quiet = head();
    quiet.number = None;
    quiet.policy = None;
    let inhibition = HeldBy::Inhibition {
        rule: "down".into(),
        file: "rules/db.toml".into(),
        line: 9,
        source: Fingerprint(1),
    };
    let held = |by| why(&quiet, &member(MemberStatus::Held(by)), None);
    assert_snapshot!(held(HeldBy::NoRule), @"It did nothing: no rule matches it.");
    assert_snapshot!(held(silence()), @"It did nothing: silence 5f1c (new disks) holds it until 2026-11-22 03:00 UTC.");
    assert_snapshot!(held(inhibition), @"It did nothing: inhibition down (rules/db.toml:9) holds it while alert 0000000000000001 fires.");
    let mut waiting = quiet.clone();
    waiting.throttled_until = Some(at());
    waiting.throttled_by = "rooms/rule/disk".into();
    let firing = member(MemberStatus::Firing);
    assert_snapshot!(why(&waiting, &firing, Some(&rule())), @"It fires, rule disk (rules/db.toml:2) wants it, and its incident waits for the limit on rooms of rule disk until 2026-11-22 03:00 UTC.");
    assert_snapshot!(why(&head(), &firing, Some(&rule())), @"It fires, and belongs to incident #7 by rule disk (rules/db.toml:2).");
    let mut over = head();
    over.phase = Phase::Closed;
    over.resolved_by = Some("ana".into());
    assert_snapshot!(why(&over, &firing, None), @"It fires, but incident #7 was resolved by ana: nobody hears of it until it fires anew.");
    assert_snapshot!(why(&over, &member(MemberStatus::Resolved), None), @"It has ended; it belonged to incident #7 by rule disk (rules/db.toml:2).");
    assert_snapshot!(why(&quiet, &member(MemberStatus::Resolved), None), @"It has ended, and never opened an incident.");
    assert_snapshot!(why(&head(), &member(MemberStatus::Stale), None), @"Its source has not reported it for too long; it belongs to incident #7.");
}
