//! A tracker that is asked by a recipe, carefully.
//!
//! A ticket carries its order's marker, and so does every comment: what may have been done before is
//! looked for first. Only a text with the whole marker counts; the oldest wins, because people copy
//! tickets.

use std::collections::BTreeMap;

use compact_str::{CompactString, format_compact};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use reqwest::Client;
use serde_json::Value;
use url::Url;

use super::fill::{Values, at, text_at};
use super::request::{Asker, broken};
use super::{Ask, Recipe, words};
use crate::adapters::failure::Failure;
use crate::adapters::tickets::{Seen, Tracker, Wanted};
use crate::domain::ids::EffectId;
use crate::domain::incident::Receipt;
use crate::domain::line::cut;
use crate::domain::secret::Secret;

/// Labels of a ticket at most, and characters of one: GitHub takes 100 of 50.
const LABELS_MAX: usize = 20;
const LABEL_MAX: usize = 50;
/// The label that every ticket of ours has: by it they are listed.
const OURS: &str = "warroom";
/// Characters of a ticket's key.
const KEY_MAX: usize = 80;

/// What the configuration says about one tracker.
#[derive(Debug, Clone)]
pub struct Options {
    /// Its name: what the ids of its tickets begin with.
    pub name: CompactString,
    /// Where its API is. None: where the recipe says.
    pub url: Option<Url>,
    /// Who we are to it, where it wants a name.
    pub user: Option<String>,
    /// What proves it.
    pub token: Option<Secret>,
    /// The project, the repository or the queue.
    pub project: String,
    /// What else the recipe needs.
    pub values: BTreeMap<String, String>,
    /// Where people reach this server: tickets lead back to it.
    pub home: Option<Url>,
}

/// A tracker that is asked by a recipe.
#[derive(Debug)]
pub struct Asked {
    name: CompactString,
    recipe: Recipe,
    asker: Asker,
    values: Values,
    home: Option<Url>,
}

impl Asked {
    /// Gets ready to ask; nothing is sent yet.
    ///
    /// # Errors
    /// [`Failure::Broken`], when the configuration leaves out what the recipe needs.
    pub fn new(client: Client, recipe: Recipe, options: Options) -> Result<Self, Failure> {
        let Options { name, url, user, token, project, values: given, home } = options;
        let usual = recipe.url.as_deref().and_then(|url| Url::parse(url).ok());
        let url = url.or(usual).ok_or_else(|| broken("the tracker has no `url`"))?;
        let mut values = Values::default().with("project", &*project).with("project_id", project);
        for (value, usual) in &recipe.values {
            let text = given.get(value).unwrap_or(usual);
            if text.is_empty() {
                return Err(broken(&format!("the tracker needs `values.{value}`")));
            }
            values = values.with(&format!("values.{value}"), text);
        }
        if let Some(unknown) = given.keys().find(|name| !recipe.values.contains_key(*name)) {
            return Err(broken(&format!("the recipe knows no `values.{unknown}`")));
        }
        let user = user.unwrap_or_default();
        let asker = Asker { client, url, user, token };
        Ok(Self { name, recipe, asker, values, home })
    }

    async fn ask(&self, ask: &Ask, values: &Values) -> Result<Value, Failure> {
        self.asker.ask(&self.recipe, ask, values).await
    }

