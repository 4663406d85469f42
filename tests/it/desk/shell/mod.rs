//! Completions and the manual, asked of the real shells and of man itself where they are there.

use std::fs;
use std::process::Command;

use super::call::{said, warroom};

#[test]
#[expect(clippy::disallowed_methods, reason = "a test may start programs")]
fn bash_completes_commands_of_the_real_program() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("warroom.bash");
    let output = warroom(&["completions", "bash"]);
    assert!(output.status.success(), "{}", said(&output));
    fs::write(&script, &output.stdout).unwrap();
    let ask = format!(
        "source {}; COMP_WORDS=(warroom imp); COMP_CWORD=1; _warroom warroom imp warroom; \
         echo \"${{COMPREPLY[@]}}\"",
        script.display()
    );
    let output = Command::new("bash").args(["--norc", "-c", &ask]).output().unwrap();
    assert_eq!(said(&output).trim(), "import");
}

#[test]
fn every_shell_gets_a_script_that_knows_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = warroom(&["completions", shell]);
        let script = said(&output);
        for command in ["serve", "check", "import", "init", "schema"] {
            assert!(script.contains(command), "{shell} does not know {command}");
        }
    }
}

#[test]
fn every_command_has_a_page_of_the_manual() {
    let folder = tempfile::tempdir().unwrap();
    let output = warroom(&["man", "--into", folder.path().to_str().unwrap()]);
    assert!(output.status.success(), "{}", said(&output));
    let help = said(&warroom(&["--help"]));
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names: Vec<&str> = commands
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(names.len() > 15, "{help}");
    for name in names {
        let page = fs::read_to_string(folder.path().join(format!("warroom-{name}.1")));
        let page = page.unwrap_or_else(|error| panic!("no page of {name}: {error}"));
        assert!(page.contains(".SH SYNOPSIS"), "{page}");
    }
    assert!(said(&warroom(&["man"])).contains(".TH warroom 1"));
}
