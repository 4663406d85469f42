//! The program: reads the command line and calls what does the work.

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
#[cfg(feature = "matrix")]
use warroom::cli::matrix;
#[cfg(feature = "slack")]
use warroom::cli::slack;
use warroom::cli::{
    after, audit, check, demo, doctor, executor, explain, graph, help, import, init, nagios,
    oncall, page, people, preview, replay, report, schema, serve, shell, sign_in, talk, test, totp,
};

#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Opens war rooms for alerts: takes them from Prometheus, Alertmanager, Grafana and Nagios, groups
/// them into incidents, pages people, and keeps the timeline.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Take alerts and answer questions until told to stop.
    Serve(serve::Arguments),
    /// Show the main job from alert to fix: no configuration, no network, nothing is kept.
    Demo(demo::Arguments),
    /// The shop that breaks in the demo.
    #[command(hide = true)]
    DemoShop(demo::ShopArguments),
    /// Write a small starting set of files, from five answers or an Alertmanager configuration.
    Init(init::Arguments),
    /// Check configuration and rules, offline.
    Check(check::Arguments),
    /// Say what the files, or the running server, make of an alert, and why.
    Explain(explain::Arguments),
    /// Play the examples of the rules on a clock of their own, and say where they differ.
    Test(test::Arguments),
    /// Show what a rule would open, say and send for one alert; nothing is sent.
    Preview(preview::Arguments),
    /// Say what the files, and a change of them, would have made of the last days.
    Replay(replay::Arguments),
    /// Draw a graph, with no server: into a file, or as characters.
    Graph(graph::Arguments),
    /// Say what is configured, what answers, and which promise holds now.
    Doctor(doctor::Arguments),
    /// Type a line of the chat language to the running server: `warroom do ack 12`.
    Do(talk::Arguments),
    /// Say who is on call by the files; check schedules; export them as calendars.
    Oncall(oncall::Arguments),
    /// Write what is known of an incident as a document to learn from: `warroom postmortem 42`.
    Postmortem(after::Arguments),
    /// Write everything about an incident into one HTML file: `warroom capsule 42 -o 42.html`.
    Capsule(after::Arguments),
    /// Say what many incidents teach: noise, people, mttr, runs.
    Report(report::Arguments),
    /// Check the audit log, or write it out.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Turn Alertmanager's configuration, an export of PagerDuty, Opsgenie or Grafana OnCall, or a
    /// calendar into our files.
    Import(import::Arguments),
    /// Show what changed in the running server's files, and who changed it: `warroom config diff`.
    Config(talk::Words),
    /// Put somebody on call for a while: `warroom override cms @ben 2h`.
    Override(talk::Words),
    /// Run what runbooks say on this machine, for a server elsewhere.
    Executor(executor::Arguments),
    /// Let nothing run on this machine, with no server and no network; `--end` ends it.
    Halt(executor::HaltArguments),
    /// Try what wakes people: `warroom page test phone --to +4915112345678`.
    Page(page::Arguments),
    /// Print a link that opens the console of this machine's server once.
    SignIn(sign_in::Arguments),
    /// Give somebody a second factor, and print once what their authenticator needs.
    Totp(totp::Arguments),
    /// Find out who is who on a chat platform.
    People(people::Arguments),
    /// Print the file by which a Matrix homeserver learns of warroom as its service.
    #[cfg(feature = "matrix")]
    Matrix(matrix::Arguments),
    /// Print the manifest of the app that Slack needs.
    #[cfg(feature = "slack")]
    Slack(slack::Arguments),
    /// Print JSON Schemas of the files that authors write, for their editors.
    Schema(schema::Arguments),
    /// Print the completions of a shell: `warroom completions bash > /etc/bash_completion.d/warroom`.
    Completions(shell::CompletionsArguments),
    /// Print the manual, or write a page for each command: `warroom man --into /usr/share/man/man1`.
    Man(shell::ManArguments),
    /// Read a guide: on-call, author, operator, adapters, slack, matrix, mattermost, xmpp.
    Help(help::Arguments),
    /// Report to the server from a Nagios or Icinga notification or event handler.
    Nagios(nagios::Args),
}

fn main() -> ExitCode {
    // A keeper has one thread, and nothing of the rest of the program.
    warroom::adapters::actions::cage::enter().unwrap_or_else(run)
}

#[tokio::main]
async fn run() -> ExitCode {
    // One TLS provider for everything: with two linked and none chosen, rustls panics at first use.
    // An error means that one was installed before, which is as good.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let done = match Cli::parse().command {
        Command::Serve(arguments) => serve::run(arguments).await,
        Command::Demo(arguments) => demo::run(arguments).await,
        Command::DemoShop(arguments) => demo::shop(arguments).await,
        Command::Init(arguments) => init::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Explain(arguments) => explain::run(arguments).await,
        Command::Test(arguments) => test::run(&arguments),
        Command::Preview(arguments) => preview::run(arguments).await,
        Command::Replay(arguments) => replay::run(arguments).await,
        Command::Graph(arguments) => graph::run(arguments).await,
        Command::Doctor(arguments) => doctor::run(arguments).await,
        Command::Do(arguments) => talk::run(arguments).await,
        Command::Oncall(arguments) => oncall::run(&arguments),
        Command::Postmortem(arguments) => after::run(arguments, after::Kind::Postmortem).await,
        Command::Capsule(arguments) => after::run(arguments, after::Kind::Capsule).await,
        Command::Report(arguments) => report::run(arguments).await,
        Command::Audit(command) => audit::run(command).await,
        Command::Import(arguments) => import::run(&arguments),
        Command::Config(words) => talk::run(words.after("config")).await,
        Command::Override(words) => talk::run(words.after("override")).await,
        Command::Executor(arguments) => executor::run(arguments).await,
        Command::Halt(arguments) => executor::halt(&arguments),
        Command::Page(arguments) => page::run(arguments).await,
        Command::SignIn(arguments) => sign_in::run(arguments).await,
        Command::Totp(arguments) => totp::run(&arguments),
        Command::People(arguments) => people::run(arguments).await,
        #[cfg(feature = "matrix")]
        Command::Matrix(arguments) => matrix::run(&arguments),
        #[cfg(feature = "slack")]
        Command::Slack(arguments) => slack::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Completions(arguments) => shell::completions(&arguments, Cli::command()),
        Command::Man(arguments) => shell::man(&arguments, Cli::command()),
        Command::Help(arguments) => help::run(&arguments, Cli::command()),
        Command::Nagios(arguments) => nagios::run(arguments).await,
    };
    done.unwrap_or_else(|error| {
        tell(&error);
        ExitCode::FAILURE
    })
}

#[expect(clippy::print_stderr, reason = "a command tells the person who called it")]
fn tell(error: &anyhow::Error) {
    eprintln!("warroom: {error:#}");
}
