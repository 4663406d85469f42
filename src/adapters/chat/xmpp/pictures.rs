//! Pictures: uploaded to the server, then shown by their address.
//!
//! <https://xmpp.org/extensions/xep-0363.html> and, for clients to show it at once, XEP-0066.

use tokio_xmpp::minidom::Element;

use super::platform::Xmpp;
use super::xml::{OOB, UPLOAD, esc};
use crate::adapters::chat::words::visible;
use crate::adapters::failure::Failure;
use crate::adapters::http;
use crate::domain::room::Post;

/// What a slot may ask us to send along: <https://xmpp.org/extensions/xep-0363.html#request>.
const HEADERS: [&str; 3] = ["authorization", "cookie", "expires"];

impl Xmpp {
    /// Where a picture is, after it was brought there. One that is refused, or fails again, is said
    /// in words instead.
    pub(super) async fn upload(
        &self,
        png: &[u8],
        is_retry: bool,
    ) -> Result<Option<String>, Failure> {
        match self.put(png).await {
            Ok(url) => Ok(Some(url)),
            Err(failure) if is_retry || !matches!(failure, Failure::Retry { .. }) => {
                tracing::debug!(%failure, "a picture was not taken");
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }

    async fn put(&self, png: &[u8]) -> Result<String, Failure> {
        let refused = |why: &str| Failure::Refused { why: why.to_owned() };
        let service = self.service(UPLOAD).await?;
        let service = service.ok_or_else(|| refused("the server takes no files"))?;
        let request = format!(
            "<request xmlns='{UPLOAD}' filename='graph.png' size='{}' content-type='image/png'/>",
            png.len()
        );
        let slot =
            self.link.ask("get", &service, &request).await?.done("no place for a picture")?;
        let slot = slot.ok_or_else(|| refused("a slot without addresses"))?;
        let part = |name: &str| slot.get_child(name, UPLOAD);
        let address =
            |part: Option<&Element>| part.and_then(|it| it.attr("url")).map(str::to_owned);
        let (Some(to), Some(from)) = (address(part("put")), address(part("get"))) else {
            return Err(refused("a slot without addresses"));
        };
        let mut put = self.client.put(to).header("content-type", "image/png").body(png.to_vec());
        for header in part("put").into_iter().flat_map(Element::children) {
            let name = header.attr("name").unwrap_or_default().to_ascii_lowercase();
            let value = header.text().replace(['\r', '\n'], "");
            if HEADERS.contains(&name.as_str()) {
                put = put.header(name, value);
            }
        }
        http::send(put).await?;
        Ok(from)
    }

    /// Clients show a picture where the message is its address and nothing else.
    pub(super) async fn show_picture(
        &self,
        to: (&str, &str),
        id: &str,
        url: &str,
        post: &Post,
    ) -> Result<(), Failure> {
        let alt = post.picture.as_ref().map(|picture| visible(&picture.alt)).unwrap_or_default();
        let extra =
            format!("<x xmlns='{OOB}'><url>{}</url><desc>{}</desc></x>", esc(url), esc(&alt));
        self.send_message(to, &format!("{id}-p"), url, &extra).await
    }
}
