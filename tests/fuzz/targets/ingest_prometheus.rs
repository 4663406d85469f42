//! What a source of the kind `prometheus` posts.
#![no_main]

use libfuzzer_sys::fuzz_target;
use warroom::adapters::ingest::{Kind, prometheus};

fuzz_target!(|body: &[u8]| warroom_fuzz::source(&Kind::Prometheus(prometheus::Config::default()), body));
