//! The least HTTP that a load generator needs, so that it costs little beside what it loads.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// A program that has not answered by then is broken.
const PATIENCE: Duration = Duration::from_secs(60);

/// One connection that stays open.
pub(crate) struct Client(BufReader<TcpStream>);

impl Client {
    pub(crate) fn connect(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self(BufReader::new(stream))
    }

    /// Sends a request, made by [`post`] or [`get`]; gives the status and the body's length.
    pub(crate) fn ask(&mut self, request: &[u8]) -> (u16, usize) {
        self.fetch(request, &mut std::io::sink())
    }

    /// The same, and gives the body.
    pub(crate) fn say(&mut self, request: &[u8]) -> (u16, String) {
        let mut body = Vec::new();
        let (status, _) = self.fetch(request, &mut body);
        (status, String::from_utf8(body).unwrap())
    }

    fn fetch(&mut self, request: &[u8], into: &mut impl Write) -> (u16, usize) {
        self.0.get_mut().write_all(request).unwrap();
        let status = self.line();
        let status = status.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap();
        let (mut length, mut is_chunked) = (0, false);
        loop {
            let line = self.line().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            is_chunked |= line.starts_with("transfer-encoding:") && line.contains("chunked");
        }
        (status, if is_chunked { self.chunks(into) } else { self.copy(length, into) })
    }

    fn chunks(&mut self, into: &mut impl Write) -> usize {
        let mut total = 0;
        loop {
            let size = usize::from_str_radix(&self.line(), 16).unwrap();
            total += self.copy(size, into);
            self.line();
            if size == 0 {
                return total;
            }
        }
    }

    fn copy(&mut self, length: usize, into: &mut impl Write) -> usize {
        let mut body = self.0.by_ref().take(length as u64);
        usize::try_from(std::io::copy(&mut body, into).unwrap()).unwrap()
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        assert!(self.0.read_line(&mut line).unwrap() > 0, "the connection was closed");
        line.trim_end().to_owned()
    }
}

/// A POST of alerts, as bytes.
pub(crate) fn post(body: &str) -> Vec<u8> {
    post_to("/api/v2/alerts", body)
}

/// A POST of JSON, as bytes.
pub(crate) fn post_to(path: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// A question, as bytes.
pub(crate) fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").into_bytes()
}

/// Asks again and again until the program is ready; gives when it was.
pub(crate) fn ready(address: &str) -> Instant {
    let begin = Instant::now();
    while begin.elapsed() < PATIENCE {
        if TcpStream::connect(address).is_ok()
            && Client::connect(address).ask(&get("/-/ready")).0 == 200
        {
            return Instant::now();
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("{address} is not ready after {PATIENCE:?}");
}
