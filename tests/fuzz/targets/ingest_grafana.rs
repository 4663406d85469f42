//! What a source of the kind `grafana` posts.
#![no_main]

use libfuzzer_sys::fuzz_target;
use warroom::adapters::ingest::{Kind, grafana};

fuzz_target!(|body: &[u8]| warroom_fuzz::source(&Kind::Grafana(grafana::Config::default()), body));
