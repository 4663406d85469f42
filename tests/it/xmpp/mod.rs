//! XMPP, on a real Prosody: what every platform must do, and what only XMPP has.

mod hearing;
mod rooms;
pub(crate) mod stage;

use crate::contract::platform::platform_suite;

platform_suite!(prosody, crate::xmpp::stage::start);
