//! The filters of Alertmanager's listings.

use axum::http::StatusCode;
use regex::Regex;
use url::form_urlencoded;

use super::complaint::Complaint;
use super::wire::{self, Gettable};
use crate::domain::alert::Labels;
use crate::domain::matcher::{Matcher, Matchers, Op};
use crate::engine::views::AlertView;

/// The longest regex for receivers; names of rules are shorter.
const RECEIVER_BYTES: usize = 1024;

/// What a query asks for.
#[derive(Debug)]
pub(in crate::server) struct Filter {
    matchers: Vec<Matchers>,
    receiver: Option<Regex>,
    active: bool,
    silenced: bool,
    inhibited: bool,
}

impl Filter {
    /// Reads a query. Unknown parameters are let be, as in Alertmanager; so is `unprocessed`,
    /// which 0.25 reads and never looks at.
    pub(in crate::server) fn read(query: Option<&str>) -> Result<Self, Complaint> {
        let mut filter = Self {
            matchers: Vec::new(),
            receiver: None,
            active: true,
            silenced: true,
            inhibited: true,
        };
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            match name.as_ref() {
                "filter" => filter.matchers.push(matchers(&value)?),
                "receiver" if !value.is_empty() => filter.receiver = Some(receiver(&value)?),
                "active" => filter.active = is_yes(&value),
                "silenced" => filter.silenced = is_yes(&value),
                "inhibited" => filter.inhibited = is_yes(&value),
                _ => {}
            }
        }
        Ok(filter)
    }

    /// Whether labels have what is asked for.
    pub(in crate::server) fn matches(&self, labels: &Labels) -> bool {
        self.matchers.iter().all(|matchers| matchers.matches(labels))
    }

    /// The alert as it is shown, if it is asked for.
    pub(super) fn pick<'a>(&self, view: &'a AlertView) -> Option<Gettable<'a>> {
        if !self.matches(&view.alert.labels) {
            return None;
        }
        let shown = wire::alert(view)?;
        let is_wanted = (self.active || !shown.status.is_active())
            && (self.silenced || !wire::is_silenced(view))
            && (self.inhibited || shown.status.inhibited_by.is_empty())
            && self.receiver.as_ref().is_none_or(|regex| {
                shown.receivers.iter().any(|receiver| regex.is_match(receiver.name))
            });
        is_wanted.then_some(shown)
    }
}

/// What Alertmanager's framework takes for true,
/// <https://github.com/go-openapi/swag/blob/master/convert.go>; anything else is false.
fn is_yes(value: &str) -> bool {
    const YES: [&str; 10] =
        ["true", "1", "yes", "ok", "y", "on", "selected", "checked", "t", "enabled"];
    YES.iter().any(|yes| value.eq_ignore_ascii_case(yes))
}

fn receiver(text: &str) -> Result<Regex, Complaint> {
    let bad = |why: String| {
        Complaint::text(StatusCode::BAD_REQUEST, &format!("failed to parse receiver param: {why}"))
    };
    if text.len() > RECEIVER_BYTES {
        return Err(bad(format!("it is longer than {RECEIVER_BYTES} bytes")));
    }
    Regex::new(&format!("^(?:{text})$")).map_err(|error| bad(error.to_string()))
}

/// Reads one filter: strictly, or else as 0.25 did, which took anything behind the operator for
/// the value.
fn matchers(text: &str) -> Result<Matchers, Complaint> {
    let strict = Matchers::parse(text);
    let read = match (strict, classic(text)) {
        (Ok(matchers), _) => Ok(matchers),
        (Err(_), Some((name, op, value))) => {
            Matcher::new(name, op, value).and_then(|matcher| Matchers::new(vec![matcher]))
        }
        (Err(bad), None) => Err(bad),
    };
    read.map_err(|bad| {
        Complaint::text(StatusCode::BAD_REQUEST, &format!("bad matcher format: {text}: {bad}"))
    })
}

/// The parts of `name=~value`, where the name is a plain one.
fn classic(text: &str) -> Option<(&str, Op, &str)> {
    let at = text.find(['=', '!'])?;
    let (name, rest) = text.split_at_checked(at)?;
    let name = name.trim();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    if name.is_empty() || !name.chars().all(is_plain) {
        return None;
    }
    let ops = [Op::Match, Op::NotMatch, Op::NotEqual, Op::Equal];
    let op = ops.into_iter().find(|op| rest.starts_with(op.text()))?;
    let value = rest.strip_prefix(op.text())?.trim();
    let bare = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    Some((name, op, bare.unwrap_or(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(filter: &str, pairs: &[(&str, &str)]) -> bool {
        let query =
            form_urlencoded::Serializer::new(String::new()).append_pair("filter", filter).finish();
        let labels = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Filter::read(Some(&query)).unwrap().matches(&labels)
    }

    #[test]
    fn filters_read_as_amtool_sends_them() {
        let labels = [("alertname", "DiskFull"), ("instance", "db-1"), ("path", "/a b")];
        for filter in
            ["alertname=~Disk.*", "severity!=none", "instance=~db-[0-9]{1,3}", "path=/a b"]
        {
            assert!(matches(filter, &labels), "{filter}");
        }
        assert!(!matches("alertname=Disk", &labels));
    }

    #[test]
    fn a_filter_that_cannot_be_read_is_an_error() {
        assert!(Filter::read(Some("filter=a%3D~%28")).is_err());
        assert!(Filter::read(Some("filter=nothing")).is_err());
        assert!(Filter::read(Some("receiver=%28")).is_err());
    }

    #[test]
    fn a_flag_that_is_no_word_for_yes_means_no() {
        assert!(!Filter::read(Some("active=maybe")).unwrap().active);
        assert!(Filter::read(Some("active=T")).unwrap().active);
        assert!(Filter::read(None).unwrap().active);
    }
}
