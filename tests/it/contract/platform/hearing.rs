//! What is heard from a platform, and what becomes of answers that are none.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use warroom::adapters::chat::platform::{Buttons, Ears, Heard, Manner, Opening, What};
use warroom::adapters::failure::Failure;
use warroom::domain::room::{Button, Post, Style};

use super::{Notebook, SOON, Stage, open, say, saying, sees};
use crate::world::stand_in::{Manner as Bad, StandIn};
use crate::world::wait::{pass, until};

/// Hears what happens there until it is dropped.
pub(crate) struct Listening {
    pub(crate) notebook: Arc<Notebook>,
    stop: CancellationToken,
}

impl Listening {
    pub(crate) fn to(stage: &impl Stage) -> Self {
        let (notebook, stop) = (Arc::new(Notebook::default()), CancellationToken::new());
        let (platform, ears, token) = (stage.platform(), notebook.clone(), stop.clone());
        #[expect(clippy::disallowed_methods, reason = "nobody tracks a listener of a test")]
        tokio::spawn(async move { platform.listen(ears as Arc<dyn Ears>, token).await });
        Self { notebook, stop }
    }

    /// Waits for something that is heard.
    pub(crate) async fn until(&self, what: &str, is_meant: impl Fn(&Heard) -> bool) -> Heard {
        until(what, SOON, async || self.notebook.all().into_iter().find(&is_meant)).await
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// The text of a line.
pub(crate) fn line(heard: &Heard) -> Option<&str> {
    match &heard.what {
        What::Line { text, .. } => Some(text),
        What::Picked { .. } | What::RoomChanged { .. } | What::Gap => None,
    }
}

pub(crate) async fn a_line_is_heard_once_with_its_speaker(stage: impl Stage) {
    let listening = Listening::to(&stage);
    let room = open(&stage, "case-12", "inc-12-cms").await;
    let post = Post::text("Our own words");
    say(&stage, &room, saying("12.1", &post)).await;
    stage.types(&room.id, "status of cms, \u{201c}please\u{201d}").await;
    stage.types(&room.id, "ack").await;
    let first =
        listening.until("a line", |heard| line(heard).is_some_and(|it| it.contains("status")));
    let first = first.await;
    let second = listening.until("the next", |heard| line(heard) == Some("ack")).await;
    for heard in [&first, &second] {
        assert_eq!(heard.by.id, stage.person(), "known by an id that nobody can take");
        assert_eq!(heard.room.as_deref(), Some(room.id.as_str()));
        assert!(!heard.by.is_bot && !heard.by.is_guest, "{heard:?}");
        let is_typed = matches!(heard.what, What::Line { manner: Manner::Typed, .. });
        assert!(is_typed, "{heard:?}");
    }
    assert_ne!(first.id, second.id);
    pass(Duration::from_millis(500)).await;
    let all = listening.notebook.all();
    assert_eq!(all.iter().filter(|heard| line(heard) == Some("ack")).count(), 1, "{all:?}");
    let own = all.iter().find(|heard| line(heard) == Some("Our own words"));
    assert!(own.is_none_or(|own| own.by.is_bot), "our own words came from a person: {own:?}");
}

pub(crate) async fn a_choice_is_heard_by_its_place(stage: impl Stage) {
    let listening = Listening::to(&stage);
    let room = open(&stage, "case-13", "inc-13-cms").await;
    let button = |label: &str, command: &str| Button {
        label: label.to_owned(),
        command: command.to_owned(),
        style: Style::Normal,
    };
    let buttons = vec![button("Ack", "ack 13"), button("Resolve", "resolve 13")];
    let post = Post { buttons, ..Post::text("Firing") };
    let sent = say(&stage, &room, saying("13.1", &post)).await;
    let native = stage.platform().abilities().buttons == Buttons::Native;
    sees(&stage, &room, &sent, |seen| seen.choices == 2 || !native).await;
    stage.picks(&room.id, &sent.id, 1).await;
    let heard =
        listening.until("the choice", |heard| matches!(heard.what, What::Picked { .. })).await;
    assert_eq!(heard.what, What::Picked { message: sent.id, choice: 1 });
    assert_eq!(heard.by.id, stage.person());
    assert_eq!(heard.room.as_deref(), Some(room.id.as_str()));
}

pub(crate) async fn nonsense_for_an_answer_is_a_failure_without_secrets(stage: impl Stage) {
    let page = "<!DOCTYPE html><html><body>Sign in to the network</body></html>";
    let answers = [
        Bad::Says("200 OK", page.to_owned()),
        Bad::Says("502 Bad Gateway", page.to_owned()),
        Bad::Says("200 OK", "{\"ok\":tr".to_owned()),
        Bad::Says("200 OK", String::new()),
        Bad::Says("200 OK", "[]".to_owned()),
        Bad::Redirects("https://evil.example/".to_owned()),
    ];
    for answer in answers {
        let server = StandIn::start(answer.clone()).await;
        let platform = stage.at(server.address());
        let opening = Opening {
            marker: "case-14",
            is_retry: false,
            name: "inc-14",
            topic: "A test",
            invite: &[],
        };
        let failure = platform.open(opening).await.expect_err("nonsense is no room");
        check(&stage, &failure, &answer);
        let post = Post::text("Anybody there?");
        let failure = platform.say("C1", saying("14.1", &post)).await.expect_err("nonsense");
        check(&stage, &failure, &answer);
        let findings = format!("{:?}", platform.check().await);
        assert!(findings.contains("is_well: false"), "{findings}");
        for secret in stage.secrets() {
            assert!(!findings.contains(&secret), "the doctor tells a secret");
        }
    }
}

/// What was sent may have been done, or an operator has to look; it is never simply refused.
fn check(stage: &impl Stage, failure: &Failure, answer: &Bad) {
    let is_right = !matches!(failure, Failure::Refused { .. });
    assert!(is_right, "{failure:?} for {answer:?}");
    let told = format!("{failure:?} {failure}");
    for secret in stage.secrets() {
        assert!(!told.contains(&secret), "a secret stands in an error: {answer:?}");
    }
}

pub(crate) async fn nobody_there_is_a_failure_that_passes(stage: impl Stage) {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let platform = stage.at(&address);
    let post = Post::text("Anybody there?");
    let failure = platform.say("C1", saying("15.1", &post)).await.expect_err("nobody is there");
    assert!(matches!(failure, Failure::Retry { .. } | Failure::Unknown { .. }), "{failure:?}");
}
