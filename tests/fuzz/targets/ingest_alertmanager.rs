//! What a source of the kind `alertmanager` posts.
#![no_main]

use libfuzzer_sys::fuzz_target;
use warroom::adapters::ingest::{Kind, alertmanager};

fuzz_target!(|body: &[u8]| warroom_fuzz::source(&Kind::Alertmanager(alertmanager::Config::default()), body));
