use super::*;
use crate::domain::alert::Labels;

const SHIPPED: &str = include_str!("../../../runbooks/restart-service.toml");

const ARGV: Field = Field {
    name: "argv",
    help: "The words of the command.",
    shape: Shape::Argv,
    is_required: true,
    has_places: true,
};
const EXEC: Kind = Kind {
    name: "exec",
    help: "Runs a program.",
    plain: Some("argv"),
    fields: &[ARGV],
    outputs: &["number"],
    has_dry_run: true,
    is_repeatable: false,
};

fn read(text: &str) -> (Book, String) {
    let (book, out) = Book::parse(&[("runbooks/it.toml".to_owned(), text.to_owned())], &[&EXEC]);
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
    let values = runbook.values(&Values::new(), &labels("shop")).unwrap();
    let Action::Call { kind, with } = &runbook.steps[0].action else { panic!("not a program") };
    assert_eq!(kind, "exec");
    let Some(Blank::List(argv)) = with.get("argv") else { panic!("no words") };
    let argv: Vec<String> = argv.iter().map(|word| word.fill(&values).unwrap()).collect();
    assert_eq!(argv, ["systemctl", "restart", "shop"]);
    assert_eq!(runbook.target.fill(&values).unwrap(), "service/shop");
}

#[test]
fn fault_56_a_label_that_does_not_fit_its_pattern_starts_nothing() {
    let (book, _) = read(SHIPPED);
    let runbook = book.get("restart-service").unwrap();
    for hostile in ["--help", "shop; reboot", "shop\n", "../x", "", "{{ service }}", "SHOP"] {
        assert!(runbook.values(&Values::new(), &labels(hostile)).is_err(), "{hostile}");
    }
    assert!(runbook.values(&Values::new(), &Labels::new()).is_err());
    let typed = Values::from([("host".to_owned(), "db1".to_owned())]);
    assert!(runbook.values(&typed, &labels("shop")).is_err());
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

#[test]
fn a_later_step_may_use_only_a_declared_output() {
    let steps = |outputs: &str| {
        format!(
            "name = \"x\"\nsummary = \"s\"\ntarget = \"t\"\nundo = \"irreversible\"\n\
             [[step]]\nname = \"build\"\nexec = [\"true\"]\n{outputs}\n\
             [[step]]\nname = \"use\"\nexec = [\"echo\", \"{{{{ steps.build.number }}}}\"]\n"
        )
    };
    let (_, said) = read(&steps(""));
    assert!(said.contains("an earlier step must say it"), "{said}");
    let (_, said) = read(&steps("outputs.number = \"[0-9]+\""));
    assert!(!said.contains("error"), "{said}");
    let (_, said) = read(&steps("outputs.colour = \"[a-z]+\""));
    assert!(said.contains("gives no `colour`"), "{said}");
}

#[test]
fn what_may_not_be_done_twice_is_not_tried_again() {
    let (_, said) = read(
        "name = \"x\"\nsummary = \"s\"\ntarget = \"t\"\n[[step]]\nexec = [\"true\"]\nretries = 2\n",
    );
    assert!(said.contains("can be tried again"), "{said}");
}

#[test]
fn a_ladder_goes_nowhere_but_up() {
    let rung = |name: &str, next: &str| {
        let text = format!(
            "name = \"{name}\"\nsummary = \"s\"\ntarget = \"t\"\nelse = \"{next}\"\n[[step]]\nwait = \"1s\"\n"
        );
        (format!("{name}.toml"), text)
    };
    let (_, out) = Book::parse(&[rung("a", "b"), rung("b", "a")], &[]);
    assert!(out.to_string().contains("goes in a circle"));
    let (_, out) = Book::parse(&[rung("a", "gone")], &[]);
    assert!(out.to_string().contains("which is not there"));
}

#[test]
fn a_host_outside_the_inventory_is_refused() {
    let (book, said) = read(
        "name = \"x\"\nsummary = \"s\"\ntarget = \"{{ host }}\"\nundo = \"irreversible\"\n\
         inventory.web = [\"web1\", \"web2\"]\nparams.host = { from = \"inventory.web\", pattern = \"[a-z0-9]+\" }\n\
         [[step]]\nfor_each = \"inventory.web\"\nexec = [\"true\", \"{{ item }}\"]\n",
    );
    assert!(!said.contains("error"), "{said}");
    let host = |name: &str| Values::from([("host".to_owned(), name.to_owned())]);
    let runbook = book.get("x").unwrap();
    assert!(runbook.values(&host("web2"), &Labels::new()).is_ok());
    assert!(runbook.values(&host("db1"), &Labels::new()).is_err());
    assert_eq!(runbook.steps[0].for_each.as_deref().unwrap().len(), 2);
}
