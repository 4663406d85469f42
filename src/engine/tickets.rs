//! The local ticket register, in logs of the brain.
//!
//! The log `tickets` gives each ticket its number, once for each marker: it is the register. What
//! becomes of ticket 7 is the log `ticket/7`. So opening and closing cost the same with 50 000
//! tickets as with one, a page reads only its own tickets, and every write may be repeated.
//! Documents alone would not do: they are read as a whole. They only say which tickets are open,
//! which are as many as there are incidents; such a mark may dangle and is never missing.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use compact_str::{CompactString, format_compact};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::time::timeout;

use super::Engine;
use super::outside::{Failure, Seen};
use super::queries::away;
use super::views::Refusal;
use crate::brain::{Brain, Error, Kind};
use crate::brain::{decode, encode};
use crate::domain::ticket::{Change, Opening, Status, number_of, status, ticket_id};

/// The log that gives tickets their numbers.
const REGISTER: CompactString = CompactString::const_new("tickets");
/// Changes of one ticket that are shown: the rest is counted, not read.
const CHANGES_MAX: usize = 1000;
/// Tickets in one answer at most.
const TICKETS_MAX: usize = 500;
/// Tickets that are looked at at the same time.
const AT_ONCE: usize = 64;
/// How long somebody waits to hear how a ticket stands elsewhere.
const LOOK_MAX: Duration = Duration::from_secs(10);
/// The longest comment: several pages.
const COMMENT_CHARS: usize = 16 * 1024;

/// Tickets in a brain.
#[derive(Debug)]
pub struct Tickets {
    brain: Arc<dyn Brain>,
}

/// A ticket as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TicketView {
    /// What it is called: `T-7`.
    #[schemars(with = "String")]
    pub id: CompactString,
    /// Its place in the register.
    pub number: u64,
    /// What is wrong.
    pub title: String,
    /// The rest, as the rule wrote it.
    pub body: String,
    /// The rule's labels for it.
    pub labels: Vec<String>,
    /// Whether it waits for somebody.
    pub status: Status,
    /// The incident that it is about.
    pub incident: u64,
    /// The room to talk about it in.
    pub room: String,
    /// Its page: a path here, a whole address in the API where `server.external_url` is set.
    pub url: String,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// What became of it, the oldest first.
    pub comments: Vec<Comment>,
}

/// What was said about a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Comment {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: String,
    /// What.
    pub text: String,
}

/// Which tickets are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wanted {
    /// Those that wait for somebody.
    #[default]
    Open,
    /// Every one.
    All,
}

impl std::str::FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "open" => Ok(Self::Open),
            "all" => Ok(Self::All),
            _ => Err("it is open or all".to_owned()),
        }
    }
}

impl Tickets {
    /// The tickets of this brain.
    #[must_use]
    pub fn new(brain: Arc<dyn Brain>) -> Self {
        Self { brain }
    }

    /// Opens a ticket, once for each marker; gives its number.
    ///
    /// # Errors
    /// When the brain is away.
    pub async fn open(&self, marker: CompactString, opening: &Opening) -> Result<u64, Error> {
        let number = self.brain.append(REGISTER, marker, encode("a ticket", opening)?).await?;
        self.mark(number, Status::Open).await?;
        Ok(number)
    }

    /// Writes down what became of a ticket, once for each id.
    ///
    /// # Errors
    /// When the brain is away.
    pub async fn change(
        &self,
        number: u64,
        id: CompactString,
        change: &Change,
    ) -> Result<(), Error> {
        // Open before, closed after: a mark may dangle and is never missing.
        if change.status == Some(Status::Open) {
            self.mark(number, Status::Open).await?;
        }
        self.brain.append(log_of(number), id, encode("a change of a ticket", change)?).await?;
        if change.status == Some(Status::Closed) {
            self.mark(number, Status::Closed).await?;
        }
        Ok(())
    }