    /// The key inside an id of ours.
    fn key<'a>(&self, ticket: &'a str) -> Result<&'a str, Failure> {
        let key = ticket.strip_prefix(self.name.as_str()).and_then(|rest| rest.strip_prefix(':'));
        key.ok_or_else(|| Failure::missing(&format!("{ticket:?} is no ticket of {}", self.name)))
    }

    fn receipt(&self, key: &str) -> Receipt {
        Receipt { id: format_compact!("{}:{}", self.name, cut(key, KEY_MAX)), at: None }
    }

    /// A text of somebody else, harmless and short enough, with its marker.
    fn marked(&self, text: &str, marker: &str) -> String {
        let Recipe { markup, text_max, .. } = self.recipe;
        let line = words::line(marker, markup);
        let room = text_max.saturating_sub(line.len() + 3);
        format!("{}\n\n{line}", cut(&words::harmless(text.trim_end(), markup), room))
    }

    async fn make(&self, wanted: &Wanted<'_>) -> Result<Receipt, Failure> {
        let marker = wanted.id.to_string();
        let values = self.values.clone().with("marker", &*marker);
        if wanted.attempt > 1
            && let Some(key) = self.find(&values, &marker).await?
        {
            return Ok(self.receipt(&key));
        }
        let title = words::harmless(wanted.title, self.recipe.markup).replace('\n', " ");
        let mut labels = vec![OURS.to_owned()];
        let given = wanted.labels.iter().take(LABELS_MAX).map(|label| plain(label));
        labels.extend(given.filter(|label| !label.is_empty()));
        let mut words: Vec<String> =
            labels.iter().map(|label| label.replace(char::is_whitespace, "-")).collect();
        let values = values.with("labels_text", labels.join(",")).with_list("words", words.clone());
        // Where labels are searched exactly, the marker is one of them.
        words.push(format!("{OURS}-{marker}"));
        let values = values
            .with("title", cut(title.trim(), self.recipe.title_max.saturating_sub(1)))
            .with("body", self.marked(&self.body(wanted), &marker))
            .with_list("words_and_marker", words)
            .with_list("labels", labels);
        let answer = self.ask(&self.recipe.create, &values).await?;
        let key = text_at(&answer, &self.recipe.create.id).filter(|key| !key.is_empty());
        let unknown = || Failure::Unknown { why: "the answer names no ticket".to_owned() };
        Ok(self.receipt(&key.ok_or_else(unknown)?))
    }

    fn body(&self, wanted: &Wanted<'_>) -> String {
        match &self.home {
            Some(home) => {
                let home = home.as_str().trim_end_matches('/');
                format!("{}\n\n{home}/incidents/{}", wanted.body.trim_end(), wanted.number)
            }
            None => wanted.body.to_owned(),
        }
    }

    async fn find(&self, values: &Values, marker: &str) -> Result<Option<String>, Failure> {
        let find = &self.recipe.find;
        let answer = self.ask(find, values).await?;
        let all = list(&answer, &find.each)?;
        let ours = all.iter().filter(|one| carries(one, &find.text, marker));
        let keys = ours.filter_map(|one| text_at(one, &find.id));
        Ok(keys.min_by_key(|key| (key.len(), key.clone())))
    }

    /// Says something once.
    async fn say(&self, id: EffectId, key: &str, text: &str) -> Result<(), Failure> {
        let marker = id.to_string();
        let values = self.values.clone().with("id", key).with("marker", &*marker);
        if let Some(comments) = &self.recipe.comments {
            let answer = self.ask(comments, &values).await?;
            let all = list(&answer, &comments.each)?;
            if all.iter().any(|one| carries(one, &comments.text, &marker)) {
                return Ok(());
            }
        }
        let values = values.with("text", self.marked(text, &marker));
        self.ask(&self.recipe.comment, &values).await.map(drop)
    }

    /// Opens or closes it, unless it is so already.
    async fn set(&self, key: &str, is_open: bool) -> Result<(), Failure> {
        if self.look_at(key).await?.is_open == is_open {
            return Ok(());
        }
        let ask = if is_open { &self.recipe.reopen } else { &self.recipe.close };
        self.ask(ask, &self.values.clone().with("id", key)).await.map(drop)
    }

    async fn look_at(&self, key: &str) -> Result<Seen, Failure> {
        let look = &self.recipe.look;
        let values = self.values.clone().with("id", key);
        let ask = Ask {
            method: None,
            path: look.path.clone(),
            query: BTreeMap::new(),
            headers: BTreeMap::new(),
            json: None,
            each: String::new(),
            id: String::new(),
            text: String::new(),
            pick: None,
        };
        let answer = self.ask(&ask, &values).await?;
        let unknown = || Failure::Unknown { why: "the answer shows no ticket".to_owned() };
        let status = text_at(&answer, &look.status).ok_or_else(unknown)?;
        let is_among = |words: &[String]| {
            words.iter().any(|word| values.text(word).eq_ignore_ascii_case(&status))
        };
        let is_open = is_among(&look.open) || (look.open.is_empty() && !is_among(&look.closed));
        let page = match look.page.contains("{{") {
            true => Some(format!("{}{}", origin(&self.asker.url), values.path(&look.page))),
            false if look.page.is_empty() => None,
            false => text_at(&answer, &look.page),
        };
        Ok(Seen { title: text_at(&answer, &look.title).unwrap_or_default(), status, is_open, page })
    }
}

