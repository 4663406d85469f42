//! A bad release of an nginx configuration is rolled back by two steps of `exec`, as a runbook writes
//! them: the link to the release goes back, and nginx reads it again. Real nginx, real requests.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use warroom::adapters::actions::cage::Limits;
use warroom::domain::run::Ending;

use super::lab::{Lab, exec, tail};
use crate::world::process::{Process, find, free_port, installed};
use crate::world::wait::until;

/// A release that answers with this.
fn release(folder: &Path, name: &str, answer: &str) {
    let release = folder.join(name);
    fs::create_dir_all(&release).unwrap();
    fs::write(release.join("site.conf"), format!("location / {{ {answer} }}\n")).unwrap();
}

fn config(folder: &Path, port: u16) {
    let root = folder.display();
    let text = format!(
        "daemon off;\nmaster_process on;\nworker_processes 1;\npid {root}/nginx.pid;\n\
         error_log {root}/error.log;\nevents {{}}\nhttp {{\n  access_log off;\n\
         client_body_temp_path {root}/t1; proxy_temp_path {root}/t2; fastcgi_temp_path {root}/t3;\n\
         uwsgi_temp_path {root}/t4; scgi_temp_path {root}/t5;\n\
         server {{ listen 127.0.0.1:{port}; include {root}/current/site.conf; }}\n}}\n"
    );
    fs::write(folder.join("nginx.conf"), text).unwrap();
}

async fn status(port: u16) -> Option<u16> {
    let answer = reqwest::get(format!("http://127.0.0.1:{port}/")).await.ok()?;
    Some(answer.status().as_u16())
}

async fn becomes(port: u16, wanted: u16) {
    until(&format!("nginx answers {wanted}"), Duration::from_secs(20), async || {
        (status(port).await == Some(wanted)).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_nginx_configuration_is_rolled_back() {
    if !installed("nginx") {
        return;
    }
    let lab = Lab::new(Limits::default());
    let folder = lab.folder.path().to_owned();
    let (nginx, port) = (find("nginx").unwrap(), free_port());
    release(&folder, "v1", "return 200 good;");
    release(&folder, "v2", "return 502;");
    release(&folder, "v3", "return two;");
    symlink("v1", folder.join("current")).unwrap();
    config(&folder, port);
    let conf = folder.join("nginx.conf").display().to_string();
    let mut command = Command::new(&nginx);
    command.args(["-c", &conf, "-e"]).arg(folder.join("error.log"));
    let _nginx = Process::start("nginx", &mut command, &folder).ending_gently();
    becomes(port, 200).await;

    let nginx = nginx.display().to_string();
    let current = folder.join("current").display().to_string();
    // `-n`: the link itself is replaced, not something in the folder that it leads to.
    let point = |number, to: &str| exec(number, &["ln", "-sfn", to, &current]);
    let test = |number| exec(number, &[&nginx, "-t", "-q", "-c", &conf]);
    let reload = |number| exec(number, &[&nginx, "-s", "reload", "-c", &conf]);

    tail(lab.run(&point(1, "v2")).await);
    tail(lab.run(&reload(2)).await);
    becomes(port, 502).await;

    // The remedy, as the runbook has it: back, tested, read again, and proved by a request.
    tail(lab.run(&point(3, "v1")).await);
    tail(lab.run(&test(4)).await);
    tail(lab.run(&reload(5)).await);
    becomes(port, 200).await;

    // A release that nginx cannot read fails at its test, and what runs goes on.
    tail(lab.run(&point(6, "v3")).await);
    let ended = lab.run(&test(7)).await;
    let Some(Ending::Failed { tail: said, .. }) = ended else { panic!("{ended:?}") };
    assert!(said.contains("invalid return code"), "{said}");
    assert_eq!(status(port).await, Some(200));
}
