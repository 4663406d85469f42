//! The canary's pager: its page has come through the whole machine, so a dead-man service may know.

use compact_str::CompactString;
use futures_util::future::BoxFuture;
use reqwest::Client;
use url::Url;

use super::{Call, Page, Pager};
use crate::adapters::failure::Failure;
use crate::adapters::http;
use crate::domain::incident::Receipt;

/// One address of a dead-man service, as healthchecks.io, Dead Man's Snitch and others have it: a GET
/// means that all is well.
#[derive(Debug)]
pub struct Canary {
    client: Client,
    url: Url,
}

impl Canary {
    /// Asks this address.
    #[must_use]
    pub fn new(client: Client, url: Url) -> Self {
        Self { client, url }
    }
}

impl Pager for Canary {
    fn page<'a>(&'a self, page: Page<'a>) -> BoxFuture<'a, Result<Receipt, Failure>> {
        Box::pin(async move {
            if page.call == Call::Page {
                http::send(self.client.get(self.url.clone())).await?;
            }
            Ok(Receipt { id: CompactString::const_new("canary"), at: None })
        })
    }
}
