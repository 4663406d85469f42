//! A browser without a screen: it keeps cookies, and says where its requests come from.

use std::collections::BTreeMap;

use reqwest::header::{LOCATION, SET_COOKIE};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;

use crate::server::lab::{Lab, read};

/// A browser at one server.
#[derive(Debug, Clone)]
pub(super) struct Browser {
    client: Client,
    base: String,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    /// A new one, with no cookies.
    pub(super) fn at(lab: &Lab) -> Self {
        let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        Self { client: client.build().unwrap(), base: lab.url(""), cookies: BTreeMap::new() }
    }

    /// What it holds under a name.
    pub(super) fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// Plants a cookie.
    pub(super) fn plant(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// A request of one of the server's own pages.
    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.from(method, path);
        request.header("sec-fetch-site", "same-origin").header("origin", &self.base)
    }

    /// A request that does not say which page it comes from.
    pub(super) fn from(&self, method: Method, path: &str) -> RequestBuilder {
        let url =
            if path.starts_with('/') { format!("{}{path}", self.base) } else { path.to_owned() };
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        self.client.request(method, url).header("cookie", cookies.join("; "))
    }

    /// Sends a request and keeps the cookies of the answer.
    pub(super) async fn send(&mut self, request: RequestBuilder) -> Response {
        let answer = request.send().await.unwrap();
        for line in answer.headers().get_all(SET_COOKIE) {
            let line = line.to_str().unwrap();
            assert!(line.contains("; HttpOnly; SameSite=Lax"), "{line}");
            let (name, rest) = line.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.plant(name, value);
            }
        }
        answer
    }

    /// Opens an address.
    pub(super) async fn get(&mut self, path: &str) -> Response {
        let request = self.from(Method::GET, path);
        self.send(request).await
    }

    /// Sends the form of the sign-in.
    pub(super) async fn form(&mut self, fields: &[(&str, &str)]) -> Response {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        let body = form.extend_pairs(fields).finish();
        let kind = "application/x-www-form-urlencoded";
        let request =
            self.request(Method::POST, "/sign-in").header("content-type", kind).body(body);
        self.send(request).await
    }

    /// Signs in with a token, which must work.
    pub(super) async fn sign_in(&mut self, token: &str) {
        let answer = self.form(&[("token", token)]).await;
        assert_eq!((answer.status().as_u16(), to(&answer)), (303, "/".to_owned()));
    }

    /// The same, for a browser that is made on the way.
    pub(super) async fn signed_in(mut self, token: &str) -> Self {
        self.sign_in(token).await;
        self
    }

    /// Who the server thinks it is; none: nobody.
    pub(super) async fn me(&mut self) -> Option<Value> {
        let request = self.request(Method::GET, "/api/v1/me");
        let answer = self.send(request).await;
        (answer.status() == 200).then_some(())?;
        Some(serde_json::from_str(&answer.text().await.unwrap()).unwrap())
    }

    /// A command as the page sends it, with the word against forgery.
    pub(super) async fn command(&mut self, path: &str, body: &Value) -> (u16, Value) {
        let csrf = self.me().await.unwrap()["csrf"].as_str().unwrap().to_owned();
        let request = self
            .request(Method::POST, path)
            .header("x-warroom-csrf", csrf)
            .header("content-type", "application/json")
            .body(body.to_string());
        let (status, text) = read(self.send(request).await).await;
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }
}

/// Where an answer sends the browser.
pub(super) fn to(answer: &Response) -> String {
    answer.headers().get(LOCATION).unwrap().to_str().unwrap().to_owned()
}
