//! What a command says of itself: its help, the README and completion are made of this.

/// One command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spec {
    /// The verb.
    pub name: &'static str,
    /// Other verbs for the same.
    pub aliases: &'static [&'static str],
    /// How it is typed: `ack [#12]`. Brackets: may be left out.
    pub usage: &'static str,
    /// One line that says what it does.
    pub help: &'static str,
    /// Lines that work, to be copied.
    pub examples: &'static [&'static str],
    /// Where it stands in the help.
    pub topic: Topic,
    /// Whether it changes something: then it needs a right, and a typo never runs.
    pub changes: bool,
    /// What stands behind the verb is text, with quotes and `|` as they are.
    pub is_free: bool,
    /// It gives a table, so filters may follow.
    pub has_table: bool,
    /// Its answer is for whoever asks, not for the room.
    pub is_private: bool,
}

impl Spec {
    /// A command that reads, and gives a text.
    #[must_use]
    pub const fn reads(name: &'static str, topic: Topic) -> Self {
        Self {
            name,
            aliases: &[],
            usage: name,
            help: "",
            examples: &[],
            topic,
            changes: false,
            is_free: false,
            has_table: false,
            is_private: false,
        }
    }

    /// A command that changes something.
    #[must_use]
    pub const fn changes(name: &'static str, topic: Topic) -> Self {
        Self { changes: true, ..Self::reads(name, topic) }
    }

    /// Every verb that means it.
    pub fn verbs(&self) -> impl Iterator<Item = &'static str> + use<> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }

    /// Whether this verb means it.
    #[must_use]
    pub fn is(&self, verb: &str) -> bool {
        self.name == verb || self.aliases.contains(&verb)
    }
}

/// Where a command stands in the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// What is done about an incident.
    Act,
    /// What is asked about it.
    Ask,
    /// Numbers and lines.
    Look,
    /// Noise.
    Calm,
    /// People, and warroom itself.
    About,
}

impl Topic {
    /// The topics that the help shows, in its order.
    pub const SHOWN: [Self; 5] = [Self::Act, Self::Ask, Self::Look, Self::Calm, Self::About];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Act => "act",
            Self::Ask => "ask",
            Self::Look => "look",
            Self::Calm => "calm",
            Self::About => "more",
        }
    }
}
