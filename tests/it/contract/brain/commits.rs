//! Commits: atomic, versioned, repeatable.

use std::sync::Arc;

use warroom::brain::{At, Error, Found, IndexChange, Key, Rows};
use warroom::domain::incident::{Event, Timer, TimerSet};

use super::Store;
use super::story::{Story, at, claim, fired, lease, note, one, opened, post, print_of, whole};

pub(crate) async fn a_commit_is_loaded_as_it_was_written(store: &Store) {
    let brain = &*store.brain;
    let mut story = Story::of(brain, "cms{env=\"prod\"}");
    assert_eq!(whole(brain, At::Case(story.case)).await, None);
    assert_eq!(whole(brain, At::Group(story.group())).await, None);
    let commit = story.begin(vec![fired("a"), fired("b"), opened(1)]);
    assert_eq!(one(brain, commit).await, Ok(Default::default()));
    assert_eq!(whole(brain, At::Case(story.case)).await, Some(story.loaded()));
    assert_eq!(whole(brain, At::Group(story.group())).await, Some(story.loaded()));
}

pub(crate) async fn replaying_the_events_gives_the_stored_state(store: &Store) {
    let brain = &*store.brain;
    let mut story = Story::begun(brain, "cms").await;
    for events in [vec![opened(1), fired("b")], vec![note("x")], vec![fired("c"), fired("b")]] {
        one(brain, story.next(events)).await.unwrap();
    }
    let events = brain.events(story.case, 1, 100).await.unwrap();
    assert_eq!(events, story.events);
    let replayed = warroom::domain::incident::Incident::replay(&events).unwrap();
    assert_eq!(whole(brain, At::Case(story.case)).await.unwrap().incident, replayed);
}

pub(crate) async fn the_answers_stand_in_the_order_of_the_commits(store: &Store) {
    let brain = &*store.brain;
    let (mut a, mut b, mut c) =
        (Story::of(brain, "a"), Story::begun(brain, "b").await, Story::of(brain, "c"));
    let mut stale = b.next(vec![note("late")]);
    stale.expected = 1;
    let commits = vec![a.begin(vec![fired("x")]), stale, c.begin(vec![fired("y")])];
    let answers = brain.commit(commits).await;
    let is_ok: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(is_ok, [true, false, true]);
    let wanted = [&a, &b, &c].map(|story| (At::Group(story.group()), Rows::Some(Vec::new())));
    let loaded = brain.load(wanted.to_vec()).await.unwrap();
    let cases: Vec<_> = loaded.into_iter().map(|loaded| loaded.unwrap().case).collect();
    assert_eq!(cases, [a.case, b.case, c.case]);
    assert_eq!(brain.commit(Vec::new()).await, []);
    assert_eq!(brain.load(Vec::new()).await, Ok(Vec::new()));
}

pub(crate) async fn two_commits_for_one_case_in_one_call_are_applied_in_order(store: &Store) {
    let brain = &*store.brain;
    let mut story = Story::of(brain, "cms");
    let first = story.begin(vec![fired("a")]);
    let second = story.next(vec![fired("b"), opened(1)]);
    let third = story.next(vec![fired("c"), fired("a")]);
    let answers = brain.commit(vec![first, second, third]).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(whole(brain, At::Group(story.group())).await, Some(story.loaded()));
    assert_eq!(brain.events(story.case, 1, 100).await.unwrap(), story.events);
}

pub(crate) async fn a_commit_that_saw_an_old_version_conflicts(store: &Store) {
    let brain = &*store.brain;
    let mut story = Story::begun(brain, "cms").await;
    let mut rival = story.clone();
    one(brain, story.next(vec![fired("b")])).await.unwrap();
    assert_eq!(one(brain, rival.next(vec![fired("c")])).await, Err(Error::Conflict));
    assert_eq!(whole(brain, At::Case(story.case)).await, Some(story.loaded()));

    let mut unknown = Story::of(brain, "nobody");
    unknown.state.head.version = 7;
    assert_eq!(one(brain, unknown.next(vec![fired("c")])).await, Err(Error::Conflict));
    let mut again = story.clone();
    again.state.head.version = 0;
    assert_eq!(one(brain, again.next(vec![fired("c")])).await, Err(Error::Conflict));
}

