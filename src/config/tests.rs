use super::*;
use crate::domain::diagnostic::Diagnostics;

fn load(text: &str, environment: &[(&str, &str)], flags: &[Flag]) -> Result<Loaded, Diagnostics> {
    let environment =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::parse(Some(("warroom.toml", text)), environment, flags)
}

/// The example with every key in it: `#key = …` without its `#`, and of two ways to give a secret
/// the file.
fn complete_example() -> String {
    let is_key = |line: &str| line.starts_with('#') && !line.starts_with("# ") && line.len() > 1;
    let lines = load::EXAMPLE
        .lines()
        .filter(|line| !line.starts_with("#:"))
        .map(|line| if is_key(line) { line.trim_start_matches('#') } else { line });
    lines.filter(|line| !line.ends_with("= \"…\"")).map(|line| format!("{line}\n")).collect()
}

#[test]
fn nothing_configured_means_the_defaults_of_the_example() {
    let (config, warnings) = Config::parse(None, [], &[]).unwrap();
    assert!(warnings.is_empty(), "{warnings}");
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:9095");
    assert_eq!(config.brain.url.reveal(), "file:./warroom-data");
    assert_eq!(config.settings(), crate::domain::incident::Settings::default());
    assert_eq!(config.sources.len(), 4);
    assert_eq!(config.closed_sources().count(), 4);
}

#[test]
fn the_whole_example_loads_without_a_warning() {
    let (config, warnings) =
        load(&complete_example(), &[], &[]).unwrap_or_else(|out| panic!("{out}"));
    assert!(warnings.is_empty(), "{warnings}");
    assert_eq!((config.sources.len(), config.heartbeats.len(), config.pagers.len()), (7, 1, 5));
    assert!(config.runs.is_some());
    assert_eq!((config.metrics.len(), config.logs.len()), (2, 3));
}

/// Plants an unknown key in each table and reads from the message what is known there.
#[test]
fn every_key_is_in_the_example() {
    let planted: String = complete_example()
        .lines()
        .map(|line| {
            if line.starts_with('[') { format!("{line}\nqqqq = 1\n") } else { format!("{line}\n") }
        })
        .collect();
    let out = load(&planted, &[], &[]).unwrap_err();
    let helps: Vec<&str> = out.iter().filter_map(|fault| fault.help.as_deref()).collect();
    assert!(helps.len() > 15, "{out}");
    for key in helps.iter().flat_map(|help| help.strip_prefix("known here: ").unwrap().split(", "))
    {
        let is_there = load::EXAMPLE.lines().any(|line| {
            line.trim_start_matches('#').starts_with(&format!("{key} = "))
                || line.contains(&format!("[{key}"))
        }) || load::EXAMPLE.contains(&format!("{{ {key} = "))
            || load::EXAMPLE.contains(&format!(".{key}]"))
            || load::EXAMPLE.contains(&format!(".{key}."));
        assert!(is_there, "`{key}` is not in config.example.toml");
    }
}

#[test]
fn flags_win_over_environment_over_file_over_defaults() {
    let file = "[server]\nlisten = \"127.0.0.1:1\"\n[noise]\nflap_high = 9\n[brain]\nshards = 8\n";
    let flag = Flag { name: "--listen", key: "server.listen", value: "127.0.0.1:3".into() };
    let environment = [
        ("WARROOM__SERVER__LISTEN", "127.0.0.1:2"),
        ("WARROOM__NOISE__FLAP_HIGH", "7"),
        ("WARROOM__ALERTS__REPLICA_LABELS", "[\"a\", \"b\"]"),
        ("WARROOM_TEST_REDIS", "not ours"),
    ];
    let (config, _) = load(file, &environment, &[flag]).unwrap();
    assert_eq!(config.server.listen.port(), 3);
    assert_eq!((config.noise.flap_high, config.noise.flap_low, config.brain.shards), (7, 2, 8));
    assert_eq!(config.alerts.replica_labels, ["a", "b"]);
}

#[test]
fn a_fault_in_the_environment_names_the_variable() {
    let out = load("", &[("WARROOM__BRAIN__SHARDS", "many"), ("WARROOM__SERVER__LISTN", "x")], &[]);
    insta::assert_snapshot!(out.unwrap_err(), @r"
    error: expected an integer, found a string
     --> environment:1:24
      |
    1 | WARROOM__BRAIN__SHARDS=many
      |                        ^^^^ must be an integer
    error: unknown field `listn` in `server`
     --> environment:1:1
      |
    1 | WARROOM__SERVER__LISTN=x
      | ^^^^^^^^^^^^^^^^^^^^^^ not a field here
      |
      = help: did you mean `listen`?
    ");
}

#[test]
fn a_secret_is_never_printed() {
    let environment = [("WARROOM__BRAIN__URL", "redis://me:hunter2@db:6379/0")];
    let (config, _) = load("[brain]\npassword = \"hunter2\"", &environment, &[]).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
    assert_eq!(config.brain.url.to_string(), "redis://***@db:6379/0");
    let out = load("[brain]\npassword = \"hunter2\"\npasword = \"hunter2\"", &environment, &[]);
    assert!(!out.unwrap_err().to_string().contains("hunter2"));
}

#[test]
fn an_open_door_without_a_lock_is_a_warning() {
    let (_, warnings) = load("[server]\nlisten = \"0.0.0.0:9095\"", &[], &[]).unwrap();
    assert!(
        warnings.to_string().contains("alertmanager, grafana, nagios, prometheus"),
        "{warnings}"
    );
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let out = Config::load(Some(std::path::Path::new("no/such.toml")), [], &[]).unwrap_err();
    assert!(out.to_string().contains("no/such.toml"), "{out}");
}

#[test]
fn a_homeserver_is_asked_or_pushes() {
    let account =
        "[chat.home]\nkind = \"matrix\"\nurl = \"https://m.example\"\ntoken = \"hunter2\"\n";
    let matrix = |text: &str| match load(text, &[], &[]).unwrap().0.chat.remove(0).kind {
        ChatKind::Matrix(matrix) => matrix,
        ChatKind::Mattermost(_) | ChatKind::Slack(_) | ChatKind::Xmpp(_) => panic!("{text}"),
    };
    let asked = matrix(account);
    assert_eq!(asked.service, None);
    assert!(!format!("{asked:?}").contains("hunter2"));
    let pushes = matrix(&format!("{account}service = {{ hs_token = \"hunter3\" }}"));
    let service = pushes.service.unwrap();
    assert_eq!((service.id.as_str(), service.sender.as_str()), ("warroom", "warroom"));
    assert!(!format!("{service:?}").contains("hunter3"));
}

#[test]
fn what_is_wrong_with_a_homeserver_is_named() {
    for (text, fault) in [
        ("kind = \"matrix\"\ntoken = \"t\"", "`chat.home` needs `url`"),
        ("kind = \"matrix\"\nurl = \"https://m.example\"", "`token` or `token_file` must be given"),
        (
            "kind = \"matrix\"\nurl = \"https://m.example\"\ntoken = \"t\"\nservice = {}",
            "`hs_token` or `hs_token_file` must be given",
        ),
        ("kind = \"matrx\"", "`matrx` is not one of: matrix, mattermost"),
    ] {
        let out = load(&format!("[chat.home]\n{text}"), &[], &[]).unwrap_err().to_string();
        assert!(out.contains(fault), "{out}");
    }
}
