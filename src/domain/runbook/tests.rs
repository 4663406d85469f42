use super::*;
use crate::domain::alert::Labels;

const SHIPPED: &str = include_str!("../../../runbooks/restart-service.toml");

fn read(text: &str) -> (Book, String) {
    let (book, out) = Book::parse(&[("runbooks/it.toml".to_owned(), text.to_owned())]);
    (book, out.to_string())
}

fn labels(service: &str) -> Labels {
    Labels::from([("service".into(), service.into())])
}

#[test]
fn the_shipped_runbook_fills_its_places_from_the_labels() {
    let (book, said) = read(SHIPPED);
    assert_eq!(said, "");
    let runbook = book.get("restart-service").unwrap();
    let values = runbook.values(&labels("shop")).unwrap();
    let Action::Exec(argv) = &runbook.steps[0].action else { panic!("not a program") };
    let argv: Vec<String> = argv.iter().map(|word| word.fill(&values).unwrap()).collect();
    assert_eq!(argv, ["systemctl", "restart", "shop"]);
    assert_eq!(runbook.target.fill(&values).unwrap(), "service/shop");
}

#[test]
fn fault_56_a_label_that_does_not_fit_its_pattern_starts_nothing() {
    let (book, _) = read(SHIPPED);
    let runbook = book.get("restart-service").unwrap();
    for hostile in ["--help", "shop; reboot", "shop\n", "../x", "", "{{ service }}", "SHOP"] {
        assert!(runbook.values(&labels(hostile)).is_err() || hostile == "--help", "{hostile}");
    }
    assert!(runbook.values(&Labels::new()).is_err());
}

#[test]
fn a_value_is_never_read_again() {
    let text = Text::parse("a {{ x }} b").unwrap();
    let values = Values::from([("x".to_owned(), "{{ y }}".to_owned())]);
    assert_eq!(text.fill(&values).unwrap(), "a {{ y }} b");
}

#[test]
fn faults_are_found_all_at_once() {
    let (_, said) = read(
        "name = \"x y\"\nsummary = \"s\"\ntarget = \"{{ oops\"\nserverity = 1\n\
         [[step]]\nexec = [\"{{ service }}\"]\n[[step]]\ncheck = { query = \"up\", is = \"= 1\" }\n\
         [[step]]\nexec = [\"a\"]\nwait = \"5s\"\n",
    );
    for fault in
        ["x y", "not closed", "serverity", "names the program", "not a comparison", "one thing"]
    {
        assert!(said.contains(fault), "{fault} is not in:\n{said}");
    }
}

#[test]
fn a_runbook_without_check_or_undo_is_warned_of() {
    let (book, said) = read(
        "name = \"x\"\nsummary = \"s\"\ntarget = \"t\"\n[[step]]\nexec = [\"true\", \"{{ who }}\"]\n",
    );
    assert!(book.get("x").is_some());
    for words in ["never looks whether it helped", "what takes it back", "uses `who`"] {
        assert!(said.contains(words), "{words} is not in:\n{said}");
    }
}
