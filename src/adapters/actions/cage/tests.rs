use super::output::Lines;
use super::tree;

#[test]
fn every_process_below_another_is_found() {
    let own = rustix::process::getpid();
    #[expect(clippy::disallowed_methods, reason = "a child to look for")]
    let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
    let pid = rustix::process::Pid::from_child(&child);
    assert!(tree::below(own).contains(&pid));
    tree::signal(&[pid], rustix::process::Signal::KILL);
    child.wait().unwrap();
    assert!(!tree::below(own).contains(&pid));
}

#[tokio::test]
async fn a_line_without_end_takes_no_more_than_its_room() {
    let mut lines = Lines::default();
    let endless = tokio::io::AsyncReadExt::take(tokio::io::repeat(b'x'), 10 << 20);
    let mut seen = 0;
    super::output::drain(endless, &mut lines, true, |_| seen += 1).await;
    let mut last = 0;
    let (kept, bytes) = lines.finish(|line| last = line.len());
    assert_eq!((seen, last, kept.len(), bytes), (0, 8 << 10, 4 << 20, 10 << 20));
}
