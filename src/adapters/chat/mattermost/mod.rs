//! Mattermost: channels of one team, by its REST API v4 and its `WebSocket`.
//!
//! Written against `mattermost/mattermost: api/v4/source` and, for what that leaves out, its server. A
//! post carries its key in its properties, a channel its marker in its purpose; after an unknown
//! outcome both are looked for, and only what our own user made counts. It refuses markup: Mattermost
//! reads Markdown, so every letter of a text that could format, mention or link is taken its power.
//! Buttons are posted to a door of ours without any signature, so each carries a proof that only the
//! server was given; without such a door, choices are reactions.

mod api;
mod budget;
mod catchup;
mod check;
mod content;
mod escape;
mod events;
mod hook;
mod messages;
mod options;
mod people;
mod platform;
mod rooms;
mod socket;
mod stream;

pub use options::Options;
pub use platform::Mattermost;
