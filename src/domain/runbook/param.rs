//! What a run must know before it starts.

use compact_str::CompactString;
use regex::Regex;

use super::book::Runbook;
use super::inventory::ANY;
use super::text::Values;
use crate::domain::alert::Labels;

/// The longest value: it becomes an argument of a command, and a person must be able to read it.
const VALUE_MAX: usize = 200;

/// Something that must be known before a run starts.
#[derive(Debug, Clone)]
pub struct Param {
    /// The label that it is taken from where nobody types it.
    pub label: Option<CompactString>,
    /// What it is where neither a person nor a label says.
    pub default: Option<String>,
    /// The list that it must stand in, where there is one.
    pub inventory: Option<String>,
    /// What a value must fit, from its beginning to its end.
    pub pattern: Regex,
    /// Its author wants values that begin with `-`, which commands read as options.
    pub may_be_option: bool,
}

impl Runbook {
    /// The values of the parameters: as typed, else from the labels, else as the runbook says.
    ///
    /// # Errors
    /// With what is missing, does not fit, or is not known here.
    pub fn values(&self, typed: &Values, labels: &Labels) -> Result<Values, String> {
        if let Some(unknown) = typed.keys().find(|name| !self.params.contains_key(*name)) {
            return Err(format!("`{}` has no parameter `{unknown}`", self.name));
        }
        let mut values = Values::new();
        for (name, param) in &self.params {
            let label = param.label.as_ref().and_then(|label| labels.get(label));
            let label = label.map(|value| value.to_string()).filter(|value| !value.is_empty());
            let value = typed.get(name).cloned().or(label).or_else(|| param.default.clone());
            let value = value.ok_or_else(|| missing(name, param))?;
            self.admit(name, param, &value)?;
            values.insert(name.clone(), value);
        }
        Ok(values)
    }

    fn admit(&self, name: &str, param: &Param, value: &str) -> Result<(), String> {
        if value.len() > VALUE_MAX {
            return Err(format!("`{name}` is longer than {VALUE_MAX} bytes"));
        }
        if value.chars().any(char::is_control) {
            return Err(format!("`{name}` is {value:?}, which holds control characters"));
        }
        if !param.pattern.is_match(value) {
            return Err(format!("`{name}` is {value:?}, which does not fit its pattern"));
        }
        if value.starts_with('-') && !param.may_be_option {
            return Err(format!("`{name}` is {value:?}, which a command would read as an option"));
        }
        let Some(list) = &param.inventory else { return Ok(()) };
        let known = self.names(list).is_some_and(|known| known.iter().any(|it| it == value));
        if known {
            Ok(())
        } else {
            Err(format!("`{name}` is {value:?}, which is not in {}", of(list)))
        }
    }

    /// The names of a list: of the runbook itself, else of the configuration's inventory.
    pub(super) fn names(&self, list: &str) -> Option<Vec<String>> {
        self.inventory.get(list).cloned().or_else(|| self.places.list(list))
    }

    /// Whether what is taken from the inventory stands in the environment that is changed.
    ///
    /// # Errors
    /// With the first that does not.
    pub fn in_environment(&self, values: &Values, environment: &str) -> Result<(), String> {
        for (name, param) in &self.params {
            let list = param.inventory.as_ref().filter(|list| !self.inventory.contains_key(*list));
            let Some((list, value)) = list.zip(values.get(name)) else { continue };
            if !self.places.holds(list, value, environment) {
                let list = of(list);
                return Err(format!(
                    "`{name}` is {value:?}, which is not in {list} of {environment}"
                ));
            }
        }
        Ok(())
    }
}

/// A list, as people read it.
fn of(list: &str) -> String {
    if list == ANY { "the inventory".to_owned() } else { format!("`{list}`") }
}

fn missing(name: &str, param: &Param) -> String {
    match &param.label {
        Some(label) => format!("`{name}` comes from the label `{label}`: not there"),
        None => format!("`{name}` is missing: type {name}=…"),
    }
}
