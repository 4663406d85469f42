//! The socket between a server and the executor that it started: one JSON text a line, both ways.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
};
use tokio::sync::mpsc;

use super::core::Executor;
use super::hears::Hears;
use super::protocol::{Answer, Asked, Call, Said};
use crate::adapters::failure::Failure;
use crate::domain::run::Report;

/// Words that wait to be sent.
const WORDS_MAX: usize = 1_000;
/// Bytes of one line: an assignment with all that it may hold.
const LINE_BYTES_MAX: u64 = 4 << 20;

/// Where an executor says things.
#[derive(Debug, Clone)]
pub struct Mouth(mpsc::Sender<Said>);

/// What was said, to be carried to the server.
pub type Words = mpsc::Receiver<Said>;

impl Mouth {
    /// A mouth, and what comes out of it.
    #[must_use]
    pub fn new() -> (Self, Words) {
        let (send, receive) = mpsc::channel(WORDS_MAX);
        (Self(send), receive)
    }

    /// Says something.
    ///
    /// # Errors
    /// When nobody carries it any more.
    pub async fn say(&self, said: Said) -> Result<(), Failure> {
        let gone = |_| Failure::Retry { why: "the server is gone".to_owned(), after: None };
        self.0.send(said).await.map_err(gone)
    }
}

impl Hears for Mouth {
    fn report(&self, report: Report) -> BoxFuture<'_, Result<(), Failure>> {
        Box::pin(self.say(Said::Reported { report }))
    }
}

/// Carries out one call.
pub async fn answer(executor: &Arc<Executor>, asked: Asked) -> Said {
    let answer = match asked.call {
        Call::Start { assignment } => Answer::of(executor.start(&assignment).await),
        Call::Ask { key } => Answer::Known { known: executor.ask(key) },
        Call::Stop { key } => {
            executor.stop(key);
            Answer::Accepted
        }
    };
    Said::Answered { id: asked.id, answer }
}

/// Serves a parent until it is gone.
pub async fn serve_socket(
    executor: &Arc<Executor>,
    from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    (mouth, mut words): (Mouth, Words),
) {
    let hearing = async {
        let mut from = BufReader::new(from);
        while let Some(asked) = read_line(&mut from).await {
            let said = answer(executor, asked).await;
            if mouth.say(said).await.is_err() {
                break;
            }
        }
    };
    let saying = async {
        while let Some(said) = words.recv().await {
            if write_line(&mut to, &said).await.is_none() {
                break;
            }
        }
    };
    tokio::select! {
        () = hearing => {}
        () = saying => {}
    }
}

/// One line as a value; none: the other side is gone, or speaks another language.
pub async fn read_line<T: serde::de::DeserializeOwned>(
    from: &mut (impl tokio::io::AsyncBufRead + Unpin),
) -> Option<T> {
    let mut line = Vec::new();
    let count = from.take(LINE_BYTES_MAX).read_until(b'\n', &mut line).await.ok()?;
    if count == 0 || line.last() != Some(&b'\n') {
        return None;
    }
    serde_json::from_slice(&line)
        .map_err(|error| tracing::error!(%error, "the other side of the executor's socket cannot be understood"))
        .ok()
}

/// A value as one line; none: the other side is gone.
pub async fn write_line(
    to: &mut (impl AsyncWrite + Unpin),
    value: &impl serde::Serialize,
) -> Option<()> {
    let mut line = serde_json::to_vec(value).ok()?;
    line.push(b'\n');
    to.write_all(&line).await.ok()
}
