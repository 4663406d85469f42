//! The guides: one for each kind of reader, shown by `warroom help TOPIC` and in the console.
//!
//! Every command line and file in them is run by a test. They refuse to repeat `config.example.toml`.

/// One guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guide {
    /// What it is asked for by.
    pub topic: &'static str,
    /// Who should read it, in one line.
    pub about: &'static str,
    /// The guide, as Markdown.
    pub text: &'static str,
}

/// All guides, those for most readers first.
pub const GUIDES: [Guide; 8] = [
    Guide {
        topic: "on-call",
        about: "you were paged: what to press, type and believe",
        text: include_str!("on-call.md"),
    },
    Guide {
        topic: "author",
        about: "rules, schedules, dashboards and runbooks, and how to try them",
        text: include_str!("author.md"),
    },
    Guide {
        topic: "operator",
        about: "install, Redis, TLS, promises, back-up, upgrade, limits",
        text: include_str!("operator.md"),
    },
    Guide {
        topic: "adapters",
        about: "teach warroom another platform, pager, tracker or action",
        text: include_str!("adapters.md"),
    },
    Guide { topic: "slack", about: "rooms on Slack", text: include_str!("slack.md") },
    Guide { topic: "matrix", about: "rooms on Matrix", text: include_str!("matrix.md") },
    Guide {
        topic: "mattermost",
        about: "rooms on Mattermost",
        text: include_str!("mattermost.md"),
    },
    Guide { topic: "xmpp", about: "rooms on XMPP", text: include_str!("xmpp.md") },
];
