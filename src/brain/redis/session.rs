//! One call: attempts until every step has an answer or the deadline is over.
//!
//! A step may be sent several times: each is idempotent or carries a command id.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use redis::{Cmd, RedisError, RedisResult, Value};
use tokio::time::Instant;

use super::address::{Address, Topology};
use super::cluster::Cluster;
use super::failure::{Verdict, judge};
use super::follower::{Follower, Live};
use super::options::Options;
use super::scripts::Step;
use crate::brain::Error;

/// The first wait between two attempts; each further one is twice as long.
const FIRST_PAUSE_MS: u64 = 5;
/// The longest wait between two attempts.
const LAST_PAUSE_MS: u64 = 100;

/// A way to a Redis of any kind.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) link: Arc<Link>,
    deadline: Duration,
}

/// What is at the other end.
#[derive(Debug)]
pub(super) enum Link {
    One(Follower),
    Cluster(Cluster),
}

/// The answer to a step.
pub(super) type Reply = Result<Value, Error>;

/// The proof of where writes went, for the barrier.
pub(super) type Witness = Option<Arc<Live>>;

#[expect(
    clippy::disallowed_methods,
    reason = "a layer below the engine's clock; never decides anything"
)]
pub(super) async fn pause(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}

impl Session {
    pub(super) fn new(address: Address, options: &Options) -> Self {
        let deadline = options.deadline;
        let options = options.clone();
        let link = match address.topology {
            Topology::One { .. } | Topology::Sentinel { .. } => {
                Link::One(Follower::new(address, options))
            }
            Topology::Cluster { .. } => Link::Cluster(Cluster::new(address, options)),
        };
        Self { link: Arc::new(link), deadline }
    }

    /// Sends one step.
    pub(super) async fn one(&self, step: Step) -> Reply {
        let mut replies = self.all(vec![step]).await;
        replies.pop().unwrap_or_else(|| Err(Error::Away("no answer".to_owned())))
    }

    /// Sends all steps in one round trip, with one answer for each, in order.
    pub(super) async fn all(&self, steps: Vec<Step>) -> Vec<Reply> {
        let mut call = Call::new(steps);
        self.finish(&mut call, Instant::now() + self.deadline).await;
        call.replies()
    }

    /// Sends all steps, then waits until the replicas have what these shards wrote.
    pub(super) async fn durably(&self, steps: Vec<Step>, marks: &[String]) -> Vec<Reply> {
        let until = Instant::now() + self.deadline;
        let mut call = Call::new(steps);
        self.finish(&mut call, until).await;
        let barrier = self.barrier(call.witness.as_ref(), marks);
        let met = match tokio::time::timeout_at(until, barrier).await {
            Ok(met) => met,
            Err(_) => Err(Error::Away("barrier not met in time".to_owned())),
        };
        let replies = call.replies();
        match met {
            Ok(()) => replies,
            Err(error) => replies.into_iter().map(|reply| reply.and(Err(error.clone()))).collect(),
        }
    }

    async fn barrier(&self, witness: Option<&Arc<Live>>, marks: &[String]) -> Result<(), Error> {
        let met = match &*self.link {
            Link::One(follower) => {
                let (Some(live), Some(mark)) = (witness, marks.first()) else { return Ok(()) };
                if live.replicas == 0 {
                    return Ok(());
                }
                let met = follower.barrier(live, mark).await;
                if met.as_ref().is_err_and(|error| error.code().is_none()) {
                    follower.doubt(live);
                }
                met
            }
            Link::Cluster(cluster) => {
                if cluster.replicas().await.unwrap_or(0) == 0 {
                    return Ok(());
                }
                try_join_all(marks.iter().map(|mark| cluster.barrier(mark))).await.map(drop)
            }
        };
        met.map_err(|error| match judge(&error) {
            Verdict::Final(error) => error,
            _ => Error::Away(format!("barrier not met: {error}")),
        })
    }

