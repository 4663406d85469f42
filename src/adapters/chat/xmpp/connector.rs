//! A connection: TCP, then TLS with our own trust, then SASL.
//!
//! It refuses to speak without TLS. SCRAM is used where the server offers it, by the library.

use std::borrow::Cow;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use sasl::common::{ChannelBinding, Credentials};
use tokio::io::BufStream;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_xmpp::Error;
use tokio_xmpp::client_login;
use tokio_xmpp::connect::DnsConfig;
use tokio_xmpp::error::ProtocolError;
use tokio_xmpp::jid::Jid;
use tokio_xmpp::parsers::starttls;
use tokio_xmpp::stanzastream::Connection;
use tokio_xmpp::xmlstream::{StreamHeader, Timeouts, XmppStreamElement, initiate_stream};

use super::options::Options;
use super::xml::CLIENT;
use crate::adapters::failure::Failure;

/// How long a silent connection is believed in: then it is asked, and given up after as long again.
const SILENCE: Duration = Duration::from_secs(20);

/// How to reach one server as one account.
#[derive(Clone)]
pub(super) struct Connector {
    dns: DnsConfig,
    tls: Arc<ClientConfig>,
    jid: Jid,
    options: Options,
}

impl Connector {
    pub(super) fn new(options: &Options) -> Result<Self, Failure> {
        let broken = |why: &str| Failure::Broken { why: why.to_owned() };
        let jid = Jid::new(&options.jid).ok().filter(|jid| jid.node().is_some());
        let jid =
            jid.ok_or_else(|| broken("the account is no address like warroom@example.org"))?;
        let dns = match &options.address {
            Some(address) if address.parse::<std::net::SocketAddr>().is_ok() => {
                DnsConfig::addr(address)
            }
            Some(address) => {
                let (host, port) = address.rsplit_once(':').unwrap_or((address, "5222"));
                let port = port.parse().map_err(|_| broken("the server's port is no number"))?;
                DnsConfig::no_srv(host, port)
            }
            None => DnsConfig::srv_default_client(jid.domain().as_str()),
        };
        let tls = Arc::new(trust(options.trusted.as_deref())?);
        Ok(Self { dns, tls, jid, options: options.clone() })
    }

    pub(super) fn jid(&self) -> &Jid {
        &self.jid
    }

    /// A stream that is signed in and not yet bound.
    pub(super) async fn connect(&self) -> Result<Connection, Error> {
        let timeouts = Timeouts { read_timeout: SILENCE, response_timeout: SILENCE };
        let tcp = self.dns.resolve().await?;
        tcp.set_nodelay(true)?;
        let stream = initiate_stream(BufStream::new(tcp), CLIENT, self.header(), timeouts).await?;
        let (features, mut stream) =
            stream.recv_features::<tokio_xmpp::xmlstream::FallibleStreamElement>().await?;
        if !features.can_starttls() {
            return Err(ProtocolError::NoTls.into());
        }
        let request = starttls::Nonza::Request(starttls::Request);
        stream.send(&XmppStreamElement::Starttls(request)).await?;
        loop {
            let element = match stream.next().await {
                Some(Ok(element)) => element.into_read_error(),
                Some(Err(_)) | None => return Err(Error::Disconnected),
            };
            match element {
                Ok(XmppStreamElement::Starttls(starttls::Nonza::Proceed(_))) => break,
                Ok(_) => {}
                Err(_) => return Err(Error::Disconnected),
            }
        }
        let (tls, binding) = self.secure(stream.into_inner().into_inner()).await?;
        let stream = initiate_stream(BufStream::new(tls), CLIENT, self.header(), timeouts).await?;
        let (features, stream) = stream.recv_features().await?;
        let user = self.jid.node().map(|node| node.as_str()).unwrap_or_default();
        let credentials = Credentials::default()
            .with_username(user)
            .with_password(self.options.password.reveal())
            .with_channel_binding(binding);
        let stream = client_login(stream, features.sasl_mechanisms, credentials).await?;
        let stream = stream.send_header(self.header()).await?;
        let (mut features, stream) = stream.recv_features().await?;
        // The library cannot read Prosody's refusal to resume after a restart, and tries for ever.
        features.stream_management = None;
        Ok(Connection { stream: stream.box_stream(), features, identity: self.jid.clone() })
    }

    fn header(&self) -> StreamHeader<'_> {
        StreamHeader { to: Some(Cow::Borrowed(self.jid.domain().as_str())), from: None, id: None }
    }

    async fn secure(&self, tcp: TcpStream) -> io::Result<(TlsStream<TcpStream>, ChannelBinding)> {
        let name = ServerName::try_from(self.jid.domain().as_str().to_owned());
        let name = name.map_err(|_| io::Error::other("the domain is no name of a server"))?;
        let stream = TlsConnector::from(self.tls.clone()).connect(name, tcp).await?;
        let (_, session) = stream.get_ref();
        let is_newest = session.protocol_version() == Some(rustls::ProtocolVersion::TLSv1_3);
        let key = session.export_keying_material(vec![0; 32], b"EXPORTER-Channel-Binding", None);
        let binding = match key {
            Ok(key) if is_newest => ChannelBinding::TlsExporter(key),
            _ => ChannelBinding::None,
        };
        Ok((stream, binding))
    }
}

fn trust(pem: Option<&[u8]>) -> Result<ClientConfig, Failure> {
    let broken = |why: &str| Failure::Broken { why: why.to_owned() };
    let mut roots = RootCertStore::empty();
    match pem {
        Some(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let certificate =
                    certificate.map_err(|_| broken("the file with certificates holds no PEM"))?;
                roots.add(certificate).map_err(|_| broken("a certificate cannot be used"))?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| broken("TLS cannot be used"))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
