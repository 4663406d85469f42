//! What is wanted of an example: `5m page ben`.

use chrono::TimeDelta;

use crate::domain::diagnostic::Place;

/// So long after its time a thing may happen: posts and pages are put together for a few seconds.
pub const LATE_MAX: TimeDelta = TimeDelta::seconds(10);

/// Something that is to happen, or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Want {
    /// Not before this, counted from the beginning.
    pub from: TimeDelta,
    /// Not after this; none: until the end, which only something unwanted may be.
    pub until: Option<TimeDelta>,
    /// It must not happen.
    pub is_not: bool,
    /// What kind of thing; none: anything at all.
    pub kind: Option<Kind>,
    /// What is said of it: the first words of the actual happening, or a part of its text.
    pub rest: String,
    /// As it is written.
    pub line: String,
    /// Where it is written.
    pub place: Place,
}

macro_rules! kinds {
    ($($kind:ident $name:literal $doc:literal),+ $(,)?) => {
        /// Kinds of things that can be wanted, in the order of help texts.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Kind {
            $(#[doc = $doc] $kind),+
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// The word for it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name),+
                }
            }
        }
    };
}

kinds! {
    Incident "incident" "An incident opened: rule, severity, title.",
    Room "room" "A room was opened: its name.",
    Ticket "ticket" "A ticket was opened: tracker, title.",
    Page "page" "Somebody was woken: who, `by` which pager. A policy's name where it names nobody.",
    Post "post" "Something was said: `#room` or an incident's number, and a part of the text.",
    Graph "graph" "A graph was ordered: its name and arguments.",
    Ask "ask" "A run waits for an approval: the runbook, and its parameters as name=value.",
    Run "run" "A run began: the runbook, and its parameters as name=value.",
    Step "step" "A step was handed to an executor: its name.",
    Ran "ran" "A run ended: the runbook, and how.",
    Ack "ack" "Somebody took the incident: who.",
    Resolve "resolve" "The incident was resolved: its number.",
    Close "close" "The incident was closed: its number.",
    Reopen "reopen" "The incident came back: its number.",
    Silence "silence" "A silence was made: its comment.",
    Held "held" "An alert was held back: silence, inhibition NAME, throttle, storm, no-rule, downtime, flapping.",
    Answer "answer" "A typed line was answered: a part of the answer's first line.",
    Failed "failed" "An order to the outside was given up: its kind, `open_room`, `page`.",
}

impl Kind {
    /// An example that wants one of these wants to name all of them.
    #[must_use]
    pub fn is_complete(self) -> bool {
        match self {
            Self::Incident | Self::Room | Self::Ticket | Self::Page | Self::Ask | Self::Run => true,
            Self::Post
            | Self::Graph
            | Self::Step
            | Self::Ran
            | Self::Ack
            | Self::Resolve
            | Self::Close
            | Self::Reopen
            | Self::Silence
            | Self::Held
            | Self::Answer
            | Self::Failed => false,
        }
    }

    /// Whether what is wanted of such a thing is a part of a text.
    fn is_text(self) -> bool {
        matches!(self, Self::Post | Self::Answer)
    }
}

impl Want {
    /// Whether a thing at this time is what is meant here.
    #[must_use]
    pub fn is_met(&self, after: TimeDelta, kind: Kind, said: &str) -> bool {
        let is_now = self.from <= after && self.until.is_none_or(|until| after <= until);
        is_now && self.is_about(kind, said)
    }

    /// Whether it is meant here but for its time.
    #[must_use]
    pub fn is_about(&self, kind: Kind, said: &str) -> bool {
        match self.kind {
            None => true,
            Some(wanted) => wanted == kind && self.says(wanted, said),
        }
    }

    fn says(&self, kind: Kind, said: &str) -> bool {
        if !kind.is_text() {
            let mut said = said.split_whitespace();
            return self.rest.split_whitespace().all(|word| said.next() == Some(word));
        }
        if kind != Kind::Post {
            return said.contains(&self.rest);
        }
        let (room, part) = self.rest.split_once(' ').unwrap_or((&self.rest, ""));
        said.split_once(' ').is_some_and(|(at, text)| at == room && text.contains(part.trim()))
    }
}
