//! A stand-in for an HTTP API that behaves badly: byte by byte, for ever, or not at all.
//!
//! It speaks just enough HTTP by hand, because no server library would send what it sends. It
//! counts the bytes that were taken, and keeps every request as it came.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Nobody should take more than this: a gigabyte.
const ENDLESS: u64 = 1 << 30;

/// How it answers from now on.
#[derive(Debug, Clone)]
pub(crate) enum Manner {
    /// A status line behind `HTTP/1.1`, and a body.
    Says(&'static str, String),
    /// A redirect to this address.
    Redirects(String),
    /// Nothing ever comes.
    Hangs,
    /// One byte of a good answer each 100 ms.
    Drips,
    /// This beginning, then this part again and again, up to a gigabyte.
    Streams(&'static str, &'static str),
}

#[derive(Debug)]
struct Inner {
    manner: Mutex<Manner>,
    requests: Mutex<Vec<String>>,
    taken: AtomicU64,
}

/// The server; it ends with the test's runtime.
#[derive(Debug, Clone)]
pub(crate) struct StandIn {
    inner: Arc<Inner>,
    address: String,
}

impl StandIn {
    /// Starts on a free port.
    pub(crate) async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let inner = Arc::new(Inner {
            manner: Mutex::new(manner),
            requests: Mutex::default(),
            taken: AtomicU64::new(0),
        });
        let shared = Arc::clone(&inner);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { inner, address }
    }

    /// Answers 200 with this body.
    pub(crate) async fn saying(body: impl Into<String>) -> Self {
        Self::start(Manner::Says("200 OK", body.into())).await
    }

    /// Answers like this from now on.
    pub(crate) fn behave(&self, manner: Manner) {
        *self.inner.manner.lock().unwrap() = manner;
    }

    /// `host:port`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Where it begins.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every request so far: head and body as they came.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.inner.requests.lock().unwrap().clone()
    }

    /// How many bytes of bodies were taken so far.
    pub(crate) fn taken(&self) -> u64 {
        self.inner.taken.load(Ordering::SeqCst)
    }
}

async fn serve(mut stream: TcpStream, inner: Arc<Inner>) {
    let Some(request) = request(&mut stream).await else { return };
    inner.requests.lock().unwrap().push(request);
    let manner = inner.manner.lock().unwrap().clone();
    // Whoever has heard enough hangs up: that is what these tests are about.
    answer(&mut stream, manner, &inner).await.ok();
}

async fn request(stream: &mut TcpStream) -> Option<String> {
    let (mut bytes, mut chunk) = (Vec::new(), vec![0; 4096]);
    loop {
        let count = stream.read(&mut chunk).await.ok().filter(|count| *count > 0)?;
        bytes.extend(&chunk[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head
            .lines()
            .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok())
            .unwrap_or(0_usize);
        if body.len() >= length {
            return Some(text);
        }
    }
}

async fn answer(stream: &mut TcpStream, manner: Manner, inner: &Inner) -> std::io::Result<()> {
    match manner {
        Manner::Says(status, body) => {
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
            stream.write_all(format!("{head}Connection: close\r\n\r\n{body}").as_bytes()).await
        }
        Manner::Redirects(to) => {
            let head = format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n");
            stream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes()).await
        }
        Manner::Hangs => std::future::pending().await,
        Manner::Drips => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n").await?;
            loop {
                stream.write_all(b" ").await?;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        Manner::Streams(beginning, part) => {
            let part = part.repeat(1_000);
            stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").await?;
            stream.write_all(beginning.as_bytes()).await?;
            while inner.taken.load(Ordering::SeqCst) < ENDLESS {
                stream.write_all(part.as_bytes()).await?;
                inner.taken.fetch_add(part.len() as u64, Ordering::SeqCst);
            }
            Ok(())
        }
    }
}
