//! Long listings, page by page: one page of the brain is in memory, however long the listing is.
//!
//! What fails before the first page is an error; what fails later cuts the answer off, so that no
//! client takes half a listing for a whole one.

use std::io;
use std::pin::Pin;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream, StreamExt};
use tokio::sync::OwnedSemaphorePermit;

use super::state::State;
use crate::domain::ids::CaseId;
use crate::engine::views::{AlertView, Refusal};

/// The elements of one page as JSON, with commas between and none around; may be empty.
pub(super) type Elements = Vec<u8>;

/// All alerts, page by page.
pub(super) fn pages(state: State) -> impl Stream<Item = Result<Vec<AlertView>, Refusal>> + Send {
    stream::try_unfold(Next::First, move |next| {
        let state = state.clone();
        async move {
            let after = match next {
                Next::First => None,
                Next::After(case) => Some(case),
                Next::Nothing => return Ok(None),
            };
            let page = state.engine.alerts(after).await?;
            let next = page.next.map_or(Next::Nothing, Next::After);
            Ok(Some((page.alerts, next)))
        }
    })
}

enum Next {
    First,
    After(CaseId),
    Nothing,
}

/// Answers with a JSON array of all elements.
///
/// # Errors
/// When the first page cannot be had.
pub(super) async fn array(
    pages: impl Stream<Item = Result<Elements, Refusal>> + Send + 'static,
    listing: OwnedSemaphorePermit,
) -> Result<Response, Refusal> {
    let mut pages: Pages = Box::pin(pages.filter(|page| {
        let has_something = page.as_ref().map_or(true, |elements| !elements.is_empty());
        std::future::ready(has_something)
    }));
    let first = pages.next().await.transpose()?;
    let rest = stream::unfold((pages, listing, first, b'['), piece);
    let kind = HeaderValue::from_static("application/json");
    Ok(([(header::CONTENT_TYPE, kind)], Body::from_stream(rest)).into_response())
}

type Pages = Pin<Box<dyn Stream<Item = Result<Elements, Refusal>> + Send>>;
type Rest = (Pages, OwnedSemaphorePermit, Option<Elements>, u8);

/// The next piece of the answer. The byte is what stands before it: `[`, then `,`, at last 0.
async fn piece((mut pages, listing, given, before): Rest) -> Option<(io::Result<Bytes>, Rest)> {
    if before == 0 {
        return None;
    }
    let elements = match given {
        Some(given) => Some(Ok(given)),
        None => pages.next().await,
    };
    match elements {
        Some(Ok(mut elements)) => {
            elements.insert(0, before);
            Some((Ok(elements.into()), (pages, listing, None, b',')))
        }
        Some(Err(error)) => Some((Err(io::Error::other(error)), (pages, listing, None, 0))),
        None => {
            let end: &'static [u8] = if before == b'[' { b"[]\n" } else { b"]\n" };
            Some((Ok(Bytes::from_static(end)), (pages, listing, None, 0)))
        }
    }
}

/// Adds one element.
pub(super) fn push(elements: &mut Elements, element: &impl serde::Serialize) {
    let before = elements.len();
    if before > 0 {
        elements.push(b',');
    }
    if let Err(error) = serde_json::to_writer(&mut *elements, element) {
        tracing::error!(%error, "cannot write an element of a listing");
        elements.truncate(before);
    }
}
