//! Dashboards as Grafana exports them: read or refused, and every graph in them can be asked for or
//! says why not.
#![no_main]

use libfuzzer_sys::fuzz_target;
use warroom::domain::commands::Word;
use warroom::domain::dashboard::{Context, Library, Request, Usual};
use warroom_fuzz::{now, says_why, text};

fuzz_target!(|input: &[u8]| {
    let Some(text) = text(input) else { return };
    let files = [("dashboards/fuzz.json".to_owned(), text.to_owned())];
    let (library, faults) = Library::parse(&files);
    faults.iter().for_each(|fault| says_why(&fault.message));
    assert_eq!(Library::parse(&files).1, faults, "the same text gives other faults");
    for graph in library.offered() {
        let name = Word { key: None, text: graph.name.to_string(), is_quoted: true };
        let Ok(request) = Request::parse(&[name]) else { continue };
        match library.plan(&request, &Context::default(), now(), Usual::default()) {
            Ok(plan) => drop(plan.asks()),
            Err(bad) => says_why(&bad),
        }
    }
});
