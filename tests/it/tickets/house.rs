//! A tracker's memory, whatever language it speaks: tickets, comments, and how well it is.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::world::vendor::Reply;

/// How the tracker is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mood {
    /// It does what it is asked.
    Well,
    /// It makes the ticket, and the connection breaks before the answer.
    MakesAndBreaks,
    /// It answers everything with this status.
    Fails(u16),
    /// It answers everything with 200 and this.
    Says(String),
}

/// One ticket.
#[derive(Debug, Clone)]
pub(crate) struct Ticket {
    pub(crate) key: String,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) labels: Vec<String>,
    pub(crate) marker: String,
    pub(crate) comments: Vec<String>,
    pub(crate) is_open: bool,
}

/// The memory of one tracker.
#[derive(Debug)]
pub(crate) struct House {
    mood: Mutex<Mood>,
    tickets: Mutex<Vec<Ticket>>,
    changes: AtomicUsize,
    calls: AtomicUsize,
    /// What stands before a key's number.
    prefix: &'static str,
    /// Whether it can tell what was said.
    pub(crate) lists_comments: bool,
}

impl House {
    pub(crate) fn new(prefix: &'static str, lists_comments: bool) -> Self {
        Self {
            mood: Mutex::new(Mood::Well),
            tickets: Mutex::default(),
            changes: AtomicUsize::default(),
            calls: AtomicUsize::default(),
            prefix,
            lists_comments,
        }
    }

    pub(crate) fn mood(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// What is answered before anything is looked at.
    pub(crate) fn first(&self) -> Option<Reply> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        match self.mood.lock().unwrap().clone() {
            Mood::Well | Mood::MakesAndBreaks => None,
            Mood::Fails(status) => Some(Reply::Text(status, "hunter2 was here".to_owned())),
            Mood::Says(text) => Some(Reply::Text(200, text)),
        }
    }

    /// A ticket of somebody else.
    pub(crate) fn plant(&self, title: &str, body: &str) {
        self.add(title, body, vec!["warroom".to_owned()], "");
    }

    fn add(&self, title: &str, body: &str, labels: Vec<String>, marker: &str) -> String {
        let mut tickets = self.tickets.lock().unwrap();
        let key = format!("{}{}", self.prefix, tickets.len() + 1);
        tickets.push(Ticket {
            key: key.clone(),
            title: title.to_owned(),
            body: body.to_owned(),
            labels,
            marker: marker.to_owned(),
            comments: Vec::new(),
            is_open: true,
        });
        key
    }

    /// Makes a ticket; `answer` says so, unless the connection breaks.
    pub(crate) fn make(
        &self,
        (title, body): (&str, &str),
        (labels, marker): (Vec<String>, &str),
        answer: impl FnOnce(&str) -> Reply,
    ) -> Reply {
        let key = self.add(title, body, labels, marker);
        match *self.mood.lock().unwrap() {
            Mood::MakesAndBreaks => Reply::Breaks,
            _ => answer(&key),
        }
    }

    /// One ticket, and what to do with it; 404 where there is none.
    pub(crate) fn with(&self, key: &str, act: impl FnOnce(&mut Ticket) -> Reply) -> Reply {
        let mut tickets = self.tickets.lock().unwrap();
        match tickets.iter_mut().find(|ticket| ticket.key == key) {
            Some(ticket) => act(ticket),
            None => Reply::Text(404, "no such ticket".to_owned()),
        }
    }

    /// Opens or closes a ticket.
    pub(crate) fn set(&self, ticket: &mut Ticket, is_open: bool) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        ticket.is_open = is_open;
    }

    pub(crate) fn tickets(&self) -> Vec<Ticket> {
        self.tickets.lock().unwrap().clone()
    }

    pub(crate) fn changes(&self) -> usize {
        self.changes.load(Ordering::SeqCst)
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}
