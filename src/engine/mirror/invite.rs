//! Whom an invitation means, and what they are called on a platform.

use std::collections::BTreeSet;

use compact_str::CompactString;

use crate::domain::access::Directory;

/// The people whom `@ana`, `team:web` or `oncall:cms` means.
fn people_of(directory: &Directory, wanted: &str) -> BTreeSet<CompactString> {
    if let Some(team) = wanted.strip_prefix("team:") {
        return directory.teams.get(team).cloned().unwrap_or_default();
    }
    // Schedules became people before; what is left of them means nobody.
    if wanted.starts_with("oncall:") {
        return BTreeSet::new();
    }
    let name = wanted.trim_start_matches('@');
    directory.people.get_key_value(name).map(|(name, _)| name.clone()).into_iter().collect()
}

/// What those people are called on a platform; who has no id there is left out.
pub(super) fn ids_on(directory: &Directory, site: &str, invite: &[String]) -> Vec<CompactString> {
    let people: BTreeSet<CompactString> =
        invite.iter().flat_map(|wanted| people_of(directory, wanted)).collect();
    let id = |name: &CompactString| directory.people.get(name)?.chat.get(site).cloned();
    people.iter().filter_map(id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::Person;

    #[test]
    fn a_team_and_a_person_are_found_once_each() {
        let on_slack =
            |id: &str| Person { chat: [("slack".into(), id.into())].into(), ..Person::default() };
        let people = [("ana".into(), on_slack("T1/U1")), ("ben".into(), Person::default())].into();
        let teams = [("web".into(), ["ana".into(), "ben".into()].into())].into();
        let directory = Directory { people, teams, ..Directory::default() };
        let invite = ["team:web", "@ana", "@eve", "oncall:cms"].map(str::to_owned);
        assert_eq!(ids_on(&directory, "slack", &invite), ["T1/U1"]);
        assert_eq!(people_of(&directory, "team:web").len(), 2);
        assert!(ids_on(&directory, "matrix", &invite).is_empty());
    }
}
