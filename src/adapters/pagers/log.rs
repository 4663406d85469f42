//! Pages into the log, for a start without any pager: better than nothing, and it says so.

use compact_str::format_compact;
use futures_util::future::BoxFuture;

use super::{Call, Page, Pager};
use crate::adapters::failure::Failure;
use crate::domain::incident::Receipt;

/// The log as a pager.
#[derive(Debug, Default)]
pub struct Log;

impl Pager for Log {
    fn page<'a>(&'a self, page: Page<'a>) -> BoxFuture<'a, Result<Receipt, Failure>> {
        match page.call {
            Call::Page => tracing::warn!(
                number = %page.number, policy = page.policy, step = page.step,
                "PAGE (no pager is configured, only this log hears it): {}", page.text
            ),
            Call::Taken | Call::Stop => {
                tracing::info!(number = %page.number, "page over: {}", page.text)
            }
        }
        let id = format_compact!("log:{}", page.id);
        Box::pin(async move { Ok(Receipt { id, at: None }) })
    }
}
