//! `[reports.weekly]`: reports that go to a room each week. `[postmortems]`: where documents are kept.

use std::path::PathBuf;
use std::str::FromStr;

use chrono::{NaiveTime, Weekday};
use compact_str::CompactString;

use super::sections::{section, zone};
use crate::domain::diagnostic::{Diagnostic, Diagnostics};
use crate::domain::files::{Node, boolean, list, text};
use crate::domain::reports::Kind;
use crate::domain::room::is_room_name;

/// `[reports.weekly]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weekly {
    /// The room, without `#`.
    pub room: CompactString,
    /// Which reports.
    pub reports: Vec<Kind>,
    /// The day of the week.
    pub day: Weekday,
    /// The time of that day.
    pub time: NaiveTime,
    /// Whose clock it is.
    pub zone: chrono_tz::Tz,
}

/// `[postmortems]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Postmortems {
    /// The folder.
    pub dir: PathBuf,
    /// Whether each is committed there.
    pub is_git: bool,
}

pub(super) fn postmortems(node: &Node, out: &mut Diagnostics) -> Option<Postmortems> {
    section(node, "postmortems", out, |fields| {
        let dir = fields.required("dir", text);
        let is_git = fields.optional("git", boolean).unwrap_or(false);
        Some(Postmortems { dir: dir?.into(), is_git })
    })
}

pub(super) fn reports(node: &Node, out: &mut Diagnostics) -> Option<Weekly> {
    section(node, "reports", out, |fields| fields.optional("weekly", weekly))
}

fn weekly(node: &Node, out: &mut Diagnostics) -> Option<Weekly> {
    section(node, "reports.weekly", out, |fields| {
        let room = fields.required("room", room);
        let reports = fields.required("reports", list(parsed::<Kind>));
        let day = fields.required("day", parsed::<Weekday>);
        let time = fields.required("time", time);
        let zone = fields.optional("time_zone", zone).unwrap_or(chrono_tz::UTC);
        Some(Weekly { room: room?, reports: reports?, day: day?, time: time?, zone })
    })
}

fn room(node: &Node, out: &mut Diagnostics) -> Option<CompactString> {
    let name = text(node, out)?;
    let bare = name.strip_prefix('#').unwrap_or(&name);
    if is_room_name(bare) {
        return Some(bare.into());
    }
    let fault = format!("{name:?} is not the name of a room");
    out.push(Diagnostic::error(&node.place, fault).label("such as \"#management\""));
    None
}

fn parsed<T: FromStr>(node: &Node, out: &mut Diagnostics) -> Option<T> {
    let word = text(node, out)?;
    let read = word.parse().ok();
    if read.is_none() {
        let fault = format!("{word:?} cannot be meant here");
        let label = "reports: noise, people, mttr, runs; days: monday, tuesday";
        out.push(Diagnostic::error(&node.place, fault).label(label));
    }
    read
}

fn time(node: &Node, out: &mut Diagnostics) -> Option<NaiveTime> {
    let word = text(node, out)?;
    let read = NaiveTime::parse_from_str(&word, "%H:%M").ok();
    if read.is_none() {
        let fault = format!("{word:?} is no time of day");
        out.push(Diagnostic::error(&node.place, fault).label("such as \"09:00\""));
    }
    read
}
