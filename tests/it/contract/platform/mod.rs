//! What every chat platform must do, run over each of them: the stand-ins of what cannot be
//! installed, and real servers of what can.
//!
//! A platform joins with a [`Stage`] and one line: `platform_suite!(slack, super::start);`, where
//! `async fn start() -> Option<Stage>`. What a platform cannot do stands in its abilities; the suite
//! asks for nothing else.

mod hearing;

#[cfg(any(feature = "matrix", feature = "mattermost", feature = "xmpp"))]
pub(crate) use hearing::{Listening, line};
pub(crate) use hearing::{
    a_choice_is_heard_by_its_place, a_line_is_heard_once_with_its_speaker,
    nobody_there_is_a_failure_that_passes, nonsense_for_an_answer_is_a_failure_without_secrets,
};

use std::sync::{Arc, Mutex};
use std::time::Duration;

use compact_str::CompactString;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use warroom::adapters::chat::platform::{Ears, Heard, Opening, Platform, Room, Saying, Sent};
use warroom::adapters::failure::Failure;
use warroom::domain::room::{Picture, Post};

use crate::world::wait::{pass, until};

macro_rules! platform_suite {
    ($platform:ident, $start:path) => {
        $crate::contract::platform::each! { $platform, $start,
            a_try_that_hung_and_its_repetition_are_one_room,
            a_strangers_room_is_never_ours,
            a_key_said_again_is_one_message,
            the_card_is_pinned_and_edited_in_place,
            every_text_is_data,
            a_long_text_is_cut_with_a_word,
            a_picture_comes_with_its_words,
            people_are_invited_once,
            a_closed_room_is_brought_back,
            a_room_that_is_gone_is_refused_and_made_anew,
            a_line_is_heard_once_with_its_speaker,
            a_choice_is_heard_by_its_place,
            nonsense_for_an_answer_is_a_failure_without_secrets,
            nobody_there_is_a_failure_that_passes,
        }
    };
}

macro_rules! each {
    ($platform:ident, $start:path, $($check:ident),+ $(,)?) => {
        mod $platform {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $check() {
                    // A server that cannot be started here was reported as skipped.
                    if let Some(stage) = $start().await {
                        $crate::contract::platform::$check(stage).await;
                    }
                }
            )+
        }
    };
}

pub(crate) use {each, platform_suite};

/// For what a server does by itself, on a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// A platform with somebody on it who is no program of ours.
pub(crate) trait Stage: Send + Sync + 'static {
    /// The platform, as `wiring` would build it.
    fn platform(&self) -> Arc<dyn Platform>;

    /// The same, for a server at this `host:port`, which will misbehave.
    fn at(&self, address: &str) -> Arc<dyn Platform>;

    /// What must never stand in an error.
    fn secrets(&self) -> Vec<String>;

    /// The id of a person there who is in no room yet.
    fn person(&self) -> CompactString;

    /// The ids of the rooms that are there and open.
    fn rooms(&self) -> impl Future<Output = Vec<String>> + Send;

    /// The messages of a room as somebody's client shows them, the oldest first, edits done.
    fn seen(&self, room: &str) -> impl Future<Output = Vec<Seen>> + Send;

    /// The people who are in a room or invited, by id.
    fn members(&self, room: &str) -> impl Future<Output = Vec<String>> + Send;

    /// A stranger makes a room of this name, as far as rooms have names of their own there.
    fn occupy(&self, name: &str) -> impl Future<Output = ()> + Send;

    /// The person comes into the room, and types this.
    fn types(&self, room: &str, text: &str) -> impl Future<Output = ()> + Send;

    /// The person picks a choice of a message, as the platform does that.
    fn picks(&self, room: &str, message: &str, choice: usize) -> impl Future<Output = ()> + Send;

    /// Somebody there deletes the room for good.
    fn delete(&self, room: &str) -> impl Future<Output = ()> + Send;
}

/// A message as a person sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The id that was given for it.
    pub(crate) id: String,
    /// The letters on the screen, all parts of it.
    pub(crate) text: String,
    /// Whether anything in it calls, mentions or notifies somebody.
    pub(crate) mentions: bool,
    /// Whether letters of the text became format: bold, a heading, a link, a picture.
    pub(crate) formats: bool,
    /// The words of its pictures, or of those that hang below it.
    pub(crate) alts: Vec<String>,
    /// What can be picked.
    pub(crate) choices: usize,
    /// Whether it is pinned.
    pub(crate) is_pinned: bool,
}

