//! Who may do something, for those who may not and want to know whom to ask.

use std::fmt;

use chrono::{DateTime, Utc};

use super::grant::{Action, Grant, Rights, Subject};

impl Rights {
    /// Who may do this now: people and teams, as they are typed.
    #[must_use]
    pub fn holders(&self, action: &Action<'_>, now: DateTime<Utc>) -> Vec<String> {
        let mut holders: Vec<String> =
            self.holding(action, now).map(|grant| grant.subject.to_string()).collect();
        holders.sort_unstable();
        holders.dedup();
        holders
    }

    /// As [`Rights::holders`], each with the line that says so.
    #[must_use]
    pub fn holders_and_why(&self, action: &Action<'_>, now: DateTime<Utc>) -> Vec<String> {
        let one = |grant: &Grant| format!("{} ({})", grant.subject, grant.origin);
        let mut holders: Vec<String> = self.holding(action, now).map(one).collect();
        holders.sort_unstable();
        holders.dedup();
        holders
    }

    fn holding(&self, action: &Action<'_>, now: DateTime<Utc>) -> impl Iterator<Item = &Grant> {
        self.grants.iter().filter(move |grant| !grant.denies && grant.concerns(action, now))
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
        let environments = Vec::new();
        Grant { subject, verbs, resources, environments, denies: false, until: None, origin }
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
            let action = Action { verb: "ack", resource, environment: "", changes: true };
            Rights { grants: grants.clone() }.holders(&action, DateTime::UNIX_EPOCH)
        };
        assert_eq!(holders("cms-2"), ["@ana", "team:web"]);
        assert!(holders("db").is_empty());
    }
}
