//! The one connection: it stays up by itself, and matches answers to whoever waits for them.
//!
//! After a cut, rooms are joined again and archives are read: a session is never resumed, because one
//! that cannot be would need that anyway. It refuses to queue while the server is away: a caller gets
//! [`Failure::Retry`] and comes again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_xmpp::error::AuthError;
use tokio_xmpp::jid::Jid;
use tokio_xmpp::minidom::Element;
use tokio_xmpp::parsers::presence::Presence;
use tokio_xmpp::stanzastream::{Connection, Event, StanzaStream, StreamEvent};
use tokio_xmpp::{Error, Stanza};

use super::connector::Connector;
use super::route;
use super::xml::{CLIENT, element, esc};
use crate::adapters::failure::Failure;

/// How long a server may take to answer; an order may take several answers within 30 s.
const ANSWER_MAX: Duration = Duration::from_secs(8);
/// How long a connection may take to come up before a caller is sent away.
const UP_MAX: Duration = Duration::from_secs(10);
/// Between two tries when the server is away, at first and at most.
const PAUSE_MIN: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(20);
/// Stanzas on their way out or in; more than these are a server that does not read.
const QUEUE_MAX: usize = 256;
/// What is told to whoever listens; what does not fit is found in the archives.
const NEWS_MAX: usize = 4_096;

/// Whether there is a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Session {
    /// The first try goes on.
    Starting,
    /// There is none.
    Away(Failure),
    /// There is one, bound to this address.
    Up(Jid),
}

/// What a stanza of the server told whoever waited.
#[derive(Debug, Clone)]
pub(super) enum Told {
    /// It is done, with this.
    Done(Option<Element>),
    /// It is refused: the condition and the server's words.
    Refused(String, String),
}

/// What whoever listens has to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum News {
    /// A new session: rooms are to be joined, archives to be read.
    Session,
    /// Something was said in a room.
    Room(String),
    /// Something was said to us alone.
    Direct,
    /// Another process of ours opened a room.
    Opened(String),
    /// We are out of a room: it was destroyed, or somebody put us out.
    Out(String, bool),
}

/// What answers are matched by, and what they found out.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) waiting: Mutex<BTreeMap<String, oneshot::Sender<Told>>>,
    /// Pages of archives that are being read, by the query's id.
    pub(super) pages: Mutex<BTreeMap<String, Vec<Element>>>,
    /// The rooms that we are in, with our nickname there.
    pub(super) joined: Mutex<BTreeMap<String, String>>,
    pub(super) news: mpsc::Sender<News>,
    pub(super) session: watch::Sender<Session>,
}

impl Shared {
    pub(super) fn tell(&self, key: &str, told: Told) {
        let waiting = lock(&self.waiting).remove(key);
        // Whoever waited may have given up.
        if let Some(waiting) = waiting {
            waiting.send(told).ok();
        }
    }

    pub(super) fn news(&self, news: News) {
        // Nobody listens, or they are behind: the archives hold it.
        self.news.try_send(news).ok();
    }
}

/// The connection, as callers hold it. It ends with the last of them.
#[derive(Debug)]
pub(super) struct Link {
    out: mpsc::Sender<Stanza>,
    pub(super) shared: Arc<Shared>,
    pub(super) heard: tokio::sync::Mutex<mpsc::Receiver<News>>,
    number: std::sync::atomic::AtomicU64,
    prefix: String,
}

