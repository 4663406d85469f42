//! Who may do something, for those who may not and want to know whom to ask.

use std::fmt;

use chrono::{DateTime, Utc};

use super::grant::{Action, Grant, Rights, Subject, fits};

impl Rights {
    /// Who may do this now: people and teams, as they are typed.
    #[must_use]
    pub fn holders(&self, action: &Action<'_>, now: DateTime<Utc>) -> Vec<String> {
        let holds = |grant: &&Grant| {
            !grant.denies
                && grant.until.is_none_or(|until| now < until)
                && grant.verbs.iter().any(|verb| fits(verb, action.verb))
                && grant.resources.iter().any(|name| fits(name, action.resource))
        };
        let holders = self.grants.iter().filter(holds).map(|grant| grant.subject.to_string());
        let mut holders: Vec<String> = holders.collect();
        holders.sort_unstable();
        holders.dedup();
        holders
    }
}

/// As people type it: `@ana`, `team:web`.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(name) => write!(f, "@{name}"),
            Self::Team(team) => write!(f, "team:{team}"),
            Self::Everybody => f.write_str("everybody whom the configuration names"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(subject: Subject, verb: &str) -> Grant {
        let (verbs, resources) = (vec![verb.into()], vec!["cms*".into()]);
        let origin = "warroom.toml:9".into();
        Grant { subject, verbs, resources, denies: false, until: None, origin }
    }

    #[test]
    fn a_denial_can_say_who_may() {
        let mut late = grant(Subject::Person("old".into()), "ack");
        late.until = Some(DateTime::UNIX_EPOCH);
        let mut never = grant(Subject::Person("never".into()), "ack");
        never.denies = true;
        let grants = vec![
            grant(Subject::Team("web".into()), "ack"),
            grant(Subject::Person("ana".into()), "*"),
            grant(Subject::Person("ben".into()), "resolve"),
            late,
            never,
        ];
        let holders = |resource| {
            let action = Action { verb: "ack", resource, changes: true };
            Rights { grants: grants.clone() }.holders(&action, DateTime::UNIX_EPOCH)
        };
        assert_eq!(holders("cms-2"), ["@ana", "team:web"]);
        assert!(holders("db").is_empty());
    }
}
