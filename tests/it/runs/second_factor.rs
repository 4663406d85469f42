//! A critical run starts with a code that counts once, wherever it is typed.

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use warroom::domain::run::{How, Phase};
use warroom::engine::clock::Clock;
use warroom::engine::talk::Outcome;

use super::lab::Lab;

/// What an authenticator with the lab's seed shows then: RFC 6238, counted here a second time.
pub(super) fn shown(at: DateTime<Utc>) -> String {
    let step = (at.timestamp() / 30).to_be_bytes();
    let mac = Hmac::<Sha1>::new_from_slice(b"12345678901234567890").unwrap().chain_update(step);
    let digest = mac.finalize().into_bytes();
    let from = usize::from(digest[19] & 15);
    let part: [u8; 4] = digest[from..from + 4].try_into().unwrap();
    format!("{:06}", (u32::from_be_bytes(part) & 0x7fff_ffff) % 1_000_000)
}

fn now(lab: &Lab) -> String {
    shown(lab.clock.now())
}

/// A code that is no code of these minutes.
fn wrong(lab: &Lab) -> String {
    let near: Vec<_> =
        (-2..=2).map(|step| shown(lab.clock.now() + TimeDelta::seconds(step * 30))).collect();
    let all = ["000000", "111111", "222222", "333333", "444444", "555555"];
    all.into_iter().find(|code| near.iter().all(|it| it != code)).unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_critical_run_begins_with_a_code_and_not_without() {
    let lab = Lab::start("watch").await;
    let asked = lab.types("ana", "run cut shop").await;
    assert!(asked.post.text.contains("It is critical"), "{}", asked.post.text);
    let bare = lab.types("ben", "approve 1").await;
    assert!(bare.post.text.contains("approve 1 123456"), "{}", bare.post.text);
    assert_eq!(bare.outcome, Outcome::Refused);
    let code = now(&lab);
    let said = lab.types("ben", &format!("approve 1 {code}")).await;
    assert_eq!(said.outcome, Outcome::Done, "{}", said.post.text);
    assert!(!said.ran.contains(&code), "{}", said.ran);
    let run = lab.run(1, |run| run.ended_at.is_some()).await;
    assert_eq!(run.phase, Phase::Over(How::Succeeded), "{}", run.post.text);
    assert_eq!(lab.given(), ["cut shop"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_counts_once_across_replicas() {
    let lab = Lab::start("watch").await;
    let other = lab.beside("watch").await;
    lab.types("ana", "run cut shop").await;
    lab.types("ana", "run cut bank").await;
    let code = now(&lab);
    let lines = [1, 2].map(|number| format!("approve {number} {code}"));
    let (first, second) = tokio::join!(lab.types("ben", &lines[0]), other.types("ben", &lines[1]));
    let done = [&first, &second].iter().filter(|said| said.outcome == Outcome::Done).count();
    assert_eq!(done, 1, "{}\n{}", first.post.text, second.post.text);
    let texts = [first.post.text, second.post.text].join("\n");
    assert!(texts.contains("has counted once already"), "{texts}");
    lab.clock.pass(TimeDelta::seconds(60));
    let open = if first.outcome == Outcome::Done { 2 } else { 1 };
    let later = lab.types("ben", &format!("approve {open} {}", now(&lab))).await;
    assert_eq!(later.outcome, Outcome::Done, "{}", later.post.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_guesses_codes_is_stopped() {
    let lab = Lab::start("watch").await;
    lab.types("ana", "run cut shop").await;
    let line = format!("approve 1 {}", wrong(&lab));
    for _ in 0..5 {
        let said = lab.types("ben", &line).await;
        assert!(said.post.text.contains("wrong or too old"), "{}", said.post.text);
    }
    let right = lab.types("ben", &format!("approve 1 {}", now(&lab))).await;
    assert!(right.post.text.contains("too many codes"), "{}", right.post.text);
    assert_eq!(lab.run(1, |_| true).await.phase, Phase::Asking);
    assert!(lab.given().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_second_factor_cannot_start_what_is_critical() {
    let lab = Lab::start("watch").await;
    lab.types("ana", "run cut shop").await;
    let said = lab.types("cat", &format!("approve 1 {}", now(&lab))).await;
    assert!(said.post.text.contains("cat has no second factor"), "{}", said.post.text);
    let own = lab.types("ana", &format!("approve 1 {}", now(&lab))).await;
    assert!(own.post.text.contains("you asked for run 1 yourself"), "{}", own.post.text);
    assert!(lab.given().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_calls_its_run_critical_asks_even_in_auto() {
    let lab = Lab::start(r#"mode = "auto", critical = true"#).await;
    lab.alert("shop", false).await;
    let run = lab.run(1, |run| run.phase == Phase::Asking).await;
    assert!(run.post.text.contains("It is critical"), "{}", run.post.text);
    assert!(lab.given().is_empty());
    lab.types("ben", &format!("approve 1 {}", now(&lab))).await;
    lab.run(1, |run| run.phase == Phase::Over(How::Succeeded)).await;
}
