//! Pages as mail, through one SMTP server (RFC 5321).
//!
//! The Message-ID comes from the order's id, so that a mail whose fate is unknown is sent again under
//! the same name; all mails of an incident are one thread. It refuses to send a password in the
//! clear, and to go on in the clear where TLS is asked for.

mod letter;

use std::fmt;
use std::time::Duration;

use compact_str::format_compact;
use futures_util::future::BoxFuture;
use lettre::message::Mailbox;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{
    Certificate, CertificateStore, Tls, TlsParameters, TlsParametersBuilder,
};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use tokio::time::timeout;

use super::{Page, Pager};
use crate::adapters::failure::Failure;
use crate::domain::incident::Receipt;
use crate::domain::line::cut;
use crate::domain::secret::Secret;

/// How long one step of the talk with the server may take: on-call people wait behind it.
const STEP_MAX: Duration = Duration::from_secs(10);
/// How long a whole talk may take.
const TALK_MAX: Duration = Duration::from_secs(20);
/// Characters of the server's own words that are passed on.
const WORDS_MAX: usize = 200;

/// How a connection is kept private.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Privacy {
    /// It begins in the clear and must turn to TLS before anything is said.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// Not at all.
    None,
}

/// How a mail server is reached.
#[derive(Debug, Clone)]
pub struct Options {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept private.
    pub privacy: Privacy,
    /// Certificates (PEM) to trust in place of the system's.
    pub trusted: Option<Vec<u8>>,
    /// Who we are to it.
    pub login: Option<(String, Secret)>,
    /// Whom mails are from.
    pub from: String,
    /// Where pages go that are for nobody in particular.
    pub to: Option<String>,
}

/// A mail server that takes pages.
pub struct Email {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Option<Mailbox>,
    host: String,
    has_login: bool,
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Email").field("host", &self.host).finish_non_exhaustive()
    }
}

impl Email {
    /// Gets ready to send; nothing is sent yet.
    ///
    /// # Errors
    /// [`Failure::Broken`], when an address or a certificate cannot be used.
    pub fn new(options: Options) -> Result<Self, Failure> {
        let from = mailbox(&options.from)?;
        let to = options.to.as_deref().map(mailbox).transpose()?;
        let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&options.host)
            .port(options.port)
            .timeout(Some(STEP_MAX))
            .tls(tls(&options)?);
        let has_login = options.login.is_some();
        let builder = match options.login {
            Some((user, password)) => {
                builder.credentials(Credentials::new(user, password.reveal().to_owned()))
            }
            None => builder,
        };
        Ok(Self { transport: builder.build(), from, to, host: options.host, has_login })
    }

    async fn send(&self, page: &Page<'_>) -> Result<Receipt, Failure> {
        let to = match (page.to, &self.to) {
            (Some(to), _) => mailbox(to.address)?,
            (None, Some(to)) => to.clone(),
            (None, None) => {
                let why = "this page is for nobody in particular, and the email pager has no `to`";
                return Err(Failure::Broken { why: why.to_owned() });
            }
        };
        let letter = letter::letter(page, &self.from, to).map_err(|error| Failure::Refused {
            why: format!("the page does not make a mail: {error}"),
        })?;
        let answer = within(self.transport.send(letter)).await?;
        let said = answer.message().next().unwrap_or_default().to_owned();
        tracing::debug!(host = self.host, said, "a mail was taken");
        Ok(Receipt { id: format_compact!("mail:{}", page.id), at: None })
    }
}

/// A talk with the server, cut off where it takes too long: the library has a limit for each step,
/// and none for the whole or for the beginning of TLS.
async fn within<T>(talk: impl Future<Output = Result<T, Error>>) -> Result<T, Failure> {
    match timeout(TALK_MAX, talk).await {
        Ok(done) => done.map_err(|error| meaning(&error)),
        Err(_) => {
            let seconds = TALK_MAX.as_secs();
            Err(Failure::Unknown { why: format!("mail: not done within {seconds} s") })
        }
    }
}

fn tls(options: &Options) -> Result<Tls, Failure> {
    let broken = |why: &str| Failure::Broken { why: why.to_owned() };
    let parameters = || -> Result<TlsParameters, Failure> {
        let mut builder: TlsParametersBuilder = TlsParameters::builder(options.host.clone());
        if let Some(pem) = &options.trusted {
            let certificate = Certificate::from_pem(pem)
                .map_err(|_| broken("the file with certificates holds no PEM"))?;
            builder =
                builder.certificate_store(CertificateStore::None).add_root_certificate(certificate);
        }
        builder.build().map_err(|_| broken("TLS cannot be set up: is the server's name right?"))
    };
    Ok(match options.privacy {
        Privacy::None => Tls::None,
        Privacy::StartTls => Tls::Required(parameters()?),
        Privacy::Tls => Tls::Wrapper(parameters()?),
    })
}

fn mailbox(address: &str) -> Result<Mailbox, Failure> {
    address
        .parse()
        .map_err(|_| Failure::Broken { why: format!("{address:?} is not an e-mail address") })
}

/// What an error of the server or of the way to it means. After the mail itself was handed over its
/// fate is unknown, and it is sent again.
fn meaning(error: &Error) -> Failure {
    let why = cut(&format!("mail: {}", told(error)), WORDS_MAX);
    if let Some(code) = error.status() {
        // 530, 534, 535: who we are is not accepted (RFC 4954).
        return match u16::from(code) {
            530..=539 => Failure::Broken { why },
            400..=499 => Failure::Retry { why, after: None },
            _ => Failure::Refused { why },
        };
    }
    if error.is_tls() || error.is_client() {
        Failure::Broken { why }
    } else if error.is_timeout() || error.is_response() {
        Failure::Unknown { why }
    } else {
        Failure::Retry { why, after: None }
    }
}

fn told(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(deeper) = cause {
        let deeper_text = deeper.to_string();
        if !text.contains(&deeper_text) {
            text = format!("{text}: {deeper_text}");
        }
        cause = deeper.source();
    }
    text.replace(|c: char| c.is_control(), " ")
}

impl Pager for Email {
    fn page<'a>(&'a self, page: Page<'a>) -> BoxFuture<'a, Result<Receipt, Failure>> {
        Box::pin(async move { self.send(&page).await })
    }

    fn about(&self) -> BoxFuture<'_, Result<String, Failure>> {
        Box::pin(async move {
            match within(self.transport.test_connection()).await? {
                true if self.has_login => Ok(format!("{} takes our name and password", self.host)),
                true => Ok(format!("{} takes mail", self.host)),
                false => Err(Failure::Unknown {
                    why: "it answers, but not as a mail server does".into(),
                }),
            }
        })
    }
}
