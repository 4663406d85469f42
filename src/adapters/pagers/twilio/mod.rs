//! Text messages and calls through Twilio's API of 2010-04-01
//! (<https://www.twilio.com/docs/messaging/api/message-resource>, `…/voice/api/call-resource`).
//!
//! Twilio has no idempotency key, so a page whose answer was lost may ring twice: that is the better
//! mistake. What comes back counts only with Twilio's signature.

mod signature;
mod words;

use std::time::Duration;

use compact_str::{CompactString, format_compact};
use futures_util::future::BoxFuture;
use reqwest::{Client, RequestBuilder};
use serde::Deserialize;
use url::{Url, form_urlencoded};

use super::{Ask, Call, Deaf, Heard, Page, Pager, Reply, Verb, reply};
use crate::adapters::failure::Failure;
use crate::adapters::http;
use crate::domain::ids::Number;
use crate::domain::incident::Receipt;
use crate::domain::secret::Secret;

/// How long `about` waits: somebody sits in front of it.
const ASK_MAX: Duration = Duration::from_secs(5);
/// The parameter of our own address that tells which incident a call was about.
const ABOUT: &str = "incident";

/// What a telephone is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A text message.
    Sms,
    /// A call that reads the page out.
    Voice,
}

/// How an account is used.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the API is.
    pub url: Url,
    /// The account: `AC…`.
    pub account: String,
    /// Its token.
    pub token: Secret,
    /// The number that calls and texts come from.
    pub from: String,
    /// Whom pages wake that are for nobody in particular.
    pub to: Option<String>,
    /// Text or call.
    pub way: Way,
    /// Where keys that are pressed during a call are sent. None: this server has no address that
    /// Twilio could reach, and a call only tells.
    pub answers: Option<Url>,
}

/// An account at Twilio.
#[derive(Debug)]
pub struct Twilio {
    client: Client,
    options: Options,
}

/// What Twilio made: the id of a message or a call.
#[derive(Debug, Deserialize)]
struct Made {
    sid: CompactString,
}

/// What Twilio says of an account.
#[derive(Debug, Deserialize)]
struct Account {
    status: String,
}

impl Twilio {
    /// An account that is used like this.
    #[must_use]
    pub fn new(client: Client, options: Options) -> Self {
        Self { client, options }
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        request.basic_auth(&self.options.account, Some(self.options.token.reveal()))
    }

    fn address(&self, what: &[&str]) -> Result<Url, Failure> {
        let mut url = self.options.url.clone();
        let broken = |()| Failure::missing("the address of Twilio's API has no paths");
        let account = self.options.account.as_str();
        let begin = ["2010-04-01", "Accounts"];
        url.path_segments_mut()
            .map_err(broken)?
            .pop_if_empty()
            .extend(begin)
            .extend(if what.is_empty() { vec![] } else { vec![account] })
            .extend(what);
        Ok(url)
    }

    async fn send(&self, page: &Page<'_>) -> Result<Receipt, Failure> {
        // Nobody is called out of bed to hear that they may sleep.
        if page.call != Call::Page && self.options.way == Way::Voice {
            return Ok(Receipt { id: "twilio:no-call".into(), at: None });
        }
        let to = page.to.map(|to| to.address).or(self.options.to.as_deref());
        let to = to.ok_or_else(|| Failure::Broken {
            why: "this page is for nobody in particular, and the twilio pager has no `to`".into(),
        })?;
        let (what, field, text) = match self.options.way {
            Way::Sms => ("Messages.json", "Body", words::text(page)),
            Way::Voice => ("Calls.json", "Twiml", words::call(page, self.answers(page).as_ref())),
        };
        let form = form(&[("To", to), ("From", &self.options.from), (field, &text)]);
        let request = self.client.post(self.address(&[what])?).body(form);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = http::send(self.signed(request)).await?;
        let made: Made = serde_json::from_str(&answer)
            .map_err(|_| Failure::Unknown { why: "the answer is not Twilio's".into() })?;
        Ok(Receipt { id: format_compact!("twilio:{}", made.sid), at: None })
    }

    fn answers(&self, page: &Page<'_>) -> Option<Url> {
        let mut url = self.options.answers.clone()?;
        url.query_pairs_mut().append_pair(ABOUT, &page.number.to_string());
        Some(url)
    }

    async fn account(&self) -> Result<String, Failure> {
        let file = format!("{}.json", self.options.account);
        let mut url = self.address(&[])?;
        if let Ok(mut path) = url.path_segments_mut() {
            path.push(&file);
        }
        let answer = http::send(self.signed(self.client.get(url).timeout(ASK_MAX))).await?;
        let account: Account = serde_json::from_str(&answer)
            .map_err(|_| Failure::Broken { why: "it answers, but not as Twilio does".into() })?;
        match account.status.as_str() {
            "active" => Ok("Twilio takes our token".to_owned()),
            other => Err(Failure::Broken { why: format!("the account is {other:?}") }),
        }
    }
}

fn form(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

impl Pager for Twilio {
    fn page<'a>(&'a self, page: Page<'a>) -> BoxFuture<'a, Result<Receipt, Failure>> {
        Box::pin(async move { self.send(&page).await })
    }

    fn about(&self) -> BoxFuture<'_, Result<String, Failure>> {
        Box::pin(self.account())
    }

    fn hear(&self, heard: &Heard<'_>) -> Result<Vec<Reply>, Deaf> {
        let given = (heard.header)(signature::HEADER);
        let given = given.ok_or(Deaf::Forged("the header X-Twilio-Signature is missing"))?;
        let fields: Vec<(String, String)> =
            form_urlencoded::parse(heard.body).into_owned().collect();
        if !signature::is_right(&self.options.token, heard.url, &fields, given) {
            return Err(Deaf::Forged("X-Twilio-Signature is wrong"));
        }
        let get = |name: &str| {
            fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
        };
        let missing = |what: &str| Deaf::Unreadable(format!("{what} is missing"));
        // A text comes from the person; a call is one that we made to them.
        if let Some(sid) = get("MessageSid") {
            let from = get("From").ok_or_else(|| missing("From"))?;
            let ask = reply::read(get("Body").unwrap_or_default());
            return Ok(vec![Reply { from: from.into(), key: sid.into(), ask }]);
        }
        let sid = get("CallSid").ok_or_else(|| missing("MessageSid or CallSid"))?;
        let digits = get("Digits").unwrap_or_default();
        let from = get("To").ok_or_else(|| missing("To"))?;
        let ask = number(heard.url).zip(pressed(digits)).map(|(number, verb)| Ask { verb, number });
        Ok(vec![Reply { from: from.into(), key: format_compact!("{sid}.{digits}"), ask }])
    }

    fn answer(&self, text: &str) -> (&'static str, String) {
        ("text/xml; charset=utf-8", words::answer(self.options.way, text))
    }
}

/// What a key of the telephone means, as the call has said.
fn pressed(digits: &str) -> Option<Verb> {
    match digits {
        "1" => Some(Verb::Acknowledge),
        "2" => Some(Verb::Escalate),
        _ => None,
    }
}

/// The incident that a call was about: the address is signed.
fn number(url: &str) -> Option<Number> {
    let url = Url::parse(url).ok()?;
    let (_, number) = url.query_pairs().find(|(name, _)| name == ABOUT)?;
    number.parse().ok().map(Number)
}
