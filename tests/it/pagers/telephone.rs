//! Twilio: the stand-in takes what the published description of its API takes
//! (<https://github.com/twilio/twilio-oai/blob/main/spec/json/twilio_api_v2010.json>, operations
//! `CreateMessage` and `CreateCall`), with the error codes of <https://www.twilio.com/docs/api/errors>.

use chrono::{DateTime, Utc};
use serde_json::json;
use url::Url;
use warroom::adapters::failure::Failure;
use warroom::adapters::http;
use warroom::adapters::pagers::twilio::{Options, Twilio, Way};
use warroom::adapters::pagers::{Ask, Call, Deaf, Heard, Page, Pager, To, Verb};
use warroom::domain::ids::Number;
use warroom::domain::secret::Secret;

use super::{links, page};
use crate::world::vendor::{self, Reply, Vendor};

const ACCOUNT: &str = "ACXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX";

pub(super) fn twilio(vendor: &Vendor, way: Way, token: &str) -> Twilio {
    let options = Options {
        url: Url::parse(&vendor.url()).unwrap(),
        account: ACCOUNT.to_owned(),
        token: Secret::new(token),
        from: "+15005550006".to_owned(),
        to: Some("+4915100000001".to_owned()),
        way,
        answers: Some(Url::parse("https://warroom.example.org/hooks/pagers/phone").unwrap()),
    };
    Twilio::new(http::client().unwrap(), options)
}

pub(super) fn takes(call: &vendor::Call) -> Reply {
    let problem = |status: u16, code: u32, message: &str| {
        Reply::Json(status, json!({"code": code, "message": message, "status": status}))
    };
    // The end of `printf 'ACX…:right' | base64`.
    if !call.header("authorization").ends_with("WDpyaWdodA==") {
        return problem(401, 20_003, "Authenticate");
    }
    let form = call.form();
    let has = |name: &str| form.get(name).is_some_and(|value| !value.is_empty());
    let number = |name: &str| form.get(name).is_some_and(|value| value.starts_with('+'));
    match call.parts()[..] {
        ["2010-04-01", "Accounts", account] if account == format!("{ACCOUNT}.json") => {
            Reply::Json(200, json!({"sid": ACCOUNT, "status": "active", "type": "Full"}))
        }
        ["2010-04-01", "Accounts", ACCOUNT, what] => match what {
            _ if !number("To") => problem(400, 21_211, "Invalid 'To' Phone Number"),
            _ if !number("From") => problem(400, 21_212, "Invalid 'From' Phone Number"),
            "Messages.json" if !has("Body") => problem(400, 21_602, "Message body is required"),
            "Messages.json" if form["Body"].chars().count() > 1600 => {
                problem(400, 21_617, "The message body exceeds the 1600 character limit")
            }
            "Messages.json" => Reply::Json(201, json!({"sid": "SM1", "status": "queued"})),
            "Calls.json" if !has("Twiml") => problem(400, 21_205, "Url is not valid"),
            "Calls.json" if form["Twiml"].len() > 4000 => problem(400, 21_218, "Twiml too long"),
            "Calls.json" => Reply::Json(201, json!({"sid": "CA1", "status": "queued"})),
            _ => problem(404, 20_404, "not found"),
        },
        _ => problem(404, 20_404, "not found"),
    }
}

#[tokio::test]
async fn a_text_says_what_and_how_to_answer() {
    let vendor = Vendor::start(takes).await;
    let to = Some(To { person: "ana", address: "+4915112345678" });
    let links = links();
    let page = Page { to, links: Some(&links), ..page("cms is slow in prod") };
    let receipt = twilio(&vendor, Way::Sms, "right").page(page).await.unwrap();
    assert_eq!(receipt.id, "twilio:SM1");
    let form = vendor.call().form();
    assert_eq!((form["To"].as_str(), form["From"].as_str()), ("+4915112345678", "+15005550006"));
    assert_eq!(
        form["Body"],
        "#42 sev1: cms is slow in prod\nReply: ack 42\nhttps://warroom.example.org/a/1.abc.def"
    );
}

