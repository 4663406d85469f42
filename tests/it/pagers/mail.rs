//! Mail through a real SMTP server.

use std::fs;
use std::process::Command;

use tempfile::TempDir;
use warroom::adapters::failure::Failure;
use warroom::adapters::pagers::email::{Email, Options, Privacy};
use warroom::adapters::pagers::{Call, Page, Pager, To};
use warroom::domain::secret::Secret;

use super::smtp::Smtp;
use super::{links, page};

fn options(port: u16) -> Options {
    Options {
        host: "127.0.0.1".to_owned(),
        port,
        privacy: Privacy::None,
        trusted: None,
        login: None,
        from: "warroom <warroom@example.org>".to_owned(),
        to: Some("oncall@example.org".to_owned()),
    }
}

fn to(address: &str) -> To<'_> {
    To { person: "ana", address }
}

#[tokio::test]
async fn a_page_is_a_mail_with_the_graph_and_a_link() {
    let folder = TempDir::new().unwrap();
    let Some(smtp) = Smtp::start(folder.path(), &[]).await else { return };
    let email = Email::new(options(smtp.port)).unwrap();
    let links = links();
    let page = Page {
        links: Some(&links),
        picture: Some(b"\x89PNG\r\n\x1a\nnot much of a picture"),
        to: Some(to("ana@example.org")),
        ..page("cms is slow <b>in prod</b>\nsince 03:12 UTC")
    };
    let receipt = email.page(page.clone()).await.unwrap();
    email.page(Page { attempt: 2, ..page.clone() }).await.unwrap();
    email.page(Page { call: Call::Stop, links: None, picture: None, ..page }).await.unwrap();

    let mails = smtp.mails();
    assert_eq!(mails.len(), 3);
    let mail = &mails[0];
    assert_eq!(mail.envelope["to"][0], "ana@example.org");
    assert_eq!(mail.header("Subject"), "[sev1] #42 cms is slow <b>in prod</b>");
    assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
    for wanted in [
        "https://warroom.example.org/a/1.abc.def",
        "cid:graph",
        "Content-Type: image/png",
        "cms is slow &lt;b&gt;in prod&lt;/b&gt;",
    ] {
        // Long lines are folded by quoted-printable.
        let text = mail.text.replace("=\r\n", "");
        assert!(text.contains(wanted), "no {wanted} in {text}");
    }
    // The same order is the same mail to whoever gets it twice; all are one thread.
    assert_eq!(mails[0].header("Message-ID"), mails[1].header("Message-ID"));
    assert_ne!(mails[0].header("Message-ID"), mails[2].header("Message-ID"));
    for mail in &mails {
        assert_eq!(mail.header("References"), "<warroom-42@example.org>");
    }
    assert!(receipt.id.starts_with("mail:"), "{}", receipt.id);
}

#[tokio::test]
async fn what_the_server_says_decides_what_happens_next() {
    let folder = TempDir::new().unwrap();
    let Some(smtp) = Smtp::start(folder.path(), &[]).await else { return };
    let email = Email::new(options(smtp.port)).unwrap();
    let mut told = Vec::new();
    for address in ["refuse@example.org", "busy@example.org", "drop@example.org", "no address"] {
        let page = Page { to: Some(to(address)), ..page("x") };
        told.push(email.page(page).await.unwrap_err());
    }
    let [refused, busy, dropped, unusable] = &told[..] else { panic!("{told:?}") };
    assert!(matches!(refused, Failure::Refused { why } if why.contains("not for this house")));
    assert!(matches!(busy, Failure::Retry { .. }), "{busy:?}");
    // It may have been taken, and was: sent again it is a duplicate with the same Message-ID.
    assert!(matches!(dropped, Failure::Unknown { .. } | Failure::Retry { .. }), "{dropped:?}");
    assert_eq!(smtp.mails().len(), 1);
    assert!(matches!(unusable, Failure::Broken { .. }), "{unusable:?}");
    drop(smtp);
    let away = email.page(page("x")).await.unwrap_err();
    assert!(matches!(away, Failure::Retry { .. }), "{away:?}");
}

#[tokio::test]
async fn the_password_goes_over_tls_to_the_right_server_only() {
    let folder = TempDir::new().unwrap();
    let Some((cert, key)) = certificate(&folder) else { return };
    let more = [cert.as_str(), key.as_str(), "warroom", "right"];
    let Some(smtp) = Smtp::start(folder.path(), &more).await else { return };
    let trusted = Some(fs::read(&cert).unwrap());
    let login = |password: &str| Some(("warroom".to_owned(), Secret::new(password)));
    let options =
        Options { privacy: Privacy::StartTls, login: login("right"), ..options(smtp.port) };

    let stranger = Email::new(options.clone()).unwrap().about().await.unwrap_err();
    assert!(matches!(stranger, Failure::Broken { .. } | Failure::Retry { .. }), "{stranger:?}");
    let trusting = Options { trusted, host: "localhost".to_owned(), ..options };
    let email = Email::new(trusting.clone()).unwrap();
    assert!(email.about().await.unwrap().contains("takes our name and password"));
    email.page(page("over TLS")).await.unwrap();
    assert_eq!(smtp.mails()[0].envelope["tls"], true);

    let wrong = Options { login: login("hunter2"), ..trusting };
    let failure = Email::new(wrong).unwrap().page(page("x")).await.unwrap_err();
    assert!(matches!(failure, Failure::Broken { .. }), "{failure:?}");
    assert!(!format!("{failure:?}").contains("hunter2"));
}

/// A certificate for localhost that nobody else trusts.
fn certificate(folder: &TempDir) -> Option<(String, String)> {
    if !crate::world::process::installed("openssl") {
        return None;
    }
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (cert, key) = (file("cert.pem"), file("key.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", &key, "-out", &cert])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Some((cert, key))
}
