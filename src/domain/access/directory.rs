//! Who is known here: the people and teams of the configuration, and what they may do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use compact_str::CompactString;

use super::actor::{Actor, Via};
use super::grant::Rights;
use super::totp::Seed;
use crate::domain::oncall::Reach;

/// One person of the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// What people call them in full.
    pub full_name: Option<String>,
    /// Where mail reaches them; an address that an identity provider has verified finds them by it.
    pub email: Option<String>,
    /// Their id at the identity provider, which never goes to somebody else as an address may.
    pub oidc_subject: Option<String>,
    /// How they are woken.
    pub reach: Reach,
    /// What their second factor is checked with; none: they have none, or it cannot be read.
    pub totp: Option<Seed>,
    /// Their immutable id on each chat platform, by the platform's name in the configuration.
    pub chat: BTreeMap<CompactString, CompactString>,
}

/// Everybody who is known, with what they may do. Replaced as one when the configuration changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directory {
    /// The people, by the name that commands, timelines and grants use.
    pub people: BTreeMap<CompactString, Person>,
    /// The members of each team.
    pub teams: BTreeMap<CompactString, BTreeSet<CompactString>>,
    /// What they may do.
    pub rights: Arc<Rights>,
}

impl Directory {
    /// This person, as somebody who asks. None: nobody is called so, now.
    #[must_use]
    pub fn actor(&self, name: &str, via: Via) -> Option<Actor> {
        let (name, _) = self.people.get_key_value(name)?;
        let teams = self.teams.iter().filter(|(_, members)| members.contains(name));
        let teams = teams.map(|(team, _)| team.clone()).collect();
        Some(Actor { name: name.clone(), is_known: true, teams, via })
    }

    /// The person behind an identity: by the provider's own id, else by an address that the provider
    /// has verified. Who has an id here is not found by address: the address may have changed hands.
    #[must_use]
    pub fn by_identity(&self, subject: &str, verified_email: Option<&str>) -> Option<&str> {
        let is_theirs = |person: &Person| match (&person.oidc_subject, &person.email) {
            (Some(known), _) => known == subject,
            (None, Some(email)) => {
                verified_email.is_some_and(|verified| verified.eq_ignore_ascii_case(email))
            }
            (None, None) => false,
        };
        self.people.iter().find(|(_, person)| is_theirs(person)).map(|(name, _)| name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory() -> Directory {
        let person = |email: Option<&str>, subject: Option<&str>| Person {
            full_name: None,
            email: email.map(str::to_owned),
            oidc_subject: subject.map(str::to_owned),
            ..Person::default()
        };
        Directory {
            people: [
                ("ana".into(), person(Some("ana@example.org"), None)),
                ("ben".into(), person(Some("ben@example.org"), Some("77"))),
                ("cat".into(), person(None, None)),
            ]
            .into(),
            teams: [("cms".into(), ["ana".into(), "cat".into()].into())].into(),
            rights: Arc::default(),
        }
    }

    #[test]
    fn a_person_asks_with_their_teams() {
        let ana = directory().actor("ana", Via::Console).unwrap();
        assert!(ana.is_known && ana.teams.contains("cms") && !ana.is_operator());
        assert_eq!(directory().actor("eve", Via::Console), None);
    }

    #[test]
    fn a_verified_address_finds_only_who_has_no_id() {
        let known = directory();
        assert_eq!(known.by_identity("1", Some("Ana@Example.org")), Some("ana"));
        assert_eq!(known.by_identity("77", None), Some("ben"));
        assert_eq!(known.by_identity("78", Some("ben@example.org")), None);
        assert_eq!(known.by_identity("1", None), None);
    }
}