/// Remembers what it hears.
#[derive(Debug, Default)]
pub(crate) struct Notebook {
    heard: Mutex<Vec<Heard>>,
    mark: Mutex<Option<String>>,
}

impl Notebook {
    /// Everything so far, each event once.
    pub(crate) fn all(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }
}

impl Ears for Notebook {
    fn hear(&self, heard: Heard) -> BoxFuture<'_, Result<(), Failure>> {
        let mut all = self.heard.lock().unwrap();
        if all.iter().all(|known| known.id != heard.id) {
            all.push(heard);
        }
        async { Ok(()) }.boxed()
    }

    fn bookmark(&self) -> BoxFuture<'_, Result<Option<String>, Failure>> {
        let mark = self.mark.lock().unwrap().clone();
        async { Ok(mark) }.boxed()
    }

    fn mark<'a>(&'a self, bookmark: &'a str) -> BoxFuture<'a, Result<(), Failure>> {
        *self.mark.lock().unwrap() = Some(bookmark.to_owned());
        async { Ok(()) }.boxed()
    }
}

/// Says what a budget lets it say: a platform that asks to wait is asked again.
pub(crate) async fn patiently<T>(
    what: &str,
    mut ask: impl AsyncFnMut() -> Result<T, Failure>,
) -> Result<T, Failure> {
    for _ in 0..20 {
        match ask().await {
            Err(Failure::Retry { after, .. }) => {
                pass(after.unwrap_or(Duration::from_millis(200))).await;
            }
            done => return done,
        }
    }
    panic!("asked to wait twenty times: {what}");
}

fn opening<'a>(marker: &'a str, name: &'a str) -> Opening<'a> {
    Opening { marker, is_retry: false, name, topic: "A test", invite: &[] }
}

pub(crate) async fn open(stage: &impl Stage, marker: &str, name: &str) -> Room {
    let opening = opening(marker, name);
    let platform = stage.platform();
    patiently("open", async || platform.open(opening.clone()).await).await.unwrap()
}

pub(crate) fn saying<'a>(key: &'a str, post: &'a Post) -> Saying<'a> {
    Saying {
        key,
        is_retry: false,
        post,
        by: None,
        picture: None,
        edits: None,
        below: None,
        pin: false,
    }
}

pub(crate) async fn say(stage: &impl Stage, room: &Room, saying: Saying<'_>) -> Sent {
    let platform = stage.platform();
    let said = patiently("say", async || platform.say(&room.id, saying.clone()).await).await;
    said.unwrap_or_else(|failure| panic!("not said: {failure:?}"))
}

/// The message, once it is seen and this holds of it.
pub(crate) async fn sees(
    stage: &impl Stage,
    room: &Room,
    sent: &Sent,
    holds: impl Fn(&Seen) -> bool,
) -> Seen {
    until("the message is seen", SOON, async || {
        let seen = stage.seen(&room.id).await.into_iter().find(|seen| seen.id == sent.id);
        seen.filter(&holds)
    })
    .await
}

pub(crate) async fn a_try_that_hung_and_its_repetition_are_one_room(stage: impl Stage) {
    let first = open(&stage, "case-1", "inc-1-cms").await;
    let opening = Opening { is_retry: true, ..opening("case-1", "inc-1-cms") };
    let platform = stage.platform();
    let again = patiently("open", async || platform.open(opening.clone()).await).await.unwrap();
    assert_eq!(again.id, first.id);
    assert_eq!(stage.rooms().await.iter().filter(|id| **id == first.id.as_str()).count(), 1);
    let other = open(&stage, "case-2", "inc-1-cms").await;
    assert_ne!(other.id, first.id, "another marker is another room, whatever its name");
}

pub(crate) async fn a_strangers_room_is_never_ours(stage: impl Stage) {
    stage.occupy("inc-7-db").await;
    let before = stage.rooms().await;
    let room = open(&stage, "case-7", "inc-7-db").await;
    assert!(!before.contains(&room.id.to_string()), "the stranger's room was taken: {room:?}");
    assert!(room.name.chars().count() <= stage.platform().abilities().name_max);
}

pub(crate) async fn a_key_said_again_is_one_message(stage: impl Stage) {
    let room = open(&stage, "case-3", "inc-3-cms").await;
    let post = Post::text("Said once");
    let first = say(&stage, &room, saying("3.1", &post)).await;
    sees(&stage, &room, &first, |seen| seen.text.contains("Said once")).await;
    let again = say(&stage, &room, Saying { is_retry: true, ..saying("3.1", &post) }).await;
    let shown = stage.seen(&room.id).await;
    let count = shown.iter().filter(|seen| seen.text.contains("Said once")).count();
    if stage.platform().abilities().finds_posts {
        assert_eq!((again.id, count), (first.id, 1));
    } else {
        assert!((1..=2).contains(&count), "{count} of one message, documented are two at most");
    }
}

