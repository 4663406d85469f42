//! The Lua scripts, and one step of a call: a script or a plain command.
//!
//! Scripts are called by hash; a server that does not know the hash gets the text once.

use std::sync::LazyLock;

use redis::Cmd;

/// How long a first answer is kept for a command that is sent again. A caller tries for seconds;
/// at 1000 commits a second this is some 60 000 keys of 150 bytes.
pub(super) const ANSWERS_TTL_MS: u32 = 60_000;

/// One script.
#[derive(Debug)]
pub(super) struct Lua {
    pub(super) code: &'static str,
    hash: LazyLock<String>,
}

macro_rules! scripts {
    ($($name:ident = $file:literal),+ $(,)?) => {
        $(pub(super) static $name: Lua = Lua {
            code: include_str!(concat!("lua/", $file)),
            hash: LazyLock::new(|| redis::Script::new(include_str!(concat!("lua/", $file))).get_hash().to_owned()),
        };)+
    };
}

scripts! {
    APPEND = "append.lua",
    BIRTH = "birth.lua",
    CLAIM = "claim.lua",
    COMMIT = "commit.lua",
    LOAD = "load.lua",
    POSTPONE = "postpone.lua",
    PUT = "put.lua",
    READ = "read.lua",
    RENEW = "renew.lua",
    TAKE = "take.lua",
    UNDO_INDEX = "undo_index.lua",
    UNINDEX = "unindex.lua",
}

/// One command of a call, and how to send it to a server that lacks its script.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) cmd: Cmd,
    script: Option<&'static Lua>,
    /// The key that decides the slot.
    pub(super) key: String,
}

impl Step {
    /// A plain command about one key; arguments are added to `cmd`.
    pub(super) fn plain(name: &str, key: String) -> Self {
        let mut cmd = redis::cmd(name);
        cmd.arg(&key);
        Self { cmd, script: None, key }
    }

    /// A script over one key; arguments are added to `cmd`.
    pub(super) fn script(script: &'static Lua, key: String) -> Self {
        Self::over(script, key, &[])
    }

    /// A script over several keys of one slot.
    pub(super) fn over(script: &'static Lua, key: String, more: &[String]) -> Self {
        let mut cmd = redis::cmd("EVALSHA");
        cmd.arg(script.hash.as_str()).arg(more.len() + 1).arg(&key).arg(more);
        Self { cmd, script: Some(script), key }
    }

    pub(super) fn arg(mut self, arg: impl redis::ToRedisArgs) -> Self {
        self.cmd.arg(arg);
        self
    }

    /// From now on the script's text is sent with it; false: there is none, or it was sent before.
    pub(super) fn send_text(&mut self) -> bool {
        let Some(script) = self.script.take() else { return false };
        let mut cmd = redis::cmd("EVAL");
        cmd.arg(script.code);
        for arg in self.cmd.args_iter().skip(2) {
            match arg {
                redis::Arg::Simple(bytes) => cmd.arg(bytes),
                _ => return false,
            };
        }
        self.cmd = cmd;
        true
    }
}
