use std::sync::Arc;

use super::*;

fn place(text: &str, word: &str) -> Place {
    let start = text.find(word).unwrap();
    Place { source: Source::new("rules/a.toml", text), span: start..start + word.len() }
}

#[test]
fn a_fault_reads_as_rustc_prints_it() {
    let place = place("[[rule]]\nserverity = \"page\"\n", "serverity");
    let fault = Diagnostic::error(&place, "unknown field `serverity` in `rule`")
        .label("not a field here")
        .help(did_you_mean("serverity", ["name", "severity"]));
    insta::assert_snapshot!(fault, @r#"
    error: unknown field `serverity` in `rule`
     --> rules/a.toml:2:1
      |
    2 | serverity = "page"
      | ^^^^^^^^^ not a field here
      |
      = help: did you mean `severity`?
    "#);
}

#[test]
fn a_place_beyond_the_text_is_still_shown() {
    let source = Source::new("a.toml", "x = \u{e9}");
    for span in [0..99, 99..120, 5..5] {
        let place = Place { source: Arc::clone(&source), span };
        assert!(Diagnostic::error(&place, "broken").to_string().contains("a.toml:1:"));
    }
}

#[test]
fn a_message_never_shows_a_secret() {
    for text in [
        "password = \"hunter2\"",
        "password = \"hunter2",
        "auth = { kind = \"bearer\", token = 'hunter2' }",
        "pasword = \"hunter2\"",
        "WARROOM__BRAIN__PASSWORD=hunter2",
        "url = \"redis://me:hunter2@db:6379\"",
    ] {
        let source = Source::new("c.toml", text);
        let shown = Diagnostic::error(&Place { source, span: 0..1 }, "broken").to_string();
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("*******"), "{shown}");
    }
}

#[test]
fn advice_names_only_what_is_near() {
    assert_eq!(nearest("tittle", ["name", "title"]), Some("title"));
    assert_eq!(nearest("colour", ["name", "title"]), None);
}
