//! `warroom nagios`: what a Nagios notification or event handler calls.
//!
//! It reads the `NAGIOS_*` environment, posts it to the server, and keeps what it cannot deliver in
//! a spool that the next call drains first, in order. It decides nothing: what a variable means is
//! `adapters::ingest::nagios`' business.
//!
//! Every report is in the spool before the network is touched, so that Nagios, which kills a
//! command after 30 s, can kill this one without a loss. What plugins print reaches it through the
//! environment only: no macro stands on the command line, so none can become an option or a shell
//! word.
//!
//! Nagios (`enable_environment_macros=1` in `nagios.cfg`):
//! ```text
//! define command {
//!     command_name  notify-by-warroom
//!     command_line  /usr/bin/warroom nagios
//! }
//! ```
//! The same command serves host and service notifications and, without a notification type in the
//! environment, event handlers.
//!
//! Icinga 2 has no such environment of its own; its command names the fields (hosts leave out the
//! `SERVICE` ones):
//! ```text
//! object NotificationCommand "warroom" {
//!   command = [ "/usr/bin/warroom", "nagios" ]
//!   env = {
//!     NAGIOS_NOTIFICATIONTYPE       = "$notification.type$"
//!     NAGIOS_NOTIFICATIONAUTHOR     = "$notification.author$"
//!     NAGIOS_NOTIFICATIONCOMMENT    = "$notification.comment$"
//!     NAGIOS_TIMET                  = "$icinga.timet$"
//!     NAGIOS_HOSTNAME               = "$host.name$"
//!     NAGIOS_HOSTADDRESS            = "$address$"
//!     NAGIOS_HOSTSTATE              = "$host.state$"
//!     NAGIOS_HOSTSTATETYPE          = "$host.state_type$"
//!     NAGIOS_HOSTOUTPUT             = "$host.output$"
//!     NAGIOS_LASTHOSTSTATECHANGE    = "$host.last_state_change$"
//!     NAGIOS_SERVICEDESC            = "$service.name$"
//!     NAGIOS_SERVICESTATE           = "$service.state$"
//!     NAGIOS_SERVICESTATETYPE       = "$service.state_type$"
//!     NAGIOS_SERVICEOUTPUT          = "$service.output$"
//!     NAGIOS_LASTSERVICESTATECHANGE = "$service.last_state_change$"
//!   }
//! }
//! ```

mod command;
mod send;
mod spool;
mod variables;

pub use command::{Args, run};