pub(crate) async fn a_commit_that_conflicts_writes_nothing(store: &Store) {
    let brain = &*store.brain;
    let mut story = Story::begun(brain, "cms").await;
    let mut rival = story.clone();
    one(brain, story.next(vec![fired("b")])).await.unwrap();
    let mut late = rival.order(vec![post("never")]);
    late.members.push((print_of("z"), story.state.members[&print_of("b")].clone()));
    late.timers = vec![(Timer::Expiry, TimerSet::At(at(5)))];
    let key = Key::Fingerprint(print_of("z"));
    late.index = vec![IndexChange::Put(key, Found { case: story.case, member: None })];
    late.lease = Some(lease(60));
    assert_eq!(one(brain, late).await, Err(Error::Conflict));
    assert_eq!(whole(brain, At::Case(story.case)).await, Some(story.loaded()));
    assert_eq!(brain.events(story.case, 1, 100).await.unwrap(), story.events);
    assert_eq!(brain.next_due().await, Ok(None));
    assert_eq!(claim(brain, 1000, 2000).await, []);
}

pub(crate) async fn a_repeated_command_gets_its_first_answer(store: &Store) {
    let brain = &*store.brain;
    let mut story = Story::begun(brain, "cms").await;
    let mut commit = story.order(vec![post("once"), post("only")]);
    commit.lease = Some(lease(60));
    let first = one(brain, commit.clone()).await.unwrap();
    assert_eq!(first.claimed.len(), 2);
    assert_eq!(one(brain, commit.clone()).await, Ok(first.clone()));
    assert_eq!(
        brain.commit(vec![commit.clone(), commit.clone()]).await,
        [Ok(first.clone()), Ok(first.clone())]
    );
    assert_eq!(whole(brain, At::Case(story.case)).await, Some(story.loaded()));
    assert_eq!(brain.events(story.case, 1, 100).await.unwrap(), story.events);
    // Its row is settled, other things have happened: the answer is still the first one.
    let mut settle = story.next(vec![note("done")]);
    settle.settles = Some((first.claimed[0].row, first.claimed[0].token));
    one(brain, settle.clone()).await.unwrap();
    assert_eq!(one(brain, commit).await, Ok(first));
    assert_eq!(one(brain, settle).await, Ok(Default::default()));
    assert_eq!(claim(brain, 1000, 2000).await.len(), 1);
    assert_eq!(whole(brain, At::Case(story.case)).await, Some(story.loaded()));
}

pub(crate) async fn a_case_conflicts_when_its_group_has_another(store: &Store) {
    let brain = &*store.brain;
    let story = Story::begun(brain, "cms").await;
    let mut rival = Story::of(brain, "cms");
    let mut begin = rival.begin(vec![fired("x")]);
    assert_eq!(one(brain, begin.clone()).await, Err(Error::Conflict));
    begin.command += 1;
    begin.replaces = Some(rival.case);
    assert_eq!(one(brain, begin).await, Err(Error::Conflict));
    assert_eq!(whole(brain, At::Case(rival.case)).await, None);
    assert_eq!(whole(brain, At::Group(story.group())).await, Some(story.loaded()));
}

pub(crate) async fn a_case_may_replace_the_one_it_saw(store: &Store) {
    let brain = &*store.brain;
    let mut old = Story::begun(brain, "cms").await;
    let mut new = Story::of(brain, "cms");
    let mut begin = new.begin(vec![fired("x")]);
    begin.replaces = Some(old.case);
    one(brain, begin).await.unwrap();
    assert_eq!(whole(brain, At::Group(new.group())).await, Some(new.loaded()));
    // The old one goes on under its id, and does not take the group back.
    one(brain, old.next(vec![note("late news")])).await.unwrap();
    assert_eq!(whole(brain, At::Case(old.case)).await, Some(old.loaded()));
    assert_eq!(whole(brain, At::Group(new.group())).await, Some(new.loaded()));
    // Whoever saw the old one as the current case is too late.
    let mut late = Story::of(brain, "cms");
    let mut begin = late.begin(vec![fired("y")]);
    begin.replaces = Some(old.case);
    assert_eq!(one(brain, begin).await, Err(Error::Conflict));
}

