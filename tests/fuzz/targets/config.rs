//! The configuration file, the environment and the flags: `WARROOM__X=Y` lines, an empty line, TOML.
#![no_main]

use libfuzzer_sys::fuzz_target;
use warroom::config::Config;
use warroom_fuzz::text;

fuzz_target!(|input: &[u8]| {
    let Some(input) = text(input) else { return };
    let (variables, file) = input.split_once("\n\n").unwrap_or(("", input));
    let variables: Vec<(String, String)> = variables
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let read = || Config::parse(Some(("warroom.toml", file)), variables.clone(), &[]);
    match (read(), read()) {
        (Ok((one, warnings)), Ok((other, _))) => {
            assert_eq!(format!("{one:?}"), format!("{other:?}"));
            assert!(!warnings.has_errors());
        }
        (Err(faults), Err(same)) => {
            assert_eq!(faults, same);
            assert!(faults.has_errors() && !faults.to_string().trim().is_empty());
        }
        _ => panic!("read once, refused once"),
    }
});
