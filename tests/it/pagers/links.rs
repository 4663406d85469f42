//! The link of a page: one person, one incident, one button, one outcome.

use reqwest::{Method, StatusCode};
use warroom::domain::ids::Number;

use super::lab::{Lab, is_taken_by, lab};

async fn show(lab: &Lab, method: Method, path: &str) -> (StatusCode, String) {
    let answer = lab.server.request(method, path).send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

async fn link(lab: &Lab, person: &str) -> String {
    format!("/a/{}", lab.server.engine.links().token(person, Number(1)).await.unwrap())
}

#[tokio::test]
async fn looking_at_a_link_changes_nothing_and_its_button_does() {
    let lab = lab().await;
    let path = link(&lab, "ana").await;
    for _ in 0..2 {
        let (status, page) = show(&lab, Method::GET, &path).await;
        assert_eq!(status, 200, "{page}");
        assert!(page.contains("Take it") && page.contains("DiskFull"), "{page}");
        assert!(page.contains("<form method=\"post\">") && page.contains("width=device-width"));
    }
    assert_eq!(is_taken_by(&lab).await, None);
    let (status, page) = show(&lab, Method::POST, &path).await;
    assert_eq!(status, 200, "{page}");
    assert!(page.contains("#1 is yours, ana"), "{page}");
    assert_eq!(is_taken_by(&lab).await.as_deref(), Some("ana"));
}

#[tokio::test]
async fn a_link_that_is_used_twice_has_one_outcome() {
    let lab = lab().await;
    let path = link(&lab, "ana").await;
    let both =
        futures_util::join!(show(&lab, Method::POST, &path), show(&lab, Method::POST, &path));
    assert_eq!((both.0.0, both.1.0), (StatusCode::OK, StatusCode::OK), "{both:?}");
    let (status, page) = show(&lab, Method::POST, &path).await;
    assert!(status.is_success() && page.contains("is yours already, ana"), "{page}");
    let timeline = lab.server.json("/api/v1/incidents/1/timeline").await.to_string();
    assert_eq!(timeline.matches("incident_acknowledged").count(), 1, "{timeline}");
}

#[tokio::test]
async fn whoever_is_too_late_is_told_who_was_faster() {
    let lab = lab().await;
    let (anas, bens) = (link(&lab, "ana").await, link(&lab, "ben").await);
    show(&lab, Method::POST, &anas).await;
    for method in [Method::GET, Method::POST] {
        let (status, page) = show(&lab, method, &bens).await;
        assert!(status.is_success() && page.contains("ana has taken #1"), "{page}");
        assert!(!page.contains("<button"), "{page}");
    }
    assert_eq!(is_taken_by(&lab).await.as_deref(), Some("ana"));
}

#[tokio::test]
async fn a_link_that_was_changed_opens_nothing() {
    let lab = lab().await;
    let path = link(&lab, "ana").await;
    let token = path.strip_prefix("/a/").unwrap();
    let [form, said, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!() };
    let other = link(&lab, "ben").await;
    let bens = other.strip_prefix("/a/").unwrap().split('.').nth(1).unwrap();
    for bad in [
        format!("{form}.{bens}.{signature}"),
        format!("2.{said}.{signature}"),
        format!("{form}.{said}."),
        format!("{form}.{said}"),
        token.chars().take(token.len() - 2).collect(),
        "x".to_owned(),
        "a".repeat(4_000),
    ] {
        for method in [Method::GET, Method::POST] {
            let (status, page) = show(&lab, method, &format!("/a/{bad}")).await;
            assert_eq!(status, 404, "{bad}: {page}");
            assert!(page.contains("Nothing was changed"), "{page}");
        }
    }
    assert_eq!(is_taken_by(&lab).await, None);
}

#[tokio::test]
async fn a_link_of_somebody_who_left_opens_nothing() {
    let lab = lab().await;
    let path = link(&lab, "zoe").await;
    let (status, page) = show(&lab, Method::POST, &path).await;
    assert_eq!(status, 403);
    assert!(page.contains("knows nobody called zoe"), "{page}");
    assert_eq!(is_taken_by(&lab).await, None);
}
