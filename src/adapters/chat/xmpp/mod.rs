//! XMPP: rooms of any server with multi-user chat (XEP-0045) and an archive (XEP-0313).
//!
//! The protocol is the library's, xmpp-rs; what is here is what a room means. Lines are heard from
//! the room's archive: a message that arrives only says that there is something new, so that what
//! was said live, during a cut or before a start is read by one way, in order, each once. It refuses
//! nicknames as identities: a line counts for the real address that the room vouches for.

mod archive;
mod check;
mod connector;
mod hearing;
mod link;
mod messages;
mod options;
mod pictures;
mod platform;
mod rooms;
mod route;
mod xml;

pub use options::Options;
pub use platform::Xmpp;