pub(crate) async fn what_begins_needs_the_current_case_of_its_group(store: &Store) {
    let brain = &*store.brain;
    let mut old = Story::begun(brain, "cms").await;
    let mut commit = old.next(vec![fired("still current")]);
    commit.is_current = true;
    one(brain, commit).await.unwrap();
    let mut new = Story::of(brain, "cms");
    let mut begin = new.begin(vec![fired("x")]);
    (begin.replaces, begin.is_current) = (Some(old.case), true);
    one(brain, begin).await.unwrap();
    let before = old.clone();
    let mut late = old.order(vec![post("never")]);
    let key = Key::Fingerprint(print_of("late"));
    late.index = vec![IndexChange::Put(key.clone(), Found { case: old.case, member: None })];
    late.is_current = true;
    assert_eq!(one(brain, late).await, Err(Error::Replaced));
    assert_eq!(whole(brain, At::Case(old.case)).await, Some(before.loaded()));
    assert_eq!(brain.find(vec![key]).await.unwrap(), [Vec::new()]);
    assert_eq!(claim(brain, 1000, 2000).await, []);
}

pub(crate) async fn one_of_two_cases_that_begin_at_once_conflicts(store: &Store) {
    let brain = &*store.brain;
    let (mut a, mut b) = (Story::of(brain, "cms"), Story::of(brain, "cms"));
    let answers = brain.commit(vec![a.begin(vec![fired("x")]), b.begin(vec![fired("x")])]).await;
    assert_eq!(answers, [Ok(Default::default()), Err(Error::Conflict)]);
    assert_eq!(whole(brain, At::Group(a.group())).await, Some(a.loaded()));
    assert_eq!(whole(brain, At::Case(b.case)).await, None);
}

pub(crate) async fn one_of_many_rivals_wins_each_version(store: &Store) {
    let story = Story::begun(&*store.brain, "cms").await;
    let rivals = (0..8).map(|rival| {
        let (brain, case) = (Arc::clone(&store.brain), story.case);
        let mut story = story.clone();
        async move {
            for round in 0..5 {
                loop {
                    let loaded = whole(&*brain, At::Case(case)).await.unwrap();
                    story.state = loaded.incident;
                    let commit = story.next(vec![note(&format!("{rival} {round}"))]);
                    match one(&*brain, commit).await {
                        Ok(_) => break,
                        Err(error) => assert_eq!(error, Error::Conflict),
                    }
                }
            }
        }
    });
    futures_util::future::join_all(rivals).await;
    let events = store.brain.events(story.case, 1, 1000).await.unwrap();
    let notes = events.iter().filter(|stored| matches!(stored.event, Event::NoteAdded { .. }));
    let texts: std::collections::BTreeSet<String> =
        notes.map(|stored| format!("{:?}", stored.event)).collect();
    assert_eq!((texts.len(), events.len()), (40, 42));
    assert!(events.iter().zip(1..).all(|(stored, number)| stored.number == number));
}

pub(crate) async fn only_the_wanted_members_are_loaded(store: &Store) {
    let brain = &*store.brain;
    let mut story = Story::of(brain, "cms");
    let begin = story.begin(vec![fired("a"), fired("b"), fired("c")]);
    one(brain, begin).await.unwrap();
    let wanted = vec![print_of("c"), print_of("unknown"), print_of("a")];
    let questions = vec![
        (At::Case(story.case), Rows::Some(wanted)),
        (At::Group(story.group()), Rows::Some(Vec::new())),
        (At::Case(story.case), Rows::All),
    ];
    let answers = brain.load(questions).await.unwrap();
    let keys = |answer: usize| -> Vec<_> {
        answers[answer].as_ref().unwrap().incident.members.keys().copied().collect()
    };
    let mut two = vec![print_of("a"), print_of("c")];
    two.sort_unstable();
    assert_eq!(keys(0), two);
    assert_eq!(keys(1), []);
    assert_eq!(keys(2).len(), 3);
    assert!(answers.iter().flatten().all(|loaded| loaded.incident.head == story.state.head));
}