impl Link {
    /// Begins to connect; answers at once.
    pub(super) fn start(connector: Connector) -> Self {
        let (out, orders) = mpsc::channel(QUEUE_MAX);
        let (news, heard) = mpsc::channel(NEWS_MAX);
        let (session, _) = watch::channel(Session::Starting);
        let shared = Arc::new(Shared {
            waiting: Mutex::default(),
            pages: Mutex::default(),
            joined: Mutex::default(),
            news,
            session,
        });
        let task = drive(connector, shared.clone(), orders);
        #[expect(
            clippy::disallowed_methods,
            reason = "the connection lives as long as the platform, which has no engine"
        )]
        tokio::spawn(task);
        let mut random = [0; 8];
        // Without chance, ids repeat after a restart; they only match answers of one session.
        getrandom::fill(&mut random).ok();
        let (heard, number) = (tokio::sync::Mutex::new(heard), 0.into());
        Self { out, shared, heard, number, prefix: hex::encode(random) }
    }

    /// An id that no other stanza has.
    pub(super) fn id(&self) -> String {
        let number = self.number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        format!("{}-{number}", self.prefix)
    }

    /// Waits until there is a session, and gives our address in it.
    pub(super) async fn up(&self) -> Result<Jid, Failure> {
        let mut session = self.shared.session.subscribe();
        let settled = session.wait_for(|session| *session != Session::Starting);
        match tokio::time::timeout(UP_MAX, settled).await {
            Ok(Ok(session)) => match &*session {
                Session::Up(jid) => Ok(jid.clone()),
                Session::Away(failure) => Err(failure.clone()),
                Session::Starting => Err(away("the server is not there yet")),
            },
            _ => Err(away("the server does not answer")),
        }
    }

    /// Asks and waits for the answer.
    pub(super) async fn ask(&self, kind: &str, to: &str, payload: &str) -> Result<Asked, Failure> {
        let id = self.id();
        let to = if to.is_empty() { String::new() } else { format!(" to='{}'", esc(to)) };
        let xml = format!("<iq xmlns='{CLIENT}' type='{kind}' id='{id}'{to}>{payload}</iq>");
        self.send_and_wait(&format!("iq/{id}"), &xml).await
    }

    /// Sends a stanza and waits for what is told under a key.
    pub(super) async fn send_and_wait(&self, key: &str, xml: &str) -> Result<Asked, Failure> {
        self.up().await?;
        let stanza = stanza(xml)?;
        let (told, answer) = oneshot::channel();
        lock(&self.shared.waiting).insert(key.to_owned(), told);
        if self.out.send(stanza).await.is_err() {
            return Err(away("the connection has ended"));
        }
        let answer = tokio::time::timeout(ANSWER_MAX, answer).await;
        lock(&self.shared.waiting).remove(key);
        match answer {
            Ok(Ok(Told::Done(payload))) => Ok(Asked::Done(payload)),
            Ok(Ok(Told::Refused(condition, words))) => Ok(Asked::Refused(condition, words)),
            // It may have been done, and the answer be lost.
            _ => Err(Failure::Unknown { why: "the server did not answer in time".to_owned() }),
        }
    }

    /// Sends what nothing answers.
    pub(super) async fn send(&self, xml: &str) -> Result<(), Failure> {
        self.up().await?;
        self.out.send(stanza(xml)?).await.map_err(|_| away("the connection has ended"))
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub(super) enum Asked {
    Done(Option<Element>),
    Refused(String, String),
}

impl Asked {
    /// What was answered; a refusal is one for good, except where the server asks to wait.
    pub(super) fn done(self, doing: &str) -> Result<Option<Element>, Failure> {
        match self {
            Self::Done(payload) => Ok(payload),
            Self::Refused(condition, words) => {
                let why = format!("{doing}: the server refused: {condition} {words}");
                let why = why.trim_end().to_owned();
                match condition.as_str() {
                    "resource-constraint" | "policy-violation" | "remote-server-timeout" => {
                        Err(Failure::Retry { why, after: Some(Duration::from_secs(5)) })
                    }
                    "internal-server-error" | "undefined-condition" => {
                        Err(Failure::Unknown { why })
                    }
                    _ => Err(Failure::Refused { why }),
                }
            }
        }
    }
}

fn away(why: &str) -> Failure {
    Failure::Retry { why: why.to_owned(), after: None }
}

fn stanza(xml: &str) -> Result<Stanza, Failure> {
    Stanza::try_from(element(xml)?)
        .map_err(|_| Failure::Refused { why: "a value cannot be said in XMPP".to_owned() })
}

/// Nothing is left half done under these locks.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn drive(connector: Connector, shared: Arc<Shared>, mut orders: mpsc::Receiver<Stanza>) {
    let there = shared.clone();
    let connect = move |_: Option<String>, slot: oneshot::Sender<Connection>| {
        let task = reconnect(connector.clone(), there.clone(), slot);
        #[expect(clippy::disallowed_methods, reason = "the library asks for a connection so")]
        tokio::spawn(task);
    };
    let mut stream = StanzaStream::new(Box::new(connect), QUEUE_MAX);
    loop {
        tokio::select! {
            order = orders.recv() => match order {
                Some(stanza) => drop(stream.send(Box::new(stanza)).await),
                None => break,
            },
            event = stream.next() => match event {
                Some(Event::Stanza(stanza)) => {
                    if let Some(reply) = route::incoming(&shared, stanza) {
                        drop(stream.send(Box::new(reply)).await);
                    }
                }
                Some(Event::Stream(StreamEvent::Reset { bound_jid, .. })) => {
                    lock(&shared.joined).clear();
                    drop(stream.send(Box::new(Presence::available().into())).await);
                    shared.session.send_replace(Session::Up(bound_jid));
                    shared.news(News::Session);
                }
                Some(Event::Stream(StreamEvent::Suspended)) => {
                    // Whether what is on its way arrived is found in the archives.
                    lock(&shared.waiting).clear();
                    shared.session.send_replace(Session::Starting);
                }
                Some(Event::Stream(StreamEvent::Resumed)) => {}
                None => break,
            },
        }
    }
    shared.session.send_replace(Session::Away(away("the connection has ended")));
    stream.close().await;
}

/// Tries until there is a connection, or nobody wants one.
async fn reconnect(
    connector: Connector,
    shared: Arc<Shared>,
    mut slot: oneshot::Sender<Connection>,
) {
    let mut pause = PAUSE_MIN;
    loop {
        let tried = tokio::select! {
            tried = tokio::time::timeout(UP_MAX, connector.connect()) => tried,
            () = slot.closed() => return,
        };
        let failure = match tried {
            Ok(Ok(connection)) => {
                // Nobody wants it any more: it is closed by being dropped.
                slot.send(connection).ok();
                return;
            }
            Ok(Err(error)) => meaning(&error),
            Err(_) => away("the server does not answer"),
        };
        tracing::debug!(%failure, "connecting to XMPP again soon");
        shared.session.send_replace(Session::Away(failure));
        if tokio::time::timeout(pause, slot.closed()).await.is_ok() {
            return;
        }
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

/// What a connection that did not come up means. The error's own words may hold addresses.
fn meaning(error: &Error) -> Failure {
    match error {
        Error::Auth(AuthError::Fail(_)) => Failure::Broken {
            why: "the server does not take our password: look at `jid` and `password`".to_owned(),
        },
        Error::Auth(_) => {
            Failure::Broken { why: "the server offers no way to sign in that is safe".to_owned() }
        }
        Error::Protocol(_) => {
            Failure::Broken { why: "the server offers no TLS, or is no XMPP server".to_owned() }
        }
        Error::Io(error) if error.to_string().contains("certificate") => Failure::Broken {
            why: "the server's certificate is not trusted: look at `ca_file`".to_owned(),
        },
        _ => away("no connection to the XMPP server"),
    }
}

/// The rooms that we are in.
pub(super) fn rooms(shared: &Shared) -> BTreeSet<String> {
    lock(&shared.joined).keys().cloned().collect()
}