#[tokio::test]
async fn a_call_reads_the_page_out_and_waits_for_a_key() {
    let vendor = Vendor::start(takes).await;
    let twilio = twilio(&vendor, Way::Voice, "right");
    twilio.page(page("cms <is> slow & dying")).await.unwrap();
    let twiml = vendor.call().form()["Twiml"].clone();
    assert!(twiml.contains("cms &lt;is&gt; slow &amp; dying"), "{twiml}");
    assert!(
        twiml.contains("action=\"https://warroom.example.org/hooks/pagers/phone?incident=42\"")
    );
    // Nobody is called out of bed to hear that they may sleep.
    twilio.page(Page { call: Call::Stop, ..page("It is over.") }).await.unwrap();
    assert_eq!(vendor.calls().len(), 1);
}

#[tokio::test]
async fn a_wrong_token_is_an_operators_business() {
    let vendor = Vendor::start(takes).await;
    let twilio = twilio(&vendor, Way::Sms, "hunter2");
    for failure in [twilio.page(page("x")).await.unwrap_err(), twilio.about().await.unwrap_err()] {
        assert!(matches!(failure, Failure::Broken { .. }), "{failure:?}");
        assert!(!format!("{failure:?}{twilio:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn the_account_is_asked_without_waking_anybody() {
    let vendor = Vendor::start(takes).await;
    let about = twilio(&vendor, Way::Sms, "right").about().await.unwrap();
    assert_eq!((about.as_str(), vendor.call().method.as_str()), ("Twilio takes our token", "GET"));
}

/// Signed by Twilio's own library: `RequestValidator("right").compute_signature(url, form)` of
/// `twilio` 9.13 for Python.
struct Signed {
    url: &'static str,
    form: &'static str,
    signature: &'static str,
}

const TEXT: Signed = Signed {
    url: "https://warroom.example.org/hooks/pagers/phone",
    form: "MessageSid=SM900&From=%2B4915112345678&To=%2B15005550006&Body=Ack+42",
    signature: "5bQvI5Q6d6hpZXZ3tuWgWMaaNH4=",
};

const KEY: Signed = Signed {
    url: "https://warroom.example.org/hooks/pagers/phone?incident=42",
    form: "CallSid=CA900&From=%2B15005550006&To=%2B4915112345678&Digits=1",
    signature: "K1NaNI+QYzob3HvyCGKZdWG4SeY=",
};

async fn heard(signed: &Signed, url: &str) -> Result<Vec<warroom::adapters::pagers::Reply>, Deaf> {
    let vendor = Vendor::start(takes).await;
    let header = |name: &str| (name == "x-twilio-signature").then_some(signed.signature);
    let (body, now) = (signed.form.as_bytes(), DateTime::<Utc>::UNIX_EPOCH);
    twilio(&vendor, Way::Sms, "right").hear(&Heard { url, header: &header, body, now })
}

#[tokio::test]
async fn answers_signed_by_twilios_library_are_heard() {
    let ask = Some(Ask { verb: Verb::Acknowledge, number: Number(42) });
    for (signed, key) in [(&TEXT, "SM900"), (&KEY, "CA900.1")] {
        let replies = heard(signed, signed.url).await.unwrap();
        assert_eq!(replies[0].from, "+4915112345678");
        assert_eq!((replies[0].key.as_str(), replies[0].ask), (key, ask));
    }
}

#[tokio::test]
async fn a_signature_is_for_its_own_address() {
    let other = "https://warroom.example.org/hooks/pagers/phone?incident=43";
    let deaf = heard(&KEY, other).await.unwrap_err();
    assert_eq!(deaf, Deaf::Forged("X-Twilio-Signature is wrong"));
}