pub(crate) async fn members_that_are_not_written_stay(store: &Store) {
    let brain = &*store.brain;
    let mut story = Story::of(brain, "cms");
    let names: Vec<String> = (0..300).map(|n| format!("alert-{n}")).collect();
    let all = names.iter().map(|name| fired(name)).collect();
    one(brain, story.begin(all)).await.unwrap();
    story.now = at(10);
    for chunk in names.chunks(7).take(30) {
        let stale = chunk.iter().map(|name| Event::AlertWentStale { fingerprint: print_of(name) });
        let commit = story.next(stale.collect());
        assert_eq!(commit.members.len(), chunk.len());
        one(brain, commit).await.unwrap();
    }
    assert_eq!(whole(brain, At::Case(story.case)).await, Some(story.loaded()));
}

pub(crate) async fn forgetting_deletes_every_row(store: &Store) {
    let brain = &*store.brain;
    let mut story = Story::begun(brain, "cms").await;
    let mut other = Story::begun(brain, "other").await;
    one(brain, other.order(vec![post("stays")])).await.unwrap();
    let mut busy = story.order(vec![post("a"), post("b")]);
    busy.timers = vec![(Timer::Forget, TimerSet::At(at(5))), (Timer::Card, TimerSet::At(at(6)))];
    busy.lease = Some(lease(60));
    let held = one(brain, busy).await.unwrap().claimed;
    let mut last = story.next(vec![note("the end")]);
    last.forget = true;
    one(brain, last).await.unwrap();
    assert_eq!(whole(brain, At::Case(story.case)).await, None);
    assert_eq!(whole(brain, At::Group(story.group())).await, None);
    assert_eq!(brain.events(story.case, 1, 100).await, Ok(Vec::new()));
    assert_eq!(brain.events_at(story.case, vec![1, 2]).await, Ok(Vec::new()));
    assert!(brain.live(None, 100).await.unwrap().cases.iter().all(|(case, _)| *case == other.case));
    assert_eq!(brain.renew(held[0].row, held[0].token, lease(90)).await, Err(Error::LeaseLost));
    assert_eq!(super::story::texts(&claim(brain, 1000, 2000).await), ["stays"]);
    assert_eq!(one(brain, story.next(vec![note("too late")])).await, Err(Error::Conflict));
    // The group is free again.
    let again = Story::begun(brain, "cms").await;
    assert_eq!(whole(brain, At::Group(story.group())).await, Some(again.loaded()));
    assert_eq!(whole(brain, At::Case(other.case)).await, Some(other.loaded()));
}

pub(crate) async fn forgetting_an_old_case_keeps_the_groups_new_one(store: &Store) {
    let brain = &*store.brain;
    let mut old = Story::begun(brain, "cms").await;
    let mut new = Story::of(brain, "cms");
    let mut begin = new.begin(vec![fired("x")]);
    begin.replaces = Some(old.case);
    one(brain, begin).await.unwrap();
    let mut last = old.next(Vec::new());
    last.forget = true;
    one(brain, last).await.unwrap();
    assert_eq!(whole(brain, At::Case(old.case)).await, None);
    assert_eq!(whole(brain, At::Group(new.group())).await, Some(new.loaded()));
}

pub(crate) async fn an_empty_commit_changes_only_the_agenda(store: &Store) {
    let brain = &*store.brain;
    let mut story = Story::begun(brain, "cms").await;
    let mut commit = story.next(Vec::new());
    commit.timers = vec![(Timer::Expiry, TimerSet::At(at(30)))];
    one(brain, commit).await.unwrap();
    assert_eq!(whole(brain, At::Case(story.case)).await, Some(story.loaded()));
    assert_eq!(brain.next_due().await, Ok(Some(at(30))));
    assert_eq!(brain.events(story.case, 1, 100).await.unwrap(), story.events);
}