    async fn finish(&self, call: &mut Call, until: Instant) {
        let mut wait = FIRST_PAUSE_MS;
        loop {
            match tokio::time::timeout_at(until, self.attempt(call)).await {
                Ok(true) => {}
                Ok(false) => continue,
                Err(_) => return self.give_up(call),
            }
            if call.is_done() {
                return;
            }
            if tokio::time::timeout_at(until, pause(wait)).await.is_err() {
                return;
            }
            wait = (wait * 2).min(LAST_PAUSE_MS);
        }
    }

    /// Nobody answered in time: perhaps this is the wrong server by now.
    fn give_up(&self, call: &mut Call) {
        if let (Link::One(follower), Some(live)) = (&*self.link, call.witness.take()) {
            follower.doubt(&live);
        }
        call.last.get_or_insert_with(|| "no answer in time".to_owned());
    }

    /// One attempt at what has no answer yet. False: try again at once.
    async fn attempt(&self, call: &mut Call) -> bool {
        let places = call.open();
        let sent = match &*self.link {
            Link::One(follower) => match follower.live().await {
                Ok(live) => {
                    call.witness = Some(Arc::clone(&live));
                    let commands: Vec<&Cmd> = call.at(&places).map(|step| &step.cmd).collect();
                    Follower::send(&live, &commands).await
                }
                Err(error) => Err(error),
            },
            Link::Cluster(cluster) => {
                let steps: Vec<&Step> = call.at(&places).collect();
                cluster.send(&steps).await
            }
        };
        self.take(call, &places, sent)
    }

    fn take(&self, call: &mut Call, places: &[usize], sent: Sent) -> bool {
        let answers = match sent {
            Ok(answers) => answers,
            Err(error) => places.iter().map(|_| Err(error.clone())).collect(),
        };
        let mut lacks_text = false;
        let mut elsewhere = false;
        for (place, answer) in places.iter().zip(answers) {
            match answer.map_err(|error| (judge(&error), error)) {
                Ok(value) => call.settle(*place, Ok(value)),
                Err((Verdict::Final(error), _)) => call.settle(*place, Err(error)),
                Err((Verdict::SendText, error)) => lacks_text |= call.send_text(*place, &error),
                Err((Verdict::Again(why), _)) => call.last = Some(why),
                Err((Verdict::Elsewhere(why), _)) => {
                    call.last = Some(why);
                    elsewhere = true;
                }
            }
        }
        if elsewhere && let (Link::One(follower), Some(live)) = (&*self.link, &call.witness) {
            follower.doubt(live);
        }
        !lacks_text
    }
}

/// What one attempt brought.
type Sent = RedisResult<Vec<RedisResult<Value>>>;

/// The steps of a call and what has been answered.
struct Call {
    steps: Vec<(Step, Option<Reply>)>,
    last: Option<String>,
    witness: Witness,
}

impl Call {
    fn new(steps: Vec<Step>) -> Self {
        Self {
            steps: steps.into_iter().map(|step| (step, None)).collect(),
            last: None,
            witness: None,
        }
    }

    fn open(&self) -> Vec<usize> {
        let places = self.steps.iter().enumerate();
        places.filter(|(_, (_, reply))| reply.is_none()).map(|(place, _)| place).collect()
    }

    fn is_done(&self) -> bool {
        self.steps.iter().all(|(_, reply)| reply.is_some())
    }

    fn at<'a>(&'a self, places: &'a [usize]) -> impl Iterator<Item = &'a Step> {
        places.iter().filter_map(|place| self.steps.get(*place)).map(|(step, _)| step)
    }

    fn settle(&mut self, place: usize, reply: Reply) {
        if let Some((_, open)) = self.steps.get_mut(place) {
            *open = Some(reply);
        }
    }

    fn send_text(&mut self, place: usize, error: &RedisError) -> bool {
        self.last = Some(error.to_string());
        self.steps.get_mut(place).is_some_and(|(step, _)| step.send_text())
    }

    fn replies(self) -> Vec<Reply> {
        let why = self.last.unwrap_or_else(|| "no answer in time".to_owned());
        let away = || Err(Error::Away(why.clone()));
        self.steps.into_iter().map(|(_, reply)| reply.unwrap_or_else(away)).collect()
    }
}