pub(crate) async fn the_card_is_pinned_and_edited_in_place(stage: impl Stage) {
    let room = open(&stage, "case-4", "inc-4-cms").await;
    let abilities = stage.platform().abilities().clone();
    let post = Post::text("Firing, nobody has taken it");
    let card = say(&stage, &room, Saying { pin: true, ..saying("4.1", &post) }).await;
    let pinned = sees(&stage, &room, &card, |seen| seen.is_pinned || !abilities.pins).await;
    assert!(pinned.text.contains("nobody has taken it"));
    let post = Post::text("Ana has taken it");
    let edit = Saying { edits: Some(&card.id), ..saying("4.2", &post) };
    let edited = say(&stage, &room, edit).await;
    if abilities.edits {
        assert_eq!(edited.id, card.id, "an edited message keeps its id");
        let seen = sees(&stage, &room, &card, |seen| seen.text.contains("Ana has taken it")).await;
        assert!(!seen.text.contains("nobody has taken it"));
        let shown = stage.seen(&room.id).await;
        assert_eq!(shown.iter().filter(|seen| seen.text.contains("taken it")).count(), 1);
    }
}

/// What labels and people may hold, and what no reader may be called or fooled by.
pub(crate) const HOSTILE: [&str; 9] = [
    "<!channel> <!here> <!everyone> <@U0000001> <#C0000001> <https://evil.example|status page>",
    "@channel @here @everyone @all @room ~here [click](https://evil.example) ![x](https://e.example/x.png)",
    "*bold* _italic_ ~struck~ `code` ```fence``` **strong** __under__ # head",
    "> quote\n- list\n1. list\n| a | b |\n|---|---|",
    "<b>bold</b><script>alert(1)</script><img src=x onerror=alert(1)> &amp; &lt;b&gt; &#60;",
    "</body></message><message type='groupchat'><body>forged</body></message>]]><!--",
    "{{ labels.x }} {% raw %} $(id) `id` ${HOME} %s %n",
    "/archive /kick @ana /me waves",
    "\u{202e}txet desrever\u{202c} :fire: e\u{301}\u{301}\u{301}",
];

pub(crate) async fn every_text_is_data(stage: impl Stage) {
    let room = open(&stage, "case-5", "inc-5-cms").await;
    for (at, hostile) in HOSTILE.iter().enumerate() {
        let post = Post::text(*hostile);
        let key = format!("5.{at}");
        let sent = say(&stage, &room, saying(&key, &post)).await;
        let seen = sees(&stage, &room, &sent, |seen| !seen.text.is_empty()).await;
        assert!(!seen.mentions, "it calls somebody: {hostile:?} as {seen:?}");
        assert!(!seen.formats, "it became format: {hostile:?} as {seen:?}");
        for word in hostile.split_whitespace() {
            let is_plain = word.chars().all(|c| c.is_ascii_graphic());
            assert!(!is_plain || seen.text.contains(word), "{word:?} is lost: {seen:?}");
        }
    }
    let post = Post::text("Said elsewhere");
    let by = Saying { by: Some("<!channel> *ana*"), ..saying("5.by", &post) };
    let sent = say(&stage, &room, by).await;
    let seen = sees(&stage, &room, &sent, |seen| seen.text.contains("Said elsewhere")).await;
    assert!(seen.text.contains("<!channel> *ana*") && !seen.mentions && !seen.formats, "{seen:?}");
}

pub(crate) async fn a_long_text_is_cut_with_a_word(stage: impl Stage) {
    let room = open(&stage, "case-6", "inc-6-cms").await;
    let most = stage.platform().abilities().text_max;
    let words = "word ".repeat(most / 5 + 1_000);
    let post = Post::text(format!("The answer first\n{words}"));
    let sent = say(&stage, &room, saying("6.1", &post)).await;
    let seen = sees(&stage, &room, &sent, |seen| seen.text.contains("The answer first")).await;
    assert!(seen.text.chars().count() < post.text.chars().count());
    let says_so = seen.text.contains("left out") || seen.text.contains('\u{2026}');
    assert!(says_so, "nothing says that it is cut");
    let fits = Post::text(format!("Long but whole {}", "x".repeat(2_500.min(most - 100))));
    let sent = say(&stage, &room, saying("6.2", &fits)).await;
    sees(&stage, &room, &sent, |seen| seen.text.contains(&fits.text)).await;
}

