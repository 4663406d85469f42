//! Reads what `ansible-playbook` prints, while it is passed on: at which task it is, and its recap.
//!
//! Exit codes alone do not tell: 4 is "unreachable" as well as "this is no playbook". What a task
//! printed comes indented or behind a mark, so it cannot pretend to be the recap.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::adapters::actions::cage::{End, Took};
use crate::adapters::actions::{Done, Ended, Fault, Says};

/// Hosts that are remembered: more than anybody reads.
const HOSTS_MAX: usize = 1_000;
/// Hosts that a sentence names.
const NAMED_MAX: usize = 5;
/// The task that only looks, with which a play begins.
const FACTS: &str = "Gathering Facts";

/// Passes lines on, and remembers what matters of them.
#[derive(Debug)]
pub(super) struct Recap<'a> {
    says: &'a dyn Says,
    read: Mutex<Read>,
}

/// What was read.
#[derive(Debug, Default)]
struct Read {
    /// The task it is at; none before the first.
    task: Option<String>,
    /// Hosts that could not be reached, and at which task.
    lost: BTreeMap<String, String>,
    /// Hosts that failed, and at which task.
    failed: BTreeMap<String, String>,
    /// Ansible's own first complaint.
    complaint: Option<String>,
    is_recap: bool,
    /// What the recap says: how much was changed on each host.
    changed: BTreeMap<String, u64>,
}

impl Says for Recap<'_> {
    fn line(&self, line: &str) {
        if let Ok(mut read) = self.read.lock() {
            read.take(line);
        }
        self.says.line(line);
    }
}

impl<'a> Recap<'a> {
    /// Passes on to this one.
    pub(super) fn new(says: &'a dyn Says) -> Self {
        Self { says, read: Mutex::default() }
    }

    /// What an end means, with what was read before it.
    pub(super) fn judge(self, took: &Took, is_dry: bool) -> Ended {
        let read = self.read.into_inner().unwrap_or_default();
        match (took.killed, took.end) {
            (None, End::Code(0)) => read.done(is_dry),
            (None, End::Code(code)) => Err(read.fault(code)),
            (Some(_), _) | (None, End::Signal(_) | End::Unseen) => {
                Err(took.fault("ansible-playbook"))
            }
        }
    }
}

impl Read {
    fn take(&mut self, line: &str) {
        let banner = |word: &str| {
            let rest = line.strip_prefix(word)?.strip_prefix(" [")?;
            Some(rest.rsplit_once(']')?.0.to_owned())
        };
        if let Some(task) = banner("TASK").or_else(|| banner("RUNNING HANDLER")) {
            self.task = Some(task);
        } else if line.starts_with("PLAY RECAP ") {
            self.is_recap = true;
        } else if let Some(rest) = line.strip_prefix("fatal: [") {
            self.fatal(rest);
        } else if let Some(said) = line.strip_prefix("ERROR! ") {
            self.complaint.get_or_insert_with(|| said.to_owned());
        } else if self.is_recap {
            self.count(line);
        }
    }

    /// `web-1]: UNREACHABLE! => …` or `web-1 -> db-1]: FAILED! => …`.
    fn fatal(&mut self, rest: &str) {
        let Some((host, what)) = rest.split_once("]: ") else { return };
        let host = host.split_once(" -> ").map_or(host, |(host, _)| host);
        let hosts =
            if what.starts_with("UNREACHABLE!") { &mut self.lost } else { &mut self.failed };
        if hosts.len() < HOSTS_MAX {
            hosts.insert(host.to_owned(), self.task.clone().unwrap_or_default());
        }
    }

    /// `web-1    : ok=2    changed=1    unreachable=0 …`.
    fn count(&mut self, line: &str) {
        let Some((host, counts)) = line.split_once(" : ") else { return };
        let mut counts = counts.split_whitespace();
        let changed = counts.find_map(|count| count.strip_prefix("changed=")?.parse().ok());
        if let Some(changed) = changed.filter(|_| self.changed.len() < HOSTS_MAX) {
            self.changed.insert(host.trim_end().to_owned(), changed);
        }
    }

    fn done(&self, is_dry: bool) -> Ended {
        if self.changed.is_empty() {
            return Err(Fault::Refused("no host matched: nothing was done".to_owned()));
        }
        let (changed, hosts) = (self.changed.values().sum::<u64>(), self.changed.len());
        let verb = if is_dry { "would change" } else { "changed" };
        let summary = format!("{verb} {} on {}", count(changed, "thing"), count(hosts, "host"));
        let outputs = BTreeMap::from([
            ("changed".into(), changed.to_string()),
            ("hosts".into(), hosts.to_string()),
        ]);
        Ok(Done { summary, outputs })
    }

    fn fault(&self, code: i32) -> Fault {
        if self.task.is_none() {
            let why = self.complaint.clone();
            return Fault::Refused(why.unwrap_or_else(|| {
                format!("`ansible-playbook` ended with code {code} before its first task")
            }));
        }
        // Whoever only looked has done nothing; in any other task the far side may have done it.
        let broken: BTreeMap<_, _> = self.lost.iter().filter(|(_, at)| *at != FACTS).collect();
        if !broken.is_empty() {
            let who = named(broken);
            return Fault::Unknown(format!("the connection broke, and may have done it: {who}"));
        }
        let (lost, failed) = (named(&self.lost), named(&self.failed));
        Fault::Failed(match (self.lost.is_empty(), self.failed.is_empty()) {
            (true, true) => format!("`ansible-playbook` ended with code {code}"),
            (true, false) => format!("failed: {failed}"),
            (false, true) => format!("unreachable: {lost}"),
            (false, false) => format!("failed: {failed}; unreachable: {lost}"),
        })
    }
}

/// `web-1 at “restart”, web-2 at “restart” and 3 more`.
fn named<'a>(hosts: impl IntoIterator<Item = (&'a String, &'a String)>) -> String {
    let all: Vec<String> =
        hosts.into_iter().map(|(host, task)| format!("{host} at {task:?}")).collect();
    let more = all.len().saturating_sub(NAMED_MAX);
    let shown: Vec<String> = all.into_iter().take(NAMED_MAX).collect();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

fn count(number: impl TryInto<u64>, what: &str) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &str) -> Read {
        let mut read = Read::default();
        lines.lines().for_each(|line| read.take(line));
        read
    }

    #[test]
    fn a_connection_that_breaks_in_a_task_is_unknown() {
        let lost = "TASK [restart] ***\nfatal: [web-1]: UNREACHABLE! => {}\n";
        assert!(matches!(read(lost).fault(4), Fault::Unknown(why) if why.contains("web-1")));
        let never = "TASK [Gathering Facts] ***\nfatal: [web-1]: UNREACHABLE! => {}\n";
        let why = "unreachable: web-1 at \"Gathering Facts\"".to_owned();
        assert_eq!(read(never).fault(4), Fault::Failed(why));
        assert!(matches!(read("ERROR! no such file\n").fault(4), Fault::Refused(_)));
    }

    #[test]
    fn what_a_task_prints_is_no_recap() {
        let said = "TASK [show] ***\nok: [a] => {\n    \"msg\": \"PLAY RECAP ***\"\n}\n\
                    PLAY RECAP ***\na   : ok=2    changed=1    unreachable=0\n";
        let done = read(said).done(false).unwrap();
        assert_eq!(done.summary, "changed 1 thing on 1 host");
    }
}