    /// A mark is a document that is written once and deleted once.
    async fn mark(&self, number: u64, status: Status) -> Result<(), Error> {
        let id = format_compact!("{number}");
        let written = match status {
            Status::Open => self.brain.put(Kind::Ticket, id, 0, Some(number.into())).await,
            Status::Closed => self.brain.put(Kind::Ticket, id, 1, None).await,
        };
        match written {
            // It is there already, or gone already.
            Ok(_) | Err(Error::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The numbers of the tickets that wait for somebody, the newest first.
    async fn open_ones(&self) -> Result<Vec<u64>, Error> {
        let marks = self.brain.documents(Kind::Ticket).await?;
        let mut numbers: Vec<u64> = marks.iter().filter_map(|mark| mark.id.parse().ok()).collect();
        numbers.sort_unstable_by(|a, b| b.cmp(a));
        Ok(numbers)
    }

    async fn opening(&self, number: u64) -> Result<Option<Opening>, Error> {
        let logged = self.brain.read(REGISTER, number, 1).await?;
        logged.first().map(|logged| decode("ticket", &logged.body)).transpose()
    }

    async fn changes(&self, number: u64) -> Result<Vec<Change>, Error> {
        let (log, mut from, mut changes) = (log_of(number), 1, Vec::new());
        loop {
            let logged = self.brain.read(log.clone(), from, CHANGES_MAX - changes.len()).await?;
            let Some(last) = logged.last() else { return Ok(changes) };
            from = last.number + 1;
            for logged in &logged {
                changes.push(decode::<Change>("change of a ticket", &logged.body)?);
            }
            if changes.len() >= CHANGES_MAX {
                return Ok(changes);
            }
        }
    }
}

fn log_of(number: u64) -> CompactString {
    format_compact!("ticket/{number}")
}

impl Engine {
    /// Up to `max` tickets below a number, the newest first.
    ///
    /// # Errors
    /// When the brain is away.
    pub async fn tickets(
        &self,
        wanted: Wanted,
        before: Option<u64>,
        max: usize,
    ) -> Result<Vec<TicketView>, Refusal> {
        let max = max.min(TICKETS_MAX);
        let before = before.unwrap_or(u64::MAX);
        let numbers: Vec<u64> = match wanted {
            Wanted::Open => {
                let open = self.tickets.open_ones().await.map_err(away)?;
                open.into_iter().filter(|number| *number < before).take(max).collect()
            }
            Wanted::All => {
                let last = self.brain.length(REGISTER).await.map_err(away)?;
                (1..=last.min(before.saturating_sub(1))).rev().take(max).collect()
            }
        };
        let views: Vec<Option<TicketView>> =
            stream::iter(numbers.into_iter().map(|number| self.view(number)))
                .buffered(AT_ONCE)
                .try_collect()
                .await?;
        let is_wanted = |view: &TicketView| wanted == Wanted::All || view.status == Status::Open;
        Ok(views.into_iter().flatten().filter(is_wanted).collect())
    }

    /// One ticket: `T-7`, or `7`.
    ///
    /// # Errors
    /// When there is none with this id, or the brain is away.
    pub async fn ticket(&self, id: &str) -> Result<TicketView, Refusal> {
        let none = || Refusal::NotFound(format!("there is no ticket {id:?} in the local register"));
        let number = number_of(id).or_else(|| id.parse().ok()).ok_or_else(none)?;
        self.view(number).await?.ok_or_else(none)
    }

    /// How a ticket of a tracker outside stands now: `github:7`.
    ///
    /// # Errors
    /// When there is no such tracker or ticket, or it does not say.
    pub async fn ticket_outside(&self, id: &str) -> Result<Seen, Refusal> {
        let seen = timeout(LOOK_MAX, self.outside.look(id)).await;
        let slow = || Refusal::Conflict(format!("the tracker of {id} does not answer"));
        let told = |failure: Failure| Refusal::Conflict(format!("{id}: {failure}"));
        seen.map_err(|_| slow())?.map_err(told)
    }

    /// Says something about a ticket.
    ///
    /// # Errors
    /// When there is none with this id, the text is empty or too long, or the brain is away.
    pub async fn comment(
        &self,
        id: &str,
        by: CompactString,
        text: &str,
    ) -> Result<TicketView, Refusal> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Refusal::Invalid("the comment is empty".to_owned()));
        }
        if text.chars().count() > COMMENT_CHARS {
            let why = format!("the comment has more than {COMMENT_CHARS} characters");
            return Err(Refusal::Invalid(why));
        }
        let TicketView { number, .. } = self.ticket(id).await?;
        let (at, text) = (self.clock.now(), text.to_owned());
        let change = Change { at, by: Some(by), text, status: None };
        let id = self.new_id("comment");
        self.tickets.change(number, id, &change).await.map_err(away)?;
        self.view(number).await?.ok_or_else(|| Refusal::NotFound("the ticket is gone".to_owned()))
    }

    async fn view(&self, number: u64) -> Result<Option<TicketView>, Refusal> {
        let Some(opening) = self.tickets.opening(number).await.map_err(away)? else {
            return Ok(None);
        };
        let changes = self.tickets.changes(number).await.map_err(away)?;
        let Opening { incident, title, body, labels, at: opened_at } = opening;
        let (id, status) = (ticket_id(number), status(&changes));
        let comment = |Change { at, by, text, .. }: Change| {
            let by = by.map_or_else(|| "warroom".to_owned(), Into::into);
            Comment { at, by, text }
        };
        Ok(Some(TicketView {
            url: format!("/tickets/{id}"),
            room: incident.to_string(),
            comments: changes.into_iter().map(comment).collect(),
            id,
            number,
            title,
            body,
            labels,
            status,
            incident,
            opened_at,
        }))
    }
}
