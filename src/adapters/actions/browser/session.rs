//! One browser for one run, as `WebDriver` commands.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

use super::kind::Sites;
use crate::adapters::actions::Fault;
use crate::adapters::actions::follow::segment;
use crate::adapters::actions::service::{Effect, Service, word};

/// What stands before an element's id: <https://www.w3.org/TR/webdriver2/#elements>.
const ELEMENT: &str = "/value/element-6066-11e4-a52e-4f735466cecf";
/// How long an element may take to be there.
const FIND_MAX: Duration = Duration::from_secs(5);
/// How long a page may take to load.
const LOAD_MAX: Duration = Duration::from_secs(30);

/// A browser that is open.
#[derive(Debug)]
pub(super) struct Session<'a> {
    service: &'a Service,
    id: String,
}

impl<'a> Session<'a> {
    /// Opens a browser that finds the hosts of these sites and no others.
    pub(super) async fn open(service: &'a Service, sites: &Sites) -> Result<Self, Fault> {
        let hosts = sites.sites.values().filter_map(Url::host_str);
        let rules = hosts
            .fold("MAP * ~NOTFOUND".to_owned(), |rules, host| format!("{rules} , EXCLUDE {host}"));
        let own = ["--headless=new".to_owned(), format!("--host-resolver-rules={rules}")];
        let arguments: Vec<&String> = own.iter().chain(&sites.arguments).collect();
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "timeouts": { "implicit": FIND_MAX.as_millis(), "pageLoad": LOAD_MAX.as_millis() },
            "goog:chromeOptions": { "args": arguments },
        } } });
        let request = service.request(Method::POST, "/session")?.json(&wanted);
        let answer = service.send(request, Effect::Looks).await?.json();
        let id = word(&answer, "/value/sessionId").ok_or_else(|| {
            Fault::Refused("the WebDriver opens no browser: is it a chromedriver?".to_owned())
        })?;
        Ok(Self { service, id: segment(&id) })
    }

    pub(super) async fn go(&self, url: &Url) -> Result<(), Fault> {
        self.post("url", &json!({ "url": url }), Effect::Looks).await.map(drop)
    }

    pub(super) async fn click(&self, css: &str) -> Result<(), Fault> {
        let element = self.find(css).await?;
        let path = format!("element/{element}/click");
        self.post(&path, &json!({}), Effect::Changes).await.map(drop)
    }

    pub(super) async fn type_into(&self, css: &str, value: &str) -> Result<(), Fault> {
        let element = self.find(css).await?;
        // A key that is no character, such as Enter, could be a click: it stays out.
        let plain: String =
            value.chars().filter(|c| !('\u{e000}'..='\u{f8ff}').contains(c)).collect();
        let path = format!("element/{element}/value");
        self.post(&path, &json!({ "text": plain }), Effect::Changes).await.map(drop)
    }

    /// Everything that the page says.
    pub(super) async fn text(&self) -> Result<String, Fault> {
        let element = self.find("body").await?;
        let answer = self.get(&format!("element/{element}/text")).await?;
        Ok(word(&answer, "/value").unwrap_or_default())
    }

    /// Where it is.
    pub(super) async fn place(&self) -> Result<Option<Url>, Fault> {
        let answer = self.get("url").await?;
        Ok(word(&answer, "/value").and_then(|url| Url::parse(&url).ok()))
    }

    /// What it shows, as PNG.
    pub(super) async fn picture(&self) -> Result<Vec<u8>, Fault> {
        let answer = self.get("screenshot").await?;
        let text = word(&answer, "/value").unwrap_or_default();
        STANDARD.decode(text).map_err(|_| Fault::Refused("the screenshot is no picture".to_owned()))
    }

    /// Closes the browser.
    pub(super) async fn close(&self) -> Result<(), Fault> {
        let request = self.service.request(Method::DELETE, &format!("/session/{}", self.id))?;
        self.service.send(request, Effect::Looks).await.map(drop)
    }

    async fn find(&self, css: &str) -> Result<String, Fault> {
        let body = json!({ "using": "css selector", "value": css });
        let answer = self.post("element", &body, Effect::Looks).await?;
        let id = word(&answer, ELEMENT);
        id.map(|id| segment(&id)).ok_or_else(|| Fault::Refused(format!("nothing is {css:?}")))
    }

    async fn get(&self, path: &str) -> Result<Value, Fault> {
        let request = self.service.request(Method::GET, &format!("/session/{}/{path}", self.id))?;
        Ok(self.service.send(request, Effect::Looks).await?.json())
    }

    async fn post(&self, path: &str, body: &Value, effect: Effect) -> Result<Value, Fault> {
        let request =
            self.service.request(Method::POST, &format!("/session/{}/{path}", self.id))?;
        Ok(self.service.send(request.json(body), effect).await?.json())
    }
}
