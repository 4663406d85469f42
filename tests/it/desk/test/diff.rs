//! A test that fails, as people and build servers read it.

use super::{folder, out, run};

const WRONG: &str = r#"[[rule.test]]
name = "ben <first> & \"alone\""
at   = ["0m fire alertname=Slow service=a", "6m ack ben", "20m resolve alertname=Slow service=a"]
want = [
  "0m room inc-1-a",
  "0m page ben",
  "3m..5m nothing",
  "20m resolve 1",
]
"#;

const DIFF: &str = r#"rules/a.toml:20: slow: ben <first> & "alone"
    0m room inc-1-a
  - 0m page ben                     rules/a.toml:25
  + 0m page ana by pager            not wanted
  + 5m page ben by pager            rules/a.toml:26
    20m resolve 1

1 failed, 0 passed: 1 tests in "#;

#[test]
fn a_failing_test_shows_one_timeline() {
    let output = run(folder(WRONG).path(), &[]);
    assert_eq!(output.status.code(), Some(1));
    let said = out(&output);
    assert!(said.starts_with(DIFF), "{said}");
}

#[test]
fn the_same_files_give_the_same_words() {
    let dir = folder(WRONG);
    let told = || out(&run(dir.path(), &[])).lines().take(6).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(told(), told());
}

#[test]
fn build_servers_read_the_failure_whatever_it_holds() {
    let dir = folder(
        &(WRONG.to_owned()
            + "[[rule.test]]\nat = [\"0m fire alertname=Slow service=a\"]\nwant = [\"0m page ana\"]\n"),
    );
    let file = dir.path().join("out.xml");
    let output = run(dir.path(), &["--junit", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let xml = std::fs::read_to_string(&file).unwrap();
    assert!(xml.contains("tests=\"2\" failures=\"1\""), "{xml}");
    assert!(xml.contains("name=\"slow: ben &lt;first&gt; &amp; &quot;alone&quot;\""), "{xml}");
    assert!(is_well_formed(&xml), "{xml}");
}

/// Whether every tag is closed in its order, and nothing else stands unescaped.
fn is_well_formed(xml: &str) -> bool {
    let mut open = Vec::new();
    for tag in xml.split('<').skip(1) {
        let Some((tag, text)) = tag.split_once('>') else { return false };
        if text.contains('>') || tag.starts_with('?') && !tag.ends_with('?') {
            return false;
        }
        let name = tag.split([' ', '/']).next().unwrap_or_default();
        match tag.strip_prefix('/') {
            Some(closed) if open.pop() != Some(closed) => return false,
            None if !tag.ends_with(['/', '?']) => open.push(name),
            Some(_) | None => {}
        }
    }
    open.is_empty()
}
