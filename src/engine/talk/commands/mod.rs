//! The commands, a file each: what a command says of itself, how its words are read, and what it does.
//!
//! A new one is a file beside these and two lines here; help, the README's table, near misses and
//! the fuzzer know it then. A command reads its words without doing anything; what it will do is a
//! [`Plan`](super::Plan), which runs after the rights were asked.

mod ack;
mod alerts;
mod alias;
mod aliases;
mod approve;
mod capsule;
mod catchup;
mod config;
mod deny;
mod deploy;
mod deploys;
mod escalate;
mod freeze;
mod go_on;
mod grant;
mod grants;
mod graph;
mod halt;
mod health;
mod help;
mod incidents;
mod lead;
mod lock;
mod locks;
mod logs;
mod maintenance;
mod may;
mod merge;
mod note;
mod page;
mod postmortem;
mod prelude;
mod query;
mod report;
mod resolve;
mod resume;
mod revoke;
mod rollback;
mod rules;
mod run;
mod runbooks;
mod runs;
mod sev;
mod shifts;
mod silence;
mod silences;
mod similar;
mod stand_in;
mod status;
mod stop;
mod ticket;
mod tickets;
mod timeline;
mod unalias;
mod undo;
mod unfreeze;
mod unlock;
mod unsilence;
mod who;
mod whoami;
mod why;

use super::Command;

/// Every command, in the order of the help.
pub static ALL: &[&Command] = &[
    &ack::COMMAND,
    &resolve::COMMAND,
    &note::COMMAND,
    &sev::COMMAND,
    &lead::COMMAND,
    &merge::COMMAND,
    &run::COMMAND,
    &approve::COMMAND,
    &deny::COMMAND,
    &stop::COMMAND,
    &undo::COMMAND,
    &go_on::COMMAND,
    &deploy::COMMAND,
    &rollback::COMMAND,
    &page::COMMAND,
    &escalate::COMMAND,
    &stand_in::OVERRIDE,
    &stand_in::SWAP,
    &stand_in::HANDOVER,
    &status::COMMAND,
    &catchup::COMMAND,
    &timeline::COMMAND,
    &why::COMMAND,
    &similar::COMMAND,
    &postmortem::COMMAND,
    &capsule::COMMAND,
    &report::COMMAND,
    &alerts::COMMAND,
    &incidents::COMMAND,
    &runs::COMMAND,
    &deploys::COMMAND,
    &graph::COMMAND,
    &query::COMMAND,
    &logs::COMMAND,
    &silence::COMMAND,
    &silences::COMMAND,
    &unsilence::COMMAND,
    &halt::COMMAND,
    &resume::COMMAND,
    &lock::COMMAND,
    &unlock::COMMAND,
    &freeze::COMMAND,
    &unfreeze::COMMAND,
    &locks::COMMAND,
    &maintenance::COMMAND,
    &help::COMMAND,
    &who::COMMAND,
    &shifts::COMMAND,
    &whoami::COMMAND,
    &may::COMMAND,
    &grant::COMMAND,
    &revoke::COMMAND,
    &grants::COMMAND,
    &tickets::COMMAND,
    &ticket::COMMAND,
    &rules::COMMAND,
    &runbooks::COMMAND,
    &health::COMMAND,
    &config::COMMAND,
    &alias::COMMAND,
    &aliases::COMMAND,
    &unalias::COMMAND,
];
