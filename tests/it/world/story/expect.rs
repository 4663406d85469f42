//! What a story expects: each expectation takes out what it has seen.

use super::town::Town;
use super::world::World;

/// Somebody or something that is reached.
pub(crate) struct Whom<'a> {
    town: &'a Town,
    name: String,
}

impl World {
    /// The phones of an escalation policy.
    pub(crate) fn phone(&self, policy: &str) -> Whom<'_> {
        self.whom(format!("phone {policy}"))
    }

    /// A room.
    pub(crate) fn room(&self, name: &str) -> Whom<'_> {
        self.whom(format!("room {name}"))
    }

    /// A ticket.
    pub(crate) fn ticket(&self, id: &str) -> Whom<'_> {
        self.whom(format!("ticket {id}"))
    }

    /// Whoever executes runbooks.
    pub(crate) fn runbook(&self, name: &str) -> Whom<'_> {
        self.whom(format!("runbook {name}"))
    }

    fn whom(&self, name: String) -> Whom<'_> {
        Whom { town: &self.town, name }
    }

    /// Nothing was sent that was not seen yet.
    #[track_caller]
    pub(crate) fn is_quiet(&self) {
        let listed = listed(&self.town);
        assert!(listed.is_empty(), "it should be quiet, but:\n{listed}");
    }

    /// All that was sent since the last look, in this order and nothing else: `phone cms rings`.
    #[track_caller]
    pub(crate) fn sends(&self, expected: &[&str]) {
        let sent = self.town.sent(std::mem::take);
        let seen: Vec<String> =
            sent.iter().map(|sent| format!("{} {}", sent.whom, sent.did)).collect();
        assert_eq!(seen, expected, "{sent:#?}");
    }

    /// All that was sent since the last look, word for word.
    pub(crate) fn transcript(&self) -> String {
        let listed = listed(&self.town);
        self.town.sent(Vec::clear);
        listed
    }
}

impl Whom<'_> {
    /// A page.
    #[track_caller]
    pub(crate) fn rings(&self, words: &str) -> String {
        self.did("rings", words)
    }

    /// Word that it is over, to those who were paged.
    #[track_caller]
    pub(crate) fn is_told(&self, words: &str) {
        self.did("is told", words);
    }

    /// It opens.
    #[track_caller]
    pub(crate) fn opens(&self, words: &str) {
        self.did("opens", words);
    }

    /// It closes.
    #[track_caller]
    pub(crate) fn closes(&self) {
        self.did("closes", "");
    }

    /// It opens again.
    #[track_caller]
    pub(crate) fn reopens(&self) {
        self.did("reopens", "");
    }

    /// A line.
    #[track_caller]
    pub(crate) fn hears(&self, words: &str) {
        self.did("hears", words);
    }

    /// A graph.
    #[track_caller]
    pub(crate) fn draws(&self, words: &str) {
        self.did("draws", words);
    }

    /// A run.
    #[track_caller]
    pub(crate) fn starts(&self, words: &str) {
        self.did("starts", words);
    }

    /// The card, as it looks now: earlier edits since the last look do not matter.
    #[track_caller]
    pub(crate) fn shows(&self, words: &str) {
        let last = self.town.sent(|sent| {
            let mine = sent.extract_if(.., |one| one.whom == self.name && one.did == "shows");
            mine.last()
        });
        let last = last.unwrap_or_else(|| self.missing("shows"));
        assert!(last.text.contains(words), "{} shows no {words:?}:\n{}", self.name, last.text);
    }

    /// The oldest thing of this kind that was not seen yet; gives its idempotency key.
    #[track_caller]
    fn did(&self, did: &str, words: &str) -> String {
        let found = self.town.sent(|sent| {
            let at = sent.iter().position(|one| one.whom == self.name && one.did == did)?;
            Some(sent.remove(at))
        });
        let found = found.unwrap_or_else(|| self.missing(did));
        assert!(
            found.text.contains(words),
            "{} {did} without {words:?}:\n{}",
            self.name,
            found.text
        );
        found.key.to_string()
    }

    #[track_caller]
    fn missing(&self, did: &str) -> ! {
        panic!("{} never {did}. What was sent:\n{}", self.name, listed(self.town))
    }
}

/// Everything that was sent and not seen, a line each.
pub(super) fn listed(town: &Town) -> String {
    town.sent(|sent| {
        let lines = sent.iter().map(|one| match one.text.as_str() {
            "" => format!("{} {}\n", one.whom, one.did),
            text => format!("{} {}: {text}\n", one.whom, one.did),
        });
        lines.collect()
    })
}
