//! `warroom sign-in`: a link that opens the console once.
//!
//! It asks the server that runs on this machine, so whoever can run it is on this machine as well.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::{Value, json};

use super::files::Files;
use crate::config::Config;
use crate::domain::access::OPERATOR;

/// The arguments of `warroom sign-in`.
#[derive(Debug, Clone, Default, Args)]
pub struct Arguments {
    #[command(flatten)]
    files: Files,
    /// The person of the configuration whom the link signs in; without it, the operator, who may do
    /// everything.
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,
}

/// Asks the server for a link and prints it.
///
/// # Errors
/// When no server answers on this machine, or the person is not known.
#[expect(clippy::print_stdout, reason = "a command tells the person who called it")]
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let config = arguments.files.config()?;
    let base = format!("http://{}", here(config.server.listen));
    let client = reqwest::Client::builder().no_proxy().build()?;
    let request = client.post(format!("{base}/api/v1/sign-in-links"));
    let answer = request.json(&json!({ "as": arguments.name })).send().await;
    let answer = answer.map_err(reqwest::Error::without_url);
    let answer = answer.with_context(|| format!("no warroom answers at {base}: does it run?"))?;
    let status = answer.status();
    let answer: Value = answer.json().await.context("cannot read the answer")?;
    let Some(path) = answer.get("path").and_then(Value::as_str) else {
        let why = answer.get("detail").and_then(Value::as_str).unwrap_or(status.as_str());
        bail!("the server made no link: {why}");
    };
    println!("{}{path}", door(&config, &base, arguments.name.as_deref()));
    println!("valid once, for ten minutes");
    Ok(ExitCode::SUCCESS)
}

/// Where the server is reached on this machine.
pub(super) fn here(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// What stands before the path: the operator's link opens on this machine only, a person's may be
/// sent to them.
fn door(config: &Config, base: &str, name: Option<&str>) -> String {
    match (&config.server.external_url, name) {
        (Some(url), Some(name)) if name != OPERATOR => {
            url.as_str().trim_end_matches('/').to_owned()
        }
        _ => base.to_owned(),
    }
}