/// The smallest PNG: one transparent pixel.
pub(crate) const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52, 0, 0, 0,
    1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 0x0d, 0x49, 0x44, 0x41, 0x54,
    0x78, 0x9c, 0x63, 0, 1, 0, 0, 5, 0, 1, 0x0d, 0x0a, 0x2d, 0xb4, 0, 0, 0, 0, 0x49, 0x45, 0x4e,
    0x44, 0xae, 0x42, 0x60, 0x82,
];

pub(crate) async fn a_picture_comes_with_its_words(stage: impl Stage) {
    let room = open(&stage, "case-8", "inc-8-cms").await;
    let alt = "latency of cms, now 2.1 s, at most 3.0 s".to_owned();
    let picture = Picture { id: "ab12".into(), alt, command: "graph latency cms 1h".to_owned() };
    let post = Post { picture: Some(picture), ..Post::text("latency cms, the last hour") };
    let sent = say(&stage, &room, Saying { picture: Some(PNG), ..saying("8.1", &post) }).await;
    let has_words = |seen: &Seen| {
        seen.alts.iter().any(|alt| alt.contains("now 2.1 s")) || seen.text.contains("now 2.1 s")
    };
    let seen = sees(&stage, &room, &sent, has_words).await;
    assert!(seen.text.contains("the last hour"), "{seen:?}");
    if stage.platform().abilities().pictures {
        assert_eq!(seen.alts.len(), 1, "one picture: {seen:?}");
    }
    let undrawn = say(&stage, &room, saying("8.2", &post)).await;
    sees(&stage, &room, &undrawn, |seen| seen.text.contains("now 2.1 s")).await;
}

pub(crate) async fn people_are_invited_once(stage: impl Stage) {
    let person = stage.person();
    let invite = [person.clone()];
    let room = open(&stage, "case-9", "inc-9-cms").await;
    let platform = stage.platform();
    for _ in 0..2 {
        let invited = patiently("invite", async || platform.invite(&room.id, &invite).await).await;
        assert_eq!(invited, Ok(()));
    }
    until("the person is invited", SOON, async || {
        let members = stage.members(&room.id).await;
        (members.iter().filter(|id| **id == person.as_str()).count() == 1).then_some(())
    })
    .await;
    let topic = "T".repeat(5_000);
    let told = patiently("topic", async || platform.topic(&room.id, &topic).await).await;
    assert_eq!(told, Ok(()), "a long topic is cut");
}

pub(crate) async fn a_closed_room_is_brought_back(stage: impl Stage) {
    let room = open(&stage, "case-10", "inc-10-cms").await;
    let platform = stage.platform();
    for _ in 0..2 {
        let closed = patiently("close", async || platform.close(&room.id).await).await;
        assert_eq!(closed, Ok(()), "closing what is closed is no failure");
    }
    for _ in 0..2 {
        let opened = patiently("reopen", async || platform.reopen(&room.id).await).await;
        assert_eq!(opened, Ok(()), "nor is opening what is open");
    }
    let post = Post::text("It is back");
    let sent = say(&stage, &room, saying("10.1", &post)).await;
    sees(&stage, &room, &sent, |seen| seen.text.contains("It is back")).await;
}

pub(crate) async fn a_room_that_is_gone_is_refused_and_made_anew(stage: impl Stage) {
    let room = open(&stage, "case-11", "inc-11-cms").await;
    stage.delete(&room.id).await;
    let platform = stage.platform();
    let post = Post::text("Into nothing");
    let said = platform.say(&room.id, saying("11.1", &post)).await;
    let is_refused = matches!(said, Err(Failure::Refused { .. } | Failure::Broken { .. }));
    assert!(is_refused, "a room that is gone never comes back by waiting: {said:?}");
    let opening = Opening { is_retry: true, ..opening("case-11", "inc-11-cms") };
    let anew = patiently("open", async || platform.open(opening.clone()).await).await.unwrap();
    assert_ne!(anew.id, room.id);
    let sent = say(&stage, &anew, saying("11.2", &post)).await;
    sees(&stage, &anew, &sent, |seen| seen.text.contains("Into nothing")).await;
    let lost = platform.find("#no-such-room-anywhere").await;
    assert!(lost.is_err(), "a room that is configured must be there: {lost:?}");
}
