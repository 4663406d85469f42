//! What this machine can do for the cage, for `warroom doctor`.

use std::fs;

use landlock::{AccessFs, CompatLevel, Compatible as _, Ruleset, RulesetAttr as _};

use super::{cgroup, inner};

/// One thing that the cage can use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Whether it is there.
    pub is_there: bool,
    /// What it is, and what its absence means.
    pub text: String,
}

/// Looks at the kernel and at the rights of this process.
#[must_use]
pub fn probe() -> Vec<Finding> {
    let has_landlock = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_write(landlock::ABI::V1))
        .and_then(landlock::Ruleset::create)
        .is_ok();
    let bases = cgroup::bases();
    let can_group = bases.iter().any(|(_, folder)| {
        let probe = folder.join(format!("warroom-probe-{}", std::process::id()));
        let is_made = fs::create_dir(&probe).is_ok();
        let counts = is_made && probe.join("pids.max").exists();
        fs::remove_dir(&probe).ok();
        counts
    });
    vec![
        Finding {
            is_there: has_landlock,
            text: if has_landlock {
                format!("Landlock: `write` can be limited (up to {:?})", inner::LANDLOCK)
            } else {
                "Landlock: this kernel has none; commands with `write` are refused".to_owned()
            },
        },
        Finding {
            is_there: can_group,
            text: if can_group {
                "control groups: the kernel limits the processes of a command".to_owned()
            } else {
                "control groups: none can be made here; processes are limited for each user \
                 (not for root), and counted ten times a second"
                    .to_owned()
            },
        },
    ]
}
