//! What every chat platform must do. A platform hands in a function that gives a [`World`].

use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use warroom::adapters::chat::console::{Console, Ledger};
use warroom::adapters::chat::{Chat, Message, Wanted};
use warroom::adapters::failure::Failure;
use warroom::domain::ids::{CaseId, EffectId, Number};
use warroom::domain::incident::{PostKey, Target};
use warroom::domain::room::{Entry, Post};

/// A platform, and what its readers see.
pub(crate) struct World {
    pub(crate) chat: Box<dyn Chat>,
    pub(crate) seen: Box<dyn Seen>,
}

/// What people see on the platform.
pub(crate) trait Seen {
    /// How many rooms there are.
    fn rooms(&self) -> usize;
    /// The texts in a room, an edited one once and as it is now; the room by its receipt, or by its
    /// name.
    fn texts(&self, room: &str) -> Vec<String>;
}

macro_rules! chat_suite {
    ($make:path) => {
        $crate::contract::chat::each! { $make,
            opening_twice_is_one_room,
            two_incidents_have_two_rooms_though_their_names_are_one,
            a_repeated_post_is_one_message,
            the_card_is_edited_in_place,
            hostile_texts_stay_data,
            a_room_closes_and_opens_again_each_once,
            a_named_room_appears_when_it_is_used,
            a_strangers_room_is_refused,
        }
    };
}

macro_rules! each {
    ($make:path, $($check:ident),+ $(,)?) => {$(
        #[tokio::test]
        async fn $check() {
            $crate::contract::chat::$check($make()).await;
        }
    )+};
}

pub(crate) use each;

fn id(event: u64) -> EffectId {
    EffectId { case: CaseId { shard: 1, serial: 7 }, event, index: 0 }
}

fn wanted<'a>(number: u64, attempt: u32) -> Wanted<'a> {
    let (name, topic, invite) = ("inc-cms", "cms is slow", &[]);
    Wanted { id: id(number), attempt, number: Number(number), name, topic, invite }
}

async fn open(world: &World, number: u64) -> CompactString {
    world.chat.open(wanted(number, 1)).await.unwrap().id
}

async fn say(world: &World, event: u64, to: &Target, key: PostKey, text: &str) {
    let post = Post::text(text);
    world.chat.post(Message { id: id(event), to, key, post: &post }).await.unwrap();
}

pub(crate) async fn opening_twice_is_one_room(world: World) {
    let first = open(&world, 1).await;
    let again = world.chat.open(wanted(1, 2)).await.unwrap().id;
    assert_eq!((&first, world.seen.rooms()), (&again, 1));
    assert_eq!(world.seen.texts(&first).len(), 1);
}

pub(crate) async fn two_incidents_have_two_rooms_though_their_names_are_one(world: World) {
    let (one, two) = (open(&world, 1).await, open(&world, 2).await);
    assert_ne!(one, two);
    say(&world, 9, &Target::Room(two.clone()), PostKey::Line, "only here").await;
    assert!(!world.seen.texts(&one).contains(&"only here".to_owned()));
    assert!(world.seen.texts(&two).contains(&"only here".to_owned()));
}

pub(crate) async fn a_repeated_post_is_one_message(world: World) {
    let room = Target::Room(open(&world, 1).await);
    let Target::Room(receipt) = &room else { return };
    let before = world.seen.texts(receipt).len();
    for _ in 0..3 {
        say(&world, 5, &room, PostKey::Line, "once").await;
    }
    say(&world, 6, &room, PostKey::Line, "once").await;
    assert_eq!(world.seen.texts(receipt).len(), before + 2);
}

pub(crate) async fn the_card_is_edited_in_place(world: World) {
    let room = Target::Room(open(&world, 1).await);
    let Target::Room(receipt) = &room else { return };
    say(&world, 5, &room, PostKey::Card, "firing").await;
    say(&world, 6, &room, PostKey::Line, "a line").await;
    say(&world, 7, &room, PostKey::Card, "resolved").await;
    let texts = world.seen.texts(receipt);
    assert_eq!(texts[texts.len() - 2..], ["resolved", "a line"]);
}

pub(crate) async fn hostile_texts_stay_data(world: World) {
    let room = Target::Room(open(&world, 1).await);
    let Target::Room(receipt) = &room else { return };
    let long = "x".repeat(10 * 1024);
    let texts = ["<b>x</b>", "@channel <!here>", "*a* `b` [c](d)", "\u{202e}x", "a\nb\0c", &long];
    for (event, text) in (10..).zip(texts) {
        say(&world, event, &room, PostKey::Line, text).await;
        assert_eq!(world.seen.texts(receipt).last().map(String::as_str), Some(text));
    }
}

pub(crate) async fn a_room_closes_and_opens_again_each_once(world: World) {
    let room = open(&world, 1).await;
    let before = world.seen.texts(&room).len();
    for _ in 0..2 {
        world.chat.close(id(20), &room).await.unwrap();
    }
    for _ in 0..2 {
        world.chat.reopen(id(21), &room).await.unwrap();
    }
    assert_eq!((world.seen.rooms(), world.seen.texts(&room).len()), (1, before + 2));
}

pub(crate) async fn a_named_room_appears_when_it_is_used(world: World) {
    for (event, name) in [(5, "#management"), (6, "management")] {
        say(&world, event, &Target::Named(name.to_owned()), PostKey::Line, "told").await;
    }
    assert_eq!(world.seen.texts("management"), ["told", "told"]);
}

pub(crate) async fn a_strangers_room_is_refused(world: World) {
    let post = Post::text("x");
    for to in [Target::Room("elsewhere:1".into()), Target::Named("#12".to_owned())] {
        let message = Message { id: id(5), to: &to, key: PostKey::Line, post: &post };
        let refused = world.chat.post(message).await.unwrap_err();
        assert!(matches!(refused, Failure::Refused { .. } | Failure::Broken { .. }), "{refused}");
    }
    assert_eq!(world.seen.rooms(), 0);
}

/// A ledger in memory.
#[derive(Debug, Clone, Default)]
struct Book(Arc<Mutex<Vec<(String, Entry)>>>);

impl Ledger for Book {
    fn append<'a>(
        &'a self,
        room: &'a str,
        entry: &'a Entry,
    ) -> BoxFuture<'a, Result<u64, Failure>> {
        let mut book = self.0.lock().unwrap();
        if !book.iter().any(|(of, known)| of == room && known.id == entry.id) {
            book.push((room.to_owned(), entry.clone()));
        }
        ready(Ok(book.len() as u64)).boxed()
    }

    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }
}

impl Seen for Book {
    fn rooms(&self) -> usize {
        let book = self.0.lock().unwrap();
        book.iter().map(|(room, _)| room).collect::<std::collections::BTreeSet<_>>().len()
    }

    fn texts(&self, room: &str) -> Vec<String> {
        let room = room.strip_prefix("console:").unwrap_or(room);
        let mut shown: Vec<Entry> = Vec::new();
        for (_, entry) in self.0.lock().unwrap().iter().filter(|(of, _)| of == room) {
            let edited =
                shown.iter_mut().find(|known| known.slot.is_some() && known.slot == entry.slot);
            match edited {
                Some(known) => known.post = entry.post.clone(),
                None => shown.push(entry.clone()),
            }
        }
        shown.into_iter().map(|entry| entry.post.text).collect()
    }
}

mod console {
    use super::{Book, Console, World};

    fn make() -> World {
        let book = Book::default();
        World { chat: Box::new(Console::new(book.clone())), seen: Box::new(book) }
    }

    chat_suite!(make);
}
