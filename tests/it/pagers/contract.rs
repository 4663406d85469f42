//! What every pager that speaks HTTP must do, whatever it speaks.

use chrono::DateTime;
use url::Url;
use warroom::adapters::failure::Failure;
use warroom::adapters::http;
use warroom::adapters::pagers::ntfy::Ntfy;
use warroom::adapters::pagers::twilio::Way;
use warroom::adapters::pagers::webhook::Webhook;
use warroom::adapters::pagers::{Call, Page, Pager};
use warroom::adapters::signature::Signed;
use warroom::domain::secret::Secret;

use super::{duty, links, page, push, telephone};
use crate::world::process::free_port;
use crate::world::vendor::{self, Reply, Vendor};

/// Stands in every secret here: no error may show it.
const SECRET: &str = "hunter2";

type Make = fn(&Vendor) -> Box<dyn Pager>;
type Takes = fn(&vendor::Call) -> Reply;

const PAGERS: [(&str, Make, Takes); 5] = [
    ("webhook", webhook, |_| Reply::Text(200, String::new())),
    ("ntfy", ntfy, push::takes),
    ("sms", |vendor| Box::new(telephone::twilio(vendor, Way::Sms, "right")), telephone::takes),
    ("voice", |vendor| Box::new(telephone::twilio(vendor, Way::Voice, "right")), telephone::takes),
    ("pagerduty", |vendor| Box::new(duty::duty(&vendor.url(), Some(SECRET))), duty::takes),
];

fn webhook(vendor: &Vendor) -> Box<dyn Pager> {
    let url = Url::parse(&vendor.url()).unwrap();
    let secret = Some(Secret::new(SECRET));
    let signed = Signed::new(http::client().unwrap(), url, secret, || DateTime::UNIX_EPOCH);
    Box::new(Webhook::new(signed))
}

fn ntfy(vendor: &Vendor) -> Box<dyn Pager> {
    let url = Url::parse(&vendor.url()).unwrap();
    let token = Some(Secret::new(SECRET));
    Box::new(Ntfy::new(http::client().unwrap(), url, Some("t".to_owned()), token))
}

#[tokio::test]
async fn every_pager_sends_what_its_vendor_takes() {
    let links = links();
    for (name, make, takes) in PAGERS {
        let vendor = Vendor::start(takes).await;
        let pager = make(&vendor);
        for call in [Call::Page, Call::Taken, Call::Stop] {
            let page = Page { call, links: Some(&links), ..page("cms is slow\nsince 03:12 UTC") };
            pager.page(page).await.unwrap_or_else(|failure| panic!("{name}: {failure}"));
        }
    }
}

#[tokio::test]
async fn hostile_and_endless_texts_are_taken_too() {
    let evil = "</Say>\u{0}\u{202e}\"{{ x }}@everyone\r\nBcc: eve@example.org\n".repeat(2_000);
    for (name, make, takes) in PAGERS {
        let vendor = Vendor::start(takes).await;
        for text in [evil.as_str(), "", "\n", "🔥".repeat(3_000).as_str()] {
            let taken = make(&vendor).page(page(text)).await;
            taken.unwrap_or_else(|failure| panic!("{name}: {failure}"));
        }
    }
}

#[tokio::test]
async fn the_status_decides_whether_to_try_again() {
    for (name, make, _) in PAGERS {
        for status in [429, 500, 503, 401, 404, 422] {
            let vendor = Vendor::saying(Reply::Text(status, SECRET.to_owned())).await;
            let failure = make(&vendor).page(page("x")).await.unwrap_err();
            let is_right = match status {
                429 => matches!(failure, Failure::Retry { .. }),
                500.. => matches!(failure, Failure::Unknown { .. }),
                401 | 404 => matches!(failure, Failure::Broken { .. }),
                _ => matches!(failure, Failure::Refused { .. } | Failure::Broken { .. }),
            };
            assert!(is_right, "{name} on {status}: {failure:?}");
            assert!(!format!("{failure:?}").contains(SECRET), "{name}: {failure:?}");
        }
    }
}

/// A proxy's sign-in page is no receipt: nobody was woken.
#[tokio::test]
async fn a_web_page_is_no_receipt() {
    for (name, make, _) in PAGERS.into_iter().filter(|(name, ..)| ["ntfy", "sms"].contains(name)) {
        let vendor = Vendor::saying(Reply::Text(200, "<html>sign in</html>".to_owned())).await;
        let failure = make(&vendor).page(page("x")).await.unwrap_err();
        assert!(matches!(failure, Failure::Unknown { .. }), "{name}: {failure:?}");
    }
}

#[tokio::test]
async fn nobody_there_is_tried_again() {
    for (name, make, _) in PAGERS {
        let gone = Vendor::elsewhere(&format!("http://127.0.0.1:{}", free_port()));
        let failure = make(&gone).page(page("x")).await.unwrap_err();
        assert!(matches!(failure, Failure::Retry { .. }), "{name}: {failure:?}");
        let failure = make(&gone).about().await.unwrap_err();
        assert!(matches!(failure, Failure::Retry { .. }), "{name}: {failure:?}");
    }
}

#[test]
fn a_pager_shows_no_secret() {
    let gone = Vendor::elsewhere("http://127.0.0.1:1");
    for (name, make, _) in PAGERS {
        let shown = format!("{:?}", make(&gone));
        assert!(!shown.contains(SECRET) && !shown.contains("R000000"), "{name}: {shown}");
    }
}
