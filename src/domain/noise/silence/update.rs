//! How a silence changes: Alertmanager's `Silences.Set`, `canUpdate` and `Expire`.

use chrono::{DateTime, Utc};
use compact_str::CompactString;

use super::one::Silence;

/// What a wish to change a silence comes to. What is in it is to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Update {
    /// The silence keeps its id.
    InPlace(Silence),
    /// A new silence takes over from now on.
    Replace {
        /// The new one, with a new id.
        new: Silence,
        /// The old one, ended now; `None` where it was over already.
        old: Option<Silence>,
    },
}

/// The part of a silence's life that matters for changes; windows that come again do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    Pending,
    Running,
    Over,
}

/// Plans how `old` becomes `new` at `now`, with an id at hand in case that a new silence is needed.
/// `new` must be valid.
///
/// The id stays while the past stays as it was: matchers are the same, and a silence that runs keeps
/// its start (to the second, as clients drop the rest) and its times, and does not end in the past;
/// one that is pending still begins in the future. One that is over is never revived.
#[must_use]
pub fn plan_update(
    old: &Silence,
    new: Silence,
    now: DateTime<Utc>,
    fresh_id: CompactString,
) -> Update {
    let life = old.life(now);
    let kept = old.matchers == new.matchers
        && match life {
            Life::Running => {
                new.starts_at.timestamp() == old.starts_at.timestamp()
                    && new.ends_at >= now
                    && new.repeats == old.repeats
            }
            Life::Pending => new.starts_at >= now,
            Life::Over => false,
        };
    if kept {
        return Update::InPlace(Silence { id: old.id.clone(), updated_at: now, ..new });
    }
    let old = (life != Life::Over).then(|| old.clone().expired(now));
    Update::Replace { new: new.created(now, fresh_id), old }
}

impl Silence {
    /// The silence as it begins: with its id, and not in the past.
    #[must_use]
    pub fn created(self, now: DateTime<Utc>, id: CompactString) -> Self {
        Self { id, starts_at: self.starts_at.max(now), updated_at: now, ..self }
    }

    /// The silence, ended at `now`; one that never began ends where it begins, and one that is
    /// over stays as it is.
    #[must_use]
    pub fn expired(self, now: DateTime<Utc>) -> Self {
        match self.life(now) {
            Life::Over => self,
            Life::Running => Self { ends_at: now, updated_at: now, ..self },
            Life::Pending => Self { starts_at: now, ends_at: now, updated_at: now, ..self },
        }
    }

    fn life(&self, now: DateTime<Utc>) -> Life {
        if now >= self.ends_at {
            Life::Over
        } else if now < self.starts_at {
            Life::Pending
        } else {
            Life::Running
        }
    }
}
