//! Where numbers and log lines come from, by the names that the configuration gives.
//!
//! It is plain data, built by `wiring` and read by whoever draws or answers. It refuses to guess:
//! where several are configured and none is the default, the caller must name one.

use std::collections::BTreeMap;
use std::sync::Arc;

use compact_str::CompactString;

use super::Engine;
use crate::adapters::logs::Logs;
use crate::adapters::metrics::Metrics;

/// Every source that is configured.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The sources of numbers, by name.
    pub metrics: BTreeMap<CompactString, Arc<dyn Metrics>>,
    /// The source of numbers that is meant where none is named.
    pub default: Option<CompactString>,
    /// The sources of log lines, by name.
    pub logs: BTreeMap<CompactString, Arc<dyn Logs>>,
    /// The source of log lines that is meant where none is named.
    pub default_logs: Option<CompactString>,
    /// Services whose lines are in a source that is not the default, and its name.
    pub log_services: BTreeMap<CompactString, CompactString>,
}

impl Sources {
    /// The source of numbers with this name, or the default.
    ///
    /// # Errors
    /// One line for a person, which names the sources that there are.
    pub fn metrics(&self, name: Option<&str>) -> Result<&Arc<dyn Metrics>, String> {
        pick(&self.metrics, name.or(self.default.as_deref()), "metrics")
    }

    /// The source of log lines with this name, or the default.
    ///
    /// # Errors
    /// As [`Self::metrics`].
    pub fn logs(&self, name: Option<&str>) -> Result<&Arc<dyn Logs>, String> {
        pick(&self.logs, name.or(self.default_logs.as_deref()), "logs")
    }

    /// The source with a service's log lines: the one that lists the service, the one of the same
    /// name, or the default.
    ///
    /// # Errors
    /// As [`Self::metrics`].
    pub fn logs_of(&self, service: &str) -> Result<&Arc<dyn Logs>, String> {
        let same = self.logs.get_key_value(service).map(|(name, _)| name);
        let name = self.log_services.get(service).or(same);
        self.logs(name.map(CompactString::as_str))
    }
}

impl Engine {
    /// Where numbers and log lines come from.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.sources
    }
}

fn pick<'a, T>(
    all: &'a BTreeMap<CompactString, T>,
    name: Option<&str>,
    section: &str,
) -> Result<&'a T, String> {
    if all.is_empty() {
        return Err(format!(
            "no source of {section} is configured: add a section [{section}.NAME]"
        ));
    }
    let names: Vec<&str> = all.keys().map(CompactString::as_str).collect();
    let names = names.join(", ");
    match name {
        None => Err(format!("several sources of {section} are configured, name one of: {names}")),
        Some(name) => all.get(name).ok_or_else(|| {
            format!("no source of {section} is called `{name}`; configured are: {names}")
        }),
    }
}
