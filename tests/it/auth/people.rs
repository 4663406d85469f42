//! The people of these tests, and a server that knows them.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use warroom::domain::access::{Directory, Grant, Person, Rights, Subject};
use warroom::domain::secret::Secret;
use warroom::engine::clock::{Clock, System};
use warroom::server::{Options, Roster};

use crate::server::lab::Lab;

/// The tokens of the two who have one.
pub(super) const ANA: &str = "ana-0123456789abcdef0123456789abcdef";
pub(super) const BEN: &str = "ben-0123456789abcdef0123456789abcdef";

/// A clock that can be put forward.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    system: System,
    ahead: Mutex<TimeDelta>,
}

impl Ahead {
    /// From now on it is so much later.
    pub(super) fn by(&self, time: TimeDelta) {
        *self.ahead.lock().unwrap() += time;
    }
}

impl Clock for Ahead {
    fn now(&self) -> DateTime<Utc> {
        self.system.now() + *self.ahead.lock().unwrap()
    }

    fn uptime(&self) -> Duration {
        self.system.uptime() + self.ahead.lock().unwrap().to_std().unwrap()
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        self.system.sleep(wait)
    }

    fn random(&self) -> u128 {
        self.system.random()
    }
}

/// Ana of the team cms may work on the cms, Ben may nothing, Cat has no token.
pub(super) fn directory() -> Directory {
    let grant = Grant {
        subject: Subject::Team("cms".into()),
        verbs: ["ack", "note", "silence", "unsilence"].map(Into::into).into(),
        resources: vec!["cms".into()],
        environments: Vec::new(),
        denies: false,
        until: None,
        origin: "warroom.toml:7".into(),
    };
    let person = |name: &str| {
        let email = Some(format!("{name}@example.org"));
        (name.into(), Person { email, ..Person::default() })
    };
    Directory {
        people: [person("ana"), person("ben"), person("cat")].into(),
        teams: [("cms".into(), ["ana".into()].into())].into(),
        rights: Arc::new(Rights { grants: vec![grant] }),
    }
}

/// What the configuration says about them.
pub(super) fn options() -> Options {
    let mut roster = Roster::default();
    roster.token("ana", &Secret::new(ANA)).unwrap();
    roster.token("ben", &Secret::new(BEN)).unwrap();
    Options { roster, token: Some(Secret::new("the API token")), ..Options::default() }
}

/// A server that knows them, with its clock.
pub(super) async fn lab() -> (Lab, Arc<Ahead>) {
    lab_with(options()).await
}

/// The same with other options.
pub(super) async fn lab_with(options: Options) -> (Lab, Arc<Ahead>) {
    let clock = Arc::new(Ahead::default());
    let lab = Lab::at(options, clock.clone()).await;
    lab.engine.admit(directory());
    (lab, clock)
}
