//! `warroom nagios` against a server that answers as it is told.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, channel};

use clap::Parser;
use warroom::adapters::ingest::auth::{Auth, Held, Request, check};
use warroom::cli::nagios::{Args, run};
use warroom::domain::secret::Secret;

#[derive(Parser)]
struct Command {
    #[command(flatten)]
    args: Args,
}

/// One request as the server saw it.
struct Seen {
    head: String,
    body: String,
}

impl Seen {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(": ")?;
            known.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

/// Answers one connection after the other with these statuses, then is gone.
fn server(statuses: &[u16]) -> (String, Receiver<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hooks/nagios", listener.local_addr().unwrap());
    let (seen, all) = channel();
    let statuses = statuses.to_vec();
    std::thread::spawn(move || {
        for status in statuses {
            let (mut stream, _) = listener.accept().unwrap();
            let mut bytes = Vec::new();
            let request = loop {
                let mut chunk = [0; 4096];
                let count = stream.read(&mut chunk).unwrap();
                bytes.extend_from_slice(&chunk[..count]);
                if let Some(request) = whole(&bytes) {
                    break request;
                }
            };
            seen.send(request).unwrap();
            let answer =
                format!("HTTP/1.1 {status} X\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    (url, all)
}

fn whole(bytes: &[u8]) -> Option<Seen> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let seen = Seen { head: head.to_owned(), body: body.to_owned() };
    let length: usize = seen.header("content-length")?.parse().ok()?;
    (body.len() == length).then_some(seen)
}

async fn call(url: &str, spool: &Path, more: &[&str]) -> String {
    let spool = spool.to_str().unwrap();
    let start = ["nagios", "--url", url, "--spool", spool, "--host", "web-1"];
    let command = Command::try_parse_from(start.iter().chain(more)).unwrap();
    format!("{:?}", run(command.args).await.unwrap())
}

fn code(code: ExitCode) -> String {
    format!("{code:?}")
}

fn waiting(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".json"))
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn what_plugins_print_is_posted_as_data() {
    let spool = tempfile::tempdir().unwrap();
    let (url, seen) = server(&[200]);
    let output = "--config=/etc/shadow `id` $HOME; \"x\" 'y'";
    let done = call(&url, spool.path(), &["--state", "DOWN", "--output", output]).await;
    assert_eq!(done, code(ExitCode::SUCCESS));
    let body: serde_json::Value = serde_json::from_str(&seen.recv().unwrap().body).unwrap();
    assert_eq!(body["NAGIOS_HOSTOUTPUT"], output);
    assert_eq!(
        (&body["NAGIOS_HOSTNAME"], &body["NAGIOS_HOSTSTATE"]),
        (&"web-1".into(), &"DOWN".into())
    );
    assert!(waiting(spool.path()).is_empty());
}

#[tokio::test]
async fn what_cannot_be_delivered_goes_first_the_next_time() {
    let spool = tempfile::tempdir().unwrap();
    let gone = "http://127.0.0.1:1/hooks/nagios";
    assert_eq!(call(gone, spool.path(), &["--output", "first"]).await, code(ExitCode::SUCCESS));
    assert_eq!(waiting(spool.path()).len(), 1);
    let (url, seen) = server(&[503, 202, 200]);
    assert_eq!(call(&url, spool.path(), &["--output", "second"]).await, code(ExitCode::SUCCESS));
    let bodies: Vec<String> = (0..3).map(|_| seen.recv().unwrap().body).collect();
    assert!(bodies[0].contains("first") && bodies[1].contains("first"), "{bodies:?}");
    assert!(bodies[2].contains("second"), "{bodies:?}");
    assert!(waiting(spool.path()).is_empty());
}

#[tokio::test]
async fn what_the_server_refuses_is_put_aside_and_said() {
    let spool = tempfile::tempdir().unwrap();
    let (url, seen) = server(&[400]);
    assert_eq!(call(&url, spool.path(), &[]).await, code(ExitCode::FAILURE));
    assert_eq!(seen.recv().unwrap().body, r#"{"NAGIOS_HOSTNAME":"web-1"}"#);
    assert!(waiting(spool.path()).is_empty());
    assert_eq!(waiting(&spool.path().join("refused")).len(), 1);
}

#[tokio::test]
async fn without_a_spool_the_report_is_still_sent() {
    let (url, seen) = server(&[200]);
    let nowhere = Path::new("/dev/null/spool");
    assert_eq!(call(&url, nowhere, &[]).await, code(ExitCode::SUCCESS));
    assert_eq!(seen.recv().unwrap().body, r#"{"NAGIOS_HOSTNAME":"web-1"}"#);
}

#[tokio::test]
async fn signed_reports_pass_the_servers_own_check() {
    let spool = tempfile::tempdir().unwrap();
    let secret = spool.path().join("secret");
    std::fs::write(&secret, "s3cret\n").unwrap();
    let (url, seen) = server(&[200]);
    let flags = ["--secret-file", secret.to_str().unwrap()];
    call(&url, &spool.path().join("spool"), &flags).await;
    let seen = seen.recv().unwrap();
    let stamp: i64 = seen.header("x-warroom-timestamp").unwrap().parse().unwrap();
    let now = chrono::DateTime::from_timestamp(stamp, 0).unwrap();
    let header = |name: &str| seen.header(name);
    let request = Request { header: &header, body: seen.body.as_bytes(), is_local: false, now };
    let auth =
        |secret| Auth::Hmac { secrets: vec![Held::Value(Secret::new(secret))], tolerance_s: None };
    assert_eq!(check(&auth("s3cret"), &request), Ok(()));
    assert!(check(&auth("other"), &request).is_err());
}

#[tokio::test]
async fn many_calls_at_once_deliver_each_report_once() {
    let spool = tempfile::tempdir().unwrap();
    let (url, seen) = server(&[200; 8]);
    let outputs: Vec<String> = (0..8).map(|i| format!("call {i}")).collect();
    let threads: Vec<_> = outputs
        .iter()
        .map(|output| {
            let (url, folder, output) = (url.clone(), spool.path().to_owned(), output.clone());
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.unwrap().block_on(call(&url, &folder, &["--output", &output]))
            })
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), code(ExitCode::SUCCESS));
    }
    let mut bodies: Vec<String> = seen.iter().map(|seen| seen.body).collect();
    bodies.sort();
    assert_eq!(bodies.len(), 8);
    for (body, output) in bodies.iter().zip(&outputs) {
        assert!(body.contains(output.as_str()), "{body}");
    }
}
