//! The command itself: keep, then drain.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use chrono::{DateTime, Utc};

use super::send::{Proof, Sender, Sent};
use super::spool::Spool;
use super::variables;
use crate::domain::secret::Secret;

/// How long one call may take in all: Nagios kills at 30 s (`notification_timeout`).
const DEADLINE: Duration = Duration::from_secs(20);
/// How long one POST may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Waits between tries of one report; after the last it stays in the spool.
const PAUSES: [Duration; 2] = [Duration::from_millis(300), Duration::from_secs(1)];
/// How often to look whether another caller has stopped draining.
const LOCK_PAUSE: Duration = Duration::from_millis(100);

/// Sends one Nagios or Icinga notification or event to warroom.
///
/// Everything comes from the NAGIOS_* environment; a flag wins over its variable.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Where the server takes it.
    #[arg(long, env = "WARROOM_NAGIOS_URL", default_value = "http://127.0.0.1:9095/hooks/nagios")]
    url: reqwest::Url,
    /// The token that the source asks for.
    #[arg(long, env = "WARROOM_NAGIOS_TOKEN", hide_env_values = true, value_parser = secret)]
    token: Option<Secret>,
    /// A file that holds the token.
    #[arg(long, env = "WARROOM_NAGIOS_TOKEN_FILE", conflicts_with = "token")]
    token_file: Option<PathBuf>,
    /// The key that signs each report.
    #[arg(long, env = "WARROOM_NAGIOS_SECRET", hide_env_values = true, value_parser = secret)]
    secret: Option<Secret>,
    /// A file that holds the key.
    #[arg(long, env = "WARROOM_NAGIOS_SECRET_FILE", conflicts_with = "secret")]
    secret_file: Option<PathBuf>,
    /// The folder that keeps what cannot be delivered; default: warroom/nagios in
    /// `$XDG_STATE_HOME` or ~/.local/state, else /var/spool/warroom.
    #[arg(long, env = "WARROOM_NAGIOS_SPOOL")]
    spool: Option<PathBuf>,
    /// The host.
    #[arg(long, allow_hyphen_values = true)]
    host: Option<String>,
    /// The service's description.
    #[arg(long, allow_hyphen_values = true)]
    service: Option<String>,
    /// PROBLEM, RECOVERY, ACKNOWLEDGEMENT …; none for an event handler.
    #[arg(long = "type", allow_hyphen_values = true)]
    kind: Option<String>,
    /// The state: OK, WARNING, CRITICAL, UNKNOWN, UP, DOWN or UNREACHABLE.
    #[arg(long, allow_hyphen_values = true)]
    state: Option<String>,
    /// SOFT or HARD.
    #[arg(long, allow_hyphen_values = true)]
    state_type: Option<String>,
    /// What the plugin said.
    #[arg(long, allow_hyphen_values = true)]
    output: Option<String>,
    /// Who acknowledged or commented.
    #[arg(long, allow_hyphen_values = true)]
    author: Option<String>,
    /// What they wrote.
    #[arg(long, allow_hyphen_values = true)]
    comment: Option<String>,
}

#[expect(clippy::unnecessary_wraps, reason = "clap wants a parser that may fail")]
fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::new(text))
}

impl Args {
    /// The variables that the flags stand for.
    fn given(&self) -> Vec<(String, String)> {
        let own = if self.service.is_some()
            || std::env::var_os("NAGIOS_SERVICEDESC").is_some_and(|v| !v.is_empty())
        {
            "SERVICE"
        } else {
            "HOST"
        };
        let flags = [
            ("NAGIOS_HOSTNAME".to_owned(), &self.host),
            ("NAGIOS_SERVICEDESC".to_owned(), &self.service),
            ("NAGIOS_NOTIFICATIONTYPE".to_owned(), &self.kind),
            (format!("NAGIOS_{own}STATE"), &self.state),
            (format!("NAGIOS_{own}STATETYPE"), &self.state_type),
            (format!("NAGIOS_{own}OUTPUT"), &self.output),
            ("NAGIOS_NOTIFICATIONAUTHOR".to_owned(), &self.author),
            ("NAGIOS_NOTIFICATIONCOMMENT".to_owned(), &self.comment),
        ];
        flags.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))).collect()
    }

    fn proof(&self) -> anyhow::Result<Proof> {
        let held = |value: &Option<Secret>, file: &Option<PathBuf>| match (value, file) {
            (Some(value), _) => Ok(Some(value.clone())),
            (None, None) => Ok(None),
            (None, Some(path)) => std::fs::read_to_string(path)
                .map(|text| Some(Secret::new(&text)))
                .with_context(|| format!("cannot read the secret in {}", path.display())),
        };
        if let Some(secret) = held(&self.secret, &self.secret_file)? {
            return Ok(Proof::Hmac(secret));
        }
        Ok(held(&self.token, &self.token_file)?.map_or(Proof::None, Proof::Bearer))
    }

    /// Opens the spool: the one that was named, else the first that can be written. A Nagios that
    /// was started as a service often has no home, or one that is not its own.
    fn open_spool(&self) -> io::Result<Spool> {
        if let Some(folder) = &self.spool {
            return Spool::open(folder);
        }
        let folder = |name| std::env::var_os(name).filter(|dir| !dir.is_empty()).map(PathBuf::from);
        let state = folder("XDG_STATE_HOME")
            .or_else(|| folder("HOME").map(|home| home.join(".local/state")))
            .map(|state| state.join("warroom/nagios"));
        match state.map(|folder| Spool::open(&folder)) {
            Some(Ok(spool)) => Ok(spool),
            Some(Err(_)) | None => Spool::open("/var/spool/warroom".as_ref()),
        }
    }
}

