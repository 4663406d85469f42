//! From the environment to the body of one report.

use std::collections::BTreeMap;
use std::ffi::OsString;

use anyhow::Context;

use crate::adapters::ingest::limits;

/// Variables that say nothing about the alert, or tell people's addresses to somebody who need not
/// know them.
const LEFT_OUT: [&str; 8] = [
    "NAGIOS_CONTACT",
    "NAGIOS_ADMIN",
    "NAGIOS_TOTAL",
    "NAGIOS_ARG",
    "NAGIOS_TEMP",
    "NAGIOS_COMMANDFILE",
    "NAGIOS_MAINCONFIGFILE",
    "NAGIOS_RESOURCEFILE",
];

/// Bytes of one variable that are sent. The server cuts at 16 KiB and says so.
const VALUE_BYTES: usize = 64 * 1024;

/// The body of one report: the variables that say something, `given` ones over those of the
/// environment.
pub(super) fn body(
    environment: impl Iterator<Item = (OsString, OsString)>,
    given: impl Iterator<Item = (String, String)>,
) -> anyhow::Result<Vec<u8>> {
    let mut variables: BTreeMap<String, String> = environment
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .filter(|(name, value)| is_wanted(name) && !value.is_empty())
        .map(|(name, value)| (name, shorten(&value.to_string_lossy())))
        .collect();
    variables.extend(given.map(|(name, value)| (name, shorten(&value))));
    anyhow::ensure!(
        variables.contains_key("NAGIOS_HOSTNAME"),
        "NAGIOS_HOSTNAME is not in the environment: set enable_environment_macros=1 in nagios.cfg, \
         or give --host"
    );
    serde_json::to_vec(&variables).context("cannot write the report")
}

fn is_wanted(name: &str) -> bool {
    name.starts_with("NAGIOS_") && !LEFT_OUT.iter().any(|out| name.starts_with(out))
}

fn shorten(value: &str) -> String {
    limits::prefix(value, VALUE_BYTES).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> impl Iterator<Item = (OsString, OsString)> {
        let pairs: Vec<_> = pairs.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect();
        pairs.into_iter()
    }

    #[test]
    fn only_what_says_something_is_sent() {
        let all = environment(&[
            ("PATH", "/bin"),
            ("NAGIOS_HOSTNAME", "web-1"),
            ("NAGIOS_CONTACTPAGER", "+15550100"),
            ("NAGIOS_TOTALSERVICESOK", "1"),
            ("NAGIOS_SERVICENOTES", ""),
            ("NAGIOS__HOSTRACK", "r12"),
        ]);
        let given = [("NAGIOS_SERVICEDESC".to_owned(), "HTTP".to_owned())];
        let body = String::from_utf8(body(all, given.into_iter()).unwrap()).unwrap();
        assert_eq!(
            body,
            r#"{"NAGIOS_HOSTNAME":"web-1","NAGIOS_SERVICEDESC":"HTTP","NAGIOS__HOSTRACK":"r12"}"#
        );
    }

    #[test]
    fn without_a_host_the_remedy_is_named() {
        let error = body(environment(&[]), std::iter::empty()).unwrap_err().to_string();
        assert!(error.contains("enable_environment_macros=1"));
    }

    #[cfg(unix)]
    #[test]
    fn fault_44_invalid_utf_8_is_replaced_visibly() {
        use std::os::unix::ffi::OsStringExt;
        let hostile = OsString::from_vec(b"a\xff".to_vec());
        let all = [("NAGIOS_HOSTNAME".into(), hostile)].into_iter();
        let body = body(all, std::iter::empty()).unwrap();
        assert_eq!(body, "{\"NAGIOS_HOSTNAME\":\"a\u{fffd}\"}".as_bytes());
    }
}
