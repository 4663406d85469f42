//! What people type behind `graph`: what is read prints as what reads back, and with the shipped
//! dashboards it becomes a plan or a reason.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use warroom::domain::dashboard::{Context, Library, Request, Usual};
use warroom_fuzz::{now, says_why, text};

const DASHBOARDS: [(&str, &str); 3] = [
    ("dashboards/10-service.toml", include_str!("../../../dashboards/10-service.toml")),
    ("dashboards/20-node.toml", include_str!("../../../dashboards/20-node.toml")),
    ("dashboards/prometheus.json", include_str!("../../../dashboards/prometheus.json")),
];

static LIBRARY: LazyLock<Library> = LazyLock::new(|| {
    let texts = DASHBOARDS.map(|(name, text)| (name.to_owned(), text.to_owned()));
    Library::parse(&texts).0
});

fuzz_target!(|input: &[u8]| {
    let Some(line) = text(input) else { return };
    let request = match Request::read(line) {
        Ok(request) => request,
        Err(bad) => return says_why(&bad),
    };
    let printed = request.to_string();
    assert_eq!(Request::read(&printed).as_ref(), Ok(&request), "{printed}");
    let plan = LIBRARY.plan(&request, &Context::default(), now(), Usual::default());
    match plan {
        Err(bad) => says_why(&bad),
        Ok(plan) => {
            assert!(plan.window.from < plan.window.to && plan.window.to <= now());
            let again = Request::read(&plan.command).expect("the full command reads back");
            let again = LIBRARY.plan(&again, &Context::default(), now(), Usual::default());
            let again = again.expect("the full command can be planned");
            assert_eq!(again.command, plan.command);
            if plan.lookup() == Ok(None) {
                assert_eq!(again.asks(), plan.asks());
            }
        }
    }
});
