//! The rule and the runbooks of the lab.

pub(super) const RULES: &str = r#"
[[rule]]
name = "slow"
match = 'alertname="Slow"'
group_by = ["service"]
title = "{{ labels.service }} is slow"
room = { name = "inc-{{ number }}" }
run = { runbook = "mend", MODE }
"#;

pub(super) const MEND: &str = r#"
name = "mend"
summary = "Restarts a service"
target = "service/{{ service }}"
params.service = { from = "labels.service", pattern = "[a-z-]+" }
approve = { by = ["team:cms"], expires = "15m" }
else = "roll-back"

[[step]]
name = "restart"
exec = ["restart", "{{ service }}"]

[[step]]
name = "healthy"
check = { query = "up", is = "> 0", for = "0s", within = "1s" }

[[undo]]
name = "back"
exec = ["back", "{{ service }}"]
"#;

pub(super) const ROLL_BACK: &str = r#"
name = "roll-back"
summary = "Brings the version before back"
target = "service/{{ service }}"
params.service = { from = "labels.service", pattern = "[a-z-]+" }
undo = "irreversible"

[[step]]
name = "switch"
exec = ["switch", "{{ service }}"]

[[step]]
name = "healthy"
check = { query = "up", is = "> 0", for = "0s", within = "1s" }
"#;

/// A step that a person with a second factor agrees to.
pub(super) const CUT: &str = r#"
name = "cut"
summary = "Cuts a service off"
target = "service/{{ service }}"
critical = true
params.service = { pattern = "[a-z-]+" }
undo = "irreversible"

[[step]]
name = "cut"
exec = ["cut", "{{ service }}"]

[[step]]
name = "healthy"
check = { query = "up", is = "> 0", for = "0s", within = "1s" }
"#;

/// A change of what runs, somewhere.
pub(super) const SHIP: &str = r#"
name = "ship"
summary = "Brings a version of the shop"
target = "shop/{{ environment }}"
change = { verb = "deploy", service = "shop", environments = ["staging", "production"] }
params.version = { pattern = "[0-9.]+" }
undo = "irreversible"

[[step]]
name = "ship"
exec = ["ship", "{{ environment }}", "{{ version }}"]

[[step]]
name = "healthy"
check = { query = "up", is = "> 0", for = "0s", within = "1s" }
"#;

/// Two people agree to it, whoever may.
pub(super) const VOTE: &str = r#"
name = "vote"
summary = "Does what two people want"
target = "service/{{ service }}"
params.service = { pattern = "[a-z-]+" }
approve = { by = [], quorum = 2 }
undo = "irreversible"

[[step]]
name = "vote"
exec = ["vote", "{{ service }}"]

[[step]]
name = "healthy"
check = { query = "up", is = "> 0", for = "0s", within = "1s" }
"#;

/// What every lab knows.
pub(super) const ALL: [(&str, &str); 5] = [
    ("mend.toml", MEND),
    ("roll-back.toml", ROLL_BACK),
    ("cut.toml", CUT),
    ("ship.toml", SHIP),
    ("vote.toml", VOTE),
];