/// A list in an answer; an answer without it says nothing about what is there.
fn list<'a>(answer: &'a Value, path: &str) -> Result<&'a Vec<Value>, Failure> {
    let unknown = || Failure::Unknown { why: "the answer holds no list".to_owned() };
    at(answer, path).and_then(Value::as_array).ok_or_else(unknown)
}

/// Whether a text holds the whole marker, and not the beginning of a longer one.
fn carries(one: &Value, path: &str, marker: &str) -> bool {
    if path.is_empty() {
        return true;
    }
    let Some(text) = text_at(one, path) else { return false };
    let line = format!("{}{marker}", words::MARKER);
    text == marker
        || text.match_indices(&line).any(|(at, _)| {
            let behind = text.get(at + line.len()..).and_then(|rest| rest.chars().next());
            !behind.is_some_and(|c| c.is_ascii_alphanumeric() || c == '.')
        })
}

/// A label: short, on one line, and no two where lists are written with commas.
fn plain(label: &str) -> String {
    let label: String = label.chars().filter(|c| !c.is_control() && *c != ',').collect();
    label.trim().chars().take(LABEL_MAX).collect::<String>().trim_end().to_owned()
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

impl Tracker for Asked {
    fn open<'a>(&'a self, wanted: Wanted<'a>) -> BoxFuture<'a, Result<Receipt, Failure>> {
        async move { self.make(&wanted).await }.boxed()
    }

    fn comment<'a>(
        &'a self,
        id: EffectId,
        ticket: &'a CompactString,
        text: &'a str,
    ) -> BoxFuture<'a, Result<Receipt, Failure>> {
        async move {
            let key = self.key(ticket)?;
            self.say(id, key, text).await?;
            Ok(self.receipt(key))
        }
        .boxed()
    }

    fn close<'a>(
        &'a self,
        id: EffectId,
        ticket: &'a CompactString,
        comment: &'a str,
    ) -> BoxFuture<'a, Result<Receipt, Failure>> {
        async move {
            let key = self.key(ticket)?;
            self.say(id, key, comment).await?;
            self.set(key, false).await?;
            Ok(self.receipt(key))
        }
        .boxed()
    }

    fn reopen<'a>(
        &'a self,
        id: EffectId,
        ticket: &'a CompactString,
        comment: &'a str,
    ) -> BoxFuture<'a, Result<Receipt, Failure>> {
        async move {
            let key = self.key(ticket)?;
            self.set(key, true).await?;
            self.say(id, key, comment).await?;
            Ok(self.receipt(key))
        }
        .boxed()
    }

    fn look<'a>(&'a self, ticket: &'a str) -> BoxFuture<'a, Result<Seen, Failure>> {
        async move { self.look_at(self.key(ticket)?).await }.boxed()
    }

    fn about(&self) -> BoxFuture<'_, Result<String, Failure>> {
        async move {
            let about = &self.recipe.about;
            let answer = self.ask(about, &self.values).await?;
            let unknown = || Failure::Unknown { why: "the answer does not say".to_owned() };
            let text = text_at(&answer, &about.text).ok_or_else(unknown)?;
            Ok(format!("reaches {}", cut(&text, KEY_MAX)))
        }
        .boxed()
    }
}
