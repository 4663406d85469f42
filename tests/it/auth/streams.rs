//! Streams of live events end with the right to see them.

use std::time::Duration;

use reqwest::{Method, Response};
use warroom::domain::access::Directory;
use warroom::server::Roster;

use super::browser::Browser;
use super::people::{ANA, BEN, directory, lab_with, options};

/// What was promised is seconds; a busy machine takes its time.
const SOON: Duration = Duration::from_secs(20);

/// A stream of whoever this browser is.
async fn stream(browser: &Browser) -> Response {
    let answer = browser.request(Method::GET, "/api/v1/live").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer
}

/// Reads a stream to its end.
async fn ends(mut stream: Response) {
    let end = async { while let Ok(Some(_)) = stream.chunk().await {} };
    tokio::time::timeout(SOON, end).await.expect("the stream goes on");
}

/// Whether a stream has not ended by now.
async fn goes_on(stream: &mut Response) -> bool {
    let short = Duration::from_millis(100);
    loop {
        match tokio::time::timeout(short, stream.chunk()).await {
            Err(_) => return true,
            Ok(Ok(Some(_))) => {}
            Ok(Ok(None) | Err(_)) => return false,
        }
    }
}

#[tokio::test]
async fn fault_75_a_stream_ends_when_its_person_signs_out_is_removed_or_loses_the_token() {
    let options = options();
    let roster = options.roster.clone();
    let (lab, _) = lab_with(options).await;
    let mut ana = Browser::at(&lab).signed_in(ANA).await;
    let ben = Browser::at(&lab).signed_in(BEN).await;
    let mut watched = stream(&ben).await;

    let left = stream(&ana).await;
    let out = ana.request(Method::POST, "/sign-out");
    ana.send(out).await;
    ends(left).await;
    assert!(goes_on(&mut watched).await, "others stay");

    ana.sign_in(ANA).await;
    let removed = stream(&ana).await;
    let without = |known: &Directory| {
        let people = known.people.iter().filter(|(name, _)| name.as_str() != "ana");
        people.map(|(name, person)| (name.clone(), person.clone())).collect()
    };
    let known = directory();
    lab.engine.admit(Directory { people: without(&known), ..known });
    ends(removed).await;
    assert_eq!(ana.me().await, None, "the browser that comes back is sent to the sign-in");
    assert!(goes_on(&mut watched).await, "others stay");

    roster.take(&Roster::default());
    ends(watched).await;
}
