//! What `warroom nagios` posts, with soft states told and untold.
#![no_main]

use libfuzzer_sys::fuzz_target;
use warroom::adapters::ingest::nagios::{Config, Soft};
use warroom::adapters::ingest::Kind;

fuzz_target!(|body: &[u8]| {
    for soft in [Soft::Ignore, Soft::Report] {
        warroom_fuzz::source(&Kind::Nagios(Config { soft, ..Config::default() }), body);
    }
});
