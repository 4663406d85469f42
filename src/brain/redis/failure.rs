//! What an error of Redis means for a call.

use redis::{ErrorKind, RedisError};

use crate::brain::Error;

/// What to do after an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The script's text must go with it.
    SendText,
    /// Wait a moment and send it again.
    Again(String),
    /// This is not the master any more, or the connection is broken: look for it, then again.
    Elsewhere(String),
    /// No attempt helps.
    Final(Error),
}

/// Errors by the code that they begin with, <https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors>.
pub(super) fn judge(error: &RedisError) -> Verdict {
    let text = error.to_string();
    let Some(code) = error.code() else { return judge_connection(error, text) };
    match code {
        "NOSCRIPT" => Verdict::SendText,
        "READONLY" | "MASTERDOWN" | "UNBLOCKED" => Verdict::Elsewhere(text),
        "LOADING" | "BUSY" | "TRYAGAIN" | "CLUSTERDOWN" | "MOVED" | "ASK" => Verdict::Again(text),
        "OOM" | "MISCONF" => Verdict::Final(Error::Full(text)),
        "NOREPLICAS" => Verdict::Final(Error::Away(format!("barrier not met: {text}"))),
        _ if text.contains("max number of clients") => Verdict::Elsewhere(text),
        _ => Verdict::Final(Error::Unusable(text)),
    }
}

fn judge_connection(error: &RedisError, text: String) -> Verdict {
    match error.kind() {
        ErrorKind::AuthenticationFailed
        | ErrorKind::InvalidClientConfig
        | ErrorKind::UnexpectedReturnType => Verdict::Final(Error::Unusable(text)),
        _ => Verdict::Elsewhere(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(code: &'static str) -> RedisError {
        redis::make_extension_error(code.to_owned(), Some("x".to_owned()))
    }

    #[test]
    fn fault_22_each_error_code_is_understood() {
        assert_eq!(judge(&server("NOSCRIPT")), Verdict::SendText);
        for code in ["LOADING", "BUSY", "TRYAGAIN", "CLUSTERDOWN", "MOVED"] {
            assert!(matches!(judge(&server(code)), Verdict::Again(_)), "{code}");
        }
        for code in ["READONLY", "MASTERDOWN"] {
            assert!(matches!(judge(&server(code)), Verdict::Elsewhere(_)), "{code}");
        }
        for code in ["OOM", "MISCONF"] {
            assert!(matches!(judge(&server(code)), Verdict::Final(Error::Full(_))), "{code}");
        }
        assert!(matches!(judge(&server("NOREPLICAS")), Verdict::Final(Error::Away(_))));
        for code in ["WRONGTYPE", "NOPERM", "NOAUTH", "CROSSSLOT"] {
            assert!(matches!(judge(&server(code)), Verdict::Final(Error::Unusable(_))), "{code}");
        }
    }

    #[test]
    fn a_broken_connection_is_made_again() {
        let error = RedisError::from(std::io::Error::from(std::io::ErrorKind::BrokenPipe));
        assert!(matches!(judge(&error), Verdict::Elsewhere(_)));
    }
}
