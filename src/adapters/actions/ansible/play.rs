//! Runs `ansible-playbook` with words that no value can bend.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::recap::Recap;
use crate::adapters::actions::cage::{Cage, Out};
use crate::adapters::actions::given::Given;
use crate::adapters::actions::{Ended, Fault, Perform, Says};
use crate::domain::run::Assignment;
use crate::domain::runbook::{Field, Kind, Shape};

/// What a runbook may say of it.
pub const KIND: Kind = Kind {
    name: "ansible",
    help: "Run an Ansible playbook; the dry run is its check mode with the diff",
    plain: None,
    fields: &[
        Field {
            name: "playbook",
            help: "The playbook, below the folder executor.playbooks: `web/restart.yml`",
            shape: Shape::Text,
            is_required: true,
            has_places: false,
        },
        Field {
            name: "inventory",
            help: "The inventory, below the same folder; without it, what ansible.cfg there says",
            shape: Shape::Text,
            is_required: false,
            has_places: false,
        },
        Field {
            name: "limit",
            help: "Only these of its hosts: names of hosts or groups, with commas between",
            shape: Shape::Text,
            is_required: false,
            has_places: true,
        },
        Field {
            name: "variables",
            help: "Extra variables, by name; a value is never read as a template",
            shape: Shape::Map,
            is_required: false,
            has_places: true,
        },
    ],
    outputs: &["changed", "hosts"],
    has_dry_run: true,
    is_repeatable: false,
};

/// The file with the variables, in the run's folder.
const VARIABLES: &str = "variables.json";
/// Names in a limit: a fleet's groups, and an end for what is no list of them.
const LIMIT_NAMES_MAX: usize = 100;
/// What Ansible's groups of everybody are called: a value must not widen what a runbook narrows.
const EVERYBODY: [&str; 2] = ["all", "ungrouped"];

/// Runs playbooks.
#[derive(Debug)]
pub struct Ansible {
    cage: Cage,
    playbooks: Option<PathBuf>,
}

impl Ansible {
    /// Runs what lies in this folder, in this cage; without a folder, nothing.
    #[must_use]
    pub fn new(cage: Cage, playbooks: Option<PathBuf>) -> Self {
        Self { cage, playbooks }
    }

    fn folder(&self) -> Result<&Path, Fault> {
        self.playbooks.as_deref().ok_or_else(|| {
            Fault::Refused("`ansible` needs executor.playbooks, the folder to run from".to_owned())
        })
    }

    /// The words for the system's `ansible-playbook`.
    fn argv(&self, given: Given<'_>, is_dry: bool) -> Result<Vec<String>, Fault> {
        let folder = self.folder()?;
        let mut argv = vec!["ansible-playbook".to_owned(), "--diff".to_owned()];
        argv.extend(is_dry.then(|| "--check".to_owned()));
        if let Some(inventory) = given.text_if("inventory")? {
            argv.push(format!("--inventory={}", below(folder, inventory)?.display()));
        }
        if let Some(limit) = given.text_if("limit")? {
            argv.push(format!("--limit={}", names(limit)?));
        }
        argv.push(format!("--extra-vars=@{VARIABLES}"));
        argv.push(below(folder, given.text("playbook")?)?.display().to_string());
        Ok(argv)
    }

    /// What makes Ansible speak in the way that is read here, and keep its files in the run's folder.
    fn environment(&self, name: &str) -> Result<BTreeMap<String, String>, Fault> {
        let mut all = BTreeMap::from([
            ("ANSIBLE_STDOUT_CALLBACK", "default".to_owned()),
            ("ANSIBLE_DISPLAY_OK_HOSTS", "true".to_owned()),
            ("ANSIBLE_CHECK_MODE_MARKERS", "false".to_owned()),
            ("ANSIBLE_NOCOLOR", "true".to_owned()),
            ("ANSIBLE_NOCOWS", "true".to_owned()),
            // Ansible refuses to begin in a locale without UTF-8.
            ("LC_ALL", "C.UTF-8".to_owned()),
        ]);
        let config = self.folder()?.join("ansible.cfg");
        if config.is_file() {
            all.insert("ANSIBLE_CONFIG", config.display().to_string());
        }
        if !self.cage.environment.contains_key("HOME") {
            all.insert("HOME", self.cage.folder_of(name).display().to_string());
        }
        Ok(all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

impl Perform for Ansible {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    async fn run(
        &self,
        assignment: &Assignment,
        says: &dyn Says,
        stop: CancellationToken,
    ) -> Ended {
        let given = Given::new(assignment);
        let argv = self.argv(given, assignment.is_dry)?;
        let out = Out::of(assignment, &argv);
        let environment = self.environment(&out.name)?;
        let files = BTreeMap::from([(VARIABLES, variables(given, assignment)?)]);
        let recap = Recap::new(says);
        let took = self.cage.run(Out { environment, files, ..out }, &recap, stop).await?;
        let ended = recap.judge(&took, assignment.is_dry);
        match ended {
            // In check mode nothing is done, however it ends.
            Err(Fault::Unknown(why)) if assignment.is_dry => Err(Fault::Failed(why)),
            ended => ended,
        }
    }
}

/// A file below the folder that is there.
fn below(folder: &Path, name: &str) -> Result<PathBuf, Fault> {
    let is_plain = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    if name.is_empty() || !is_plain || name.contains(['\0', ',']) {
        return Err(Fault::Refused(format!("{name:?} is not below the folder executor.playbooks")));
    }
    let file = folder.join(name);
    if !file.exists() {
        return Err(Fault::Refused(format!(
            "there is no {name:?} in the folder executor.playbooks"
        )));
    }
    Ok(file)
}

/// Names of hosts and groups: no pattern, no file, nobody's negation.
/// <https://docs.ansible.com/ansible/latest/inventory_guide/intro_patterns.html>
fn names(limit: &str) -> Result<&str, Fault> {
    let is_name = |name: &str| {
        let mut letters = name.chars();
        letters.next().is_some_and(|first| first.is_ascii_alphanumeric() || first == '_')
            && letters.all(|letter| letter.is_ascii_alphanumeric() || "._-".contains(letter))
            && !EVERYBODY.contains(&name)
    };
    let is_good = limit.split(',').count() <= LIMIT_NAMES_MAX && limit.split(',').all(is_name);
    is_good.then_some(limit).ok_or_else(|| {
        Fault::Refused(format!("the limit {limit:?} is not a list of names of hosts or groups"))
    })
}

/// The variables as Ansible's JSON for values that are no templates, and in whose name it runs.
/// <https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_advanced_syntax.html#unsafe-or-raw-strings>
fn variables(given: Given<'_>, assignment: &Assignment) -> Result<Vec<u8>, Fault> {
    let mut all = given.map("variables")?;
    let key = assignment.key.to_string();
    all.insert("warroom_actor", &assignment.actor);
    all.insert("warroom_key", &key);
    let all: BTreeMap<_, _> =
        all.into_iter().map(|(name, value)| (name, json!({ "__ansible_unsafe": value }))).collect();
    serde_json::to_vec(&all)
        .map_err(|error| Fault::Refused(format!("the variables cannot be written: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_names_and_nothing_else() {
        for good in ["web", "web-1.example.org,db_2", "_x"] {
            assert_eq!(names(good), Ok(good));
        }
        let bad =
            ["", "all", "web,all", "web:!db", "@hosts", "~web.*", "web*", "-e", "a b", "web,"];
        for bad in bad {
            assert!(matches!(names(bad), Err(Fault::Refused(_))), "{bad}");
        }
    }
}