/// Keeps the report, then delivers everything that waits, in order.
///
/// # Errors
/// When the report can be neither kept nor delivered.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let body = variables::body(std::env::vars_os(), args.given().into_iter())?;
    let sender = Sender::new(args.url.clone(), args.proof()?, TIMEOUT)?;
    let kept = args.open_spool().and_then(|spool| Ok((spool.keep(&body, now())?, spool)));
    let (own, spool) = match kept {
        Ok(kept) => kept,
        Err(error) => {
            complain(&format!("cannot keep the report in a spool (--spool): {error}"));
            return without_spool(&sender, body).await;
        }
    };
    let dropped = spool.trim()?;
    if dropped > 0 {
        complain(&format!("the spool is full: the {dropped} oldest reports are LOST"));
    }
    // What is not done in time waits in the spool for the next call.
    match tokio::time::timeout(DEADLINE, drain(&spool, &sender, &own)).await {
        Ok(code) => code,
        Err(_) => Ok(ExitCode::SUCCESS),
    }
}

async fn without_spool(sender: &Sender, body: Vec<u8>) -> anyhow::Result<ExitCode> {
    match deliver(sender, body).await {
        Sent::Delivered => Ok(ExitCode::SUCCESS),
        Sent::Refused(why) | Sent::Later(why) => anyhow::bail!("the report is LOST: {why}"),
    }
}

/// Sends what waits until nothing does, or until the server cannot be reached.
async fn drain(spool: &Spool, sender: &Sender, own: &str) -> anyhow::Result<ExitCode> {
    let mut code = ExitCode::SUCCESS;
    let Some(_lock) = wait_for_lock(spool, own).await? else { return Ok(code) };
    let mut unreadable = 0;
    loop {
        let waiting = spool.waiting().context("cannot look into the spool")?;
        if waiting.len() <= unreadable {
            return Ok(code);
        }
        unreadable = 0;
        for name in waiting {
            // Unreadable, or gone because another call found the spool full.
            let Ok(body) = spool.read(&name) else {
                unreadable += 1;
                continue;
            };
            match deliver(sender, body).await {
                Sent::Delivered => spool.done(&name).context("cannot tidy the spool")?,
                Sent::Refused(why) => {
                    let aside = spool.refuse(&name).context("cannot put a report aside")?;
                    complain(&format!("REFUSED, kept as {}: {why}", aside.display()));
                    code = ExitCode::FAILURE;
                }
                Sent::Later(why) => {
                    complain(&format!("kept in the spool for the next call: {why}"));
                    return Ok(code);
                }
            }
        }
    }
}

/// Waits until this call may drain; `None` when another has delivered our report meanwhile.
async fn wait_for_lock(spool: &Spool, own: &str) -> anyhow::Result<Option<std::fs::File>> {
    loop {
        if let Some(lock) = spool.lock().context("cannot lock the spool")? {
            return Ok(Some(lock));
        }
        if !spool.waiting().context("cannot look into the spool")?.iter().any(|name| name == own) {
            return Ok(None);
        }
        pause(LOCK_PAUSE).await;
    }
}

async fn deliver(sender: &Sender, body: Vec<u8>) -> Sent {
    for wait in PAUSES {
        match sender.send(body.clone(), now()).await {
            Sent::Later(_) => pause(wait).await,
            sent => return sent,
        }
    }
    sender.send(body, now()).await
}

#[expect(clippy::disallowed_methods, reason = "a command that ends by itself, outside the engine")]
async fn pause(wait: Duration) {
    tokio::time::sleep(wait).await;
}

#[expect(clippy::disallowed_methods, reason = "a command that ends by itself, outside the engine")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

/// Nagios logs what its commands print to standard error.
#[expect(clippy::print_stderr, reason = "the one place where this command speaks")]
fn complain(text: &str) {
    eprintln!("warroom nagios: {text}");
}
