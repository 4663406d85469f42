//! `ansible` with the real `ansible-playbook`, on this machine and over a real sshd.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use chrono::TimeDelta;
use tempfile::TempDir;
use warroom::adapters::actions::ansible::Ansible;
use warroom::adapters::actions::cage::Limits;
use warroom::domain::run::{Assignment, Ending, Filled};

use super::cage::alive;
use super::lab::{Lab, assignment, cage, tail, text};
use super::{ssh, suite};
use crate::world::process::{free_port, installed};

/// One play on the hosts `web`, without a look at them first unless it says so.
fn play(tasks: &str) -> String {
    format!("- hosts: web\n  tasks:\n{tasks}")
}

struct Desk {
    lab: Lab,
}

impl Desk {
    /// An executor with these playbooks and this inventory, in this folder.
    fn new(folder: TempDir, inventory: &str, playbooks: &[(&str, String)]) -> Option<Self> {
        if !installed("ansible-playbook") {
            return None;
        }
        let books = folder.path().join("books");
        fs::create_dir(&books).unwrap();
        fs::write(books.join("hosts.ini"), inventory).unwrap();
        fs::write(books.join("ansible.cfg"), "[defaults]\ninterpreter_python = /usr/bin/python3\n")
            .unwrap();
        for (name, playbook) in playbooks {
            fs::write(books.join(name), playbook).unwrap();
        }
        let ansible = Ansible::new(cage(folder.path(), Limits::default()), Some(books));
        Some(Self { lab: Lab::with(folder, vec![Arc::new(ansible)]) })
    }

    fn at(&self, name: &str) -> std::path::PathBuf {
        self.lab.folder.path().join(name)
    }
}

fn run(number: u64, playbook: &str, with: &[(&str, Filled)]) -> Assignment {
    let base = [("playbook", text(playbook)), ("inventory", text("hosts.ini"))];
    let all: Vec<_> = base.into_iter().chain(with.iter().cloned()).collect();
    let mut step = assignment(number, "ansible", &all);
    step.timeout = TimeDelta::seconds(55);
    step
}

fn variables(pairs: &[(&str, &str)]) -> Filled {
    Filled::Map(pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect())
}

