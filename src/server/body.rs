//! Reads a body under four limits: its size, its size after inflation, its pace, and the memory of
//! all bodies together.
//!
//! The usual body comes in one piece and is handed on without a copy.

use std::io::Read;

use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use flate2::read::MultiGzDecoder;
use futures_util::StreamExt;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout_at};

use super::io::Phase;
use super::limits;
use super::serve::Peer;
use super::state::State;

/// A body in memory, and its share of the memory that bodies may take.
#[derive(Debug)]
pub(super) struct Held {
    /// The bytes.
    pub(super) bytes: Bytes,
    permits: Vec<OwnedSemaphorePermit>,
}

/// Why a body was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refused {
    /// It is over the limit.
    #[error("the body is over the limit of {most} bytes")]
    TooLarge { most: usize },
    /// It is over the limit once it is inflated.
    #[error("the body is over the limit of {most} bytes once it is inflated")]
    Bomb { most: usize },
    /// It came too slowly, or stopped.
    #[error("the body did not come in time")]
    Slow,
    /// The connection broke.
    #[error("the body broke off: {0}")]
    Broken(String),
    /// It says that it is gzip, and is not.
    #[error("the body is no gzip: {0}")]
    NotGzip(String),
    /// Its encoding is not known here.
    #[error("the content encoding {0:?} is not known; gzip is")]
    Encoding(String),
    /// All bodies together take too much memory now.
    #[error("too many bodies are being read at once")]
    Crowded,
}

impl Refused {
    /// The HTTP status that says it.
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::TooLarge { .. } | Self::Bomb { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
            Self::Broken(_) | Self::NotGzip(_) => StatusCode::BAD_REQUEST,
            Self::Encoding(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Crowded => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The word for the meter.
    pub(super) fn reason(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "body_too_large",
            Self::Bomb { .. } => "body_inflates_too_large",
            Self::Slow => "body_too_slow",
            Self::Broken(_) => "body_broken",
            Self::NotGzip(_) => "body_not_gzip",
            Self::Encoding(_) => "body_encoding",
            Self::Crowded => "bodies_crowded",
        }
    }
}

/// Reads the body as it was sent, at most `most` bytes.
pub(super) async fn read(
    state: &State,
    headers: &HeaderMap,
    body: Body,
    reader: &Reader<'_>,
) -> Result<Held, Refused> {
    let most = reader.most;
    if announced(headers).is_some_and(|bytes| bytes > most) {
        return Err(Refused::TooLarge { most });
    }
    let mut held = Held { bytes: Bytes::new(), permits: Vec::new() };
    let mut pieces = body.into_data_stream();
    let mut joined: Vec<u8> = Vec::new();
    let end = Instant::now() + limits::BODY;
    loop {
        let deadline = end.min(Instant::now() + limits::BODY_PAUSE);
        let Some(piece) = timeout_at(deadline, pieces.next()).await.map_err(|_| Refused::Slow)?
        else {
            break;
        };
        let piece = piece.map_err(|error| Refused::Broken(error.to_string()))?;
        if let Some(phase) = reader.phase {
            phase.busy();
        }
        if held.bytes.len() + joined.len() + piece.len() > most {
            return Err(Refused::TooLarge { most });
        }
        held.reserve(state, piece.len())?;
        // The first piece is kept as it came; only a second one makes a copy necessary.
        if held.bytes.is_empty() && joined.is_empty() {
            held.bytes = piece;
            continue;
        }
        if joined.is_empty() {
            joined.reserve(announced(headers).unwrap_or(held.bytes.len() * 2));
            joined.extend_from_slice(&held.bytes);
            held.bytes = Bytes::new();
        }
        joined.extend_from_slice(&piece);
    }
    if !joined.is_empty() {
        held.bytes = joined.into();
    }
    state.meters.body_bytes.inc_by(u64::try_from(held.bytes.len()).unwrap_or(u64::MAX));
    Ok(held)
}

/// How a body is to be read.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    /// The largest size, as sent and inflated.
    pub(super) most: usize,
    /// The connection that it comes over.
    pub(super) phase: Option<&'a Phase>,
}

impl<'a> Reader<'a> {
    /// A reader for the request with this head.
    pub(super) fn of(head: &'a Parts, most: usize) -> Self {
        let peer = head.extensions.get::<ConnectInfo<Peer>>();
        Self { most, phase: peer.map(|ConnectInfo(peer)| peer.phase.as_ref()) }
    }
}

impl Held {
    /// Takes memory for `bytes` more; small pieces are covered by a whole kibibyte each.
    fn reserve(&mut self, state: &State, bytes: usize) -> Result<(), Refused> {
        let kib = u32::try_from(bytes.div_ceil(1024)).map_err(|_| Refused::Crowded)?;
        let permit = state.bodies.clone().try_acquire_many_owned(kib);
        let permit = permit.map_err(|_| Refused::Crowded)?;
        match self.permits.last_mut() {
            Some(last) => last.merge(permit),
            None => self.permits.push(permit),
        }
        Ok(())
    }

    /// The body without its content encoding.
    pub(super) fn decoded(
        mut self,
        state: &State,
        headers: &HeaderMap,
        most: usize,
    ) -> Result<Self, Refused> {
        let Some(encoding) = headers.get(header::CONTENT_ENCODING) else { return Ok(self) };
        match encoding.as_bytes() {
            b"identity" | b"" => Ok(self),
            b"gzip" | b"x-gzip" => {
                self.bytes = self.inflate(state, most)?.into();
                Ok(self)
            }
            other => Err(Refused::Encoding(String::from_utf8_lossy(other).into_owned())),
        }
    }

    fn inflate(&mut self, state: &State, most: usize) -> Result<Vec<u8>, Refused> {
        let compressed = self.bytes.clone();
        let mut decoder = MultiGzDecoder::new(compressed.as_ref());
        let mut inflated = Vec::new();
        let mut piece = [0; 16 * 1024];
        loop {
            let read =
                decoder.read(&mut piece).map_err(|error| Refused::NotGzip(error.to_string()))?;
            let Some(fresh) = piece.get(..read).filter(|fresh| !fresh.is_empty()) else {
                return Ok(inflated);
            };
            if inflated.len() + read > most {
                return Err(Refused::Bomb { most });
            }
            self.reserve(state, read)?;
            inflated.extend_from_slice(fresh);
        }
    }
}

fn announced(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