const LOCAL: &str = "[web]\nhere ansible_connection=local\nspare ansible_connection=local\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_shows_the_diff_and_the_real_one_makes_it() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    let tasks = format!(
        "    - name: version\n      copy:\n        content: \"now {{{{ version }}}}\\n\"\n        dest: {}\n",
        out.display()
    );
    let Some(desk) = Desk::new(folder, LOCAL, &[("deploy.yml", play(&tasks))]) else { return };
    fs::write(&out, "before\n").unwrap();
    // A label is data: Ansible's own templates are code, and this one would run a program.
    let hostile = format!("{{{{ lookup('pipe', 'touch {}') }}}}", desk.at("pwned").display());
    let with = [("limit", text("here")), ("variables", variables(&[("version", &hostile)]))];
    let step = run(1, "deploy.yml", &with);
    let changes = || usize::from(fs::read_to_string(&out).unwrap() != "before\n");
    let (planned, done) = suite::once(&desk.lab, &step, changes).await;
    let Ending::Done { summary, .. } = &planned else { panic!("{planned:?}") };
    assert_eq!(summary, "would change 1 thing on 1 host");
    let diff = tail(Some(planned));
    assert!(diff.contains("-before") && diff.contains("+now {{ lookup("), "{diff}");
    let Ending::Done { summary, outputs, .. } = done else { panic!("{done:?}") };
    assert_eq!((summary.as_str(), outputs["hosts"].as_str()), ("changed 1 thing on 1 host", "1"));
    assert_eq!(fs::read_to_string(&out).unwrap(), format!("now {hostile}\n"));
    assert!(!desk.at("pwned").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_unreachable_failed_and_broken_are_told_apart() {
    let folder = TempDir::new().unwrap();
    let Some(sshd) = ssh::sshd(folder.path()).await else { return };
    let at = |name: &str| folder.path().join(name).display().to_string();
    let inventory = format!(
        "[web]\nfar ansible_host=127.0.0.1 ansible_port={}\ngone ansible_host=127.0.0.1 ansible_port={}\n\
         [web:vars]\nansible_user={}\nansible_ssh_private_key_file={}\n\
         ansible_ssh_common_args=-F none -o UserKnownHostsFile={} -o ControlMaster=no\n",
        sshd.port,
        free_port(),
        sshd.user,
        at("key"),
        at("known_hosts"),
    );
    let failing =
        "    - name: hunter2-the-secret\n      command: bash -c 'echo oh no >&2; exit 7'\n";
    let breaking = "- hosts: web\n  gather_facts: false\n  tasks:\n    - name: cut\n      raw: kill -9 $PPID\n";
    let books = [
        ("failing.yml", play(failing)),
        ("breaking.yml", breaking.to_owned()),
        ("bad.yml", "a: [".into()),
    ];
    let Some(desk) = Desk::new(folder, &inventory, &books) else { return };
    let ended = desk.lab.run(&run(1, "failing.yml", &[("limit", text("far"))])).await;
    let Some(Ending::Failed { why, tail }) = ended else { panic!("{ended:?}") };
    assert!(why.starts_with("failed: far at") && tail.contains("oh no"), "{why}\n{tail}");
    assert!(!desk.lab.heard().contains("hunter2"));
    let ended = desk.lab.run(&run(2, "failing.yml", &[("limit", text("gone"))])).await;
    let Some(Ending::Failed { why, .. }) = ended else { panic!("{ended:?}") };
    assert_eq!(why, "unreachable: gone at \"Gathering Facts\"");
    let ended = desk.lab.run(&run(3, "breaking.yml", &[("limit", text("far"))])).await;
    assert_eq!(ended, None, "the task may have done it: {}", desk.lab.heard());
    let refused = [
        (run(4, "bad.yml", &[]), "unable to read"),
        (run(5, "absent.yml", &[]), "there is no"),
        (run(6, "../hosts.ini", &[]), "is not below the folder"),
        (run(7, "failing.yml", &[("limit", text("nobody"))]), "no hosts to target"),
        (run(8, "failing.yml", &[("limit", text("all"))]), "is not a list of names"),
        (run(9, "failing.yml", &[("limit", text("@/etc/passwd"))]), "is not a list of names"),
    ];
    for (step, word) in refused {
        let ended = desk.lab.run(&step).await;
        let Some(Ending::Refused { why }) = ended else { panic!("{word}: {ended:?}") };
        assert!(why.contains(word), "{why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_ends_what_a_task_has_started() {
    let folder = TempDir::new().unwrap();
    let pids = folder.path().join("pids");
    let tasks = format!(
        "    - name: hangs\n      shell: \"setsid sleep 300 & echo $! >> {0}; echo $$ >> {0}; sleep 300\"\n",
        pids.display()
    );
    let Some(desk) = Desk::new(folder, LOCAL, &[("hang.yml", play(&tasks))]) else { return };
    let mut step = run(1, "hang.yml", &[("limit", text("here"))]);
    step.timeout = TimeDelta::seconds(15);
    let ended = desk.lab.run(&step).await;
    assert!(matches!(ended, Some(Ending::TimedOut { .. })), "{ended:?}");
    assert_eq!(alive(&pids), (2, 0));
}

#[test]
fn a_killed_executor_starts_no_playbook_twice() {
    if !installed("ansible-playbook") {
        return;
    }
    let books = TempDir::new().unwrap();
    let count = books.path().join("count");
    let tasks = format!(
        "    - name: count\n      shell: echo ran >> {}\n    - command: sleep 2\n",
        count.display()
    );
    fs::write(books.path().join("hosts.ini"), "[web]\nhere ansible_connection=local\n").unwrap();
    fs::write(books.path().join("count.yml"), play(&tasks)).unwrap();
    let action = |folder: &Path| {
        let cage = cage(folder, Limits::default());
        Arc::new(Ansible::new(cage, Some(books.path().to_owned()))) as Arc<_>
    };
    let changes = || fs::read_to_string(&count).unwrap_or_default().lines().count();
    suite::killed_anywhere(action, &run(1, "count.yml", &[]), changes, &[0, 200, 2_500, 5_000]);
}
