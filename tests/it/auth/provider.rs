//! A stand-in for an identity provider: it signs with keys of its own, and can be told to lie.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A key with the name that tokens give it.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) kid: String,
    algorithm: Algorithm,
    private: EncodingKey,
}

impl Key {
    /// A new one for ES256.
    pub(super) fn ec(kid: &str) -> Self {
        let curve = "ec_paramgen_curve:P-256";
        let pem = openssl(&["genpkey", "-algorithm", "EC", "-pkeyopt", curve], &[]);
        let der = openssl(&["pkcs8", "-topk8", "-nocrypt", "-outform", "DER"], &pem);
        Self {
            kid: kid.to_owned(),
            algorithm: Algorithm::ES256,
            private: EncodingKey::from_ec_der(&der),
        }
    }

    /// A new one for RS256.
    pub(super) fn rsa(kid: &str) -> Self {
        let pem =
            openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], &[]);
        let der = openssl(&["rsa", "-traditional", "-outform", "DER"], &pem);
        Self {
            kid: kid.to_owned(),
            algorithm: Algorithm::RS256,
            private: EncodingKey::from_rsa_der(&der),
        }
    }

    /// The half that everybody may know.
    pub(super) fn public(&self) -> Value {
        let mut key = Jwk::from_encoding_key(&self.private, self.algorithm).unwrap();
        key.common.key_id = Some(self.kid.clone());
        serde_json::to_value(key).unwrap()
    }

    /// A token signed with it.
    pub(super) fn sign(&self, claims: &Value) -> String {
        let header = Header { kid: Some(self.kid.clone()), ..Header::new(self.algorithm) };
        jsonwebtoken::encode(&header, claims, &self.private).unwrap()
    }
}

fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    #[expect(clippy::disallowed_methods, reason = "a test may start programs")]
    let mut command = Command::new("openssl");
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    output.stdout
}

/// A token that nobody signed, or that was signed with what everybody knows.
pub(super) fn forged(header: &Value, claims: &Value, signature: &[u8]) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{}", part(header), part(claims), URL_SAFE_NO_PAD.encode(signature))
}

type Lie = Box<dyn Fn(&mut Value) + Send>;
type Forger = Box<dyn Fn(&Value) -> String + Send>;

/// What it knows and how it behaves.
pub(super) struct Mind {
    pub(super) keys: Vec<Key>,
    pub(super) issuer: String,
    /// Changes the claims of every token.
    pub(super) lie: Option<Lie>,
    /// Makes the token in its place.
    pub(super) forger: Option<Forger>,
    /// Who signs in.
    pub(super) person: Value,
    /// Codes that were given out, with what they were asked with.
    codes: BTreeMap<String, BTreeMap<String, String>>,
    /// How often its keys were asked for.
    pub(super) asked_for_keys: usize,
}

/// The running provider.
#[derive(Clone)]
pub(super) struct Provider(pub(super) Arc<Mutex<Mind>>);

impl Provider {
    /// Starts one.
    #[expect(clippy::disallowed_methods, reason = "the provider runs beside the test")]
    pub(super) async fn start(key: Key) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let person = json!({ "sub": "4711", "email": "ana@example.org", "email_verified": true });
        let (codes, asked_for_keys) = (BTreeMap::new(), 0);
        let mind = Mind {
            keys: vec![key],
            issuer,
            lie: None,
            forger: None,
            person,
            codes,
            asked_for_keys,
        };
        let this = Self(Arc::new(Mutex::new(mind)));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .with_state(this.clone());
        tokio::spawn(async { axum::serve(listener, router).await });
        this
    }

    /// What it is called.
    pub(super) fn issuer(&self) -> String {
        self.0.lock().unwrap().issuer.clone()
    }

    /// What its page does when a person says yes: gives the address to go back to.
    pub(super) fn agree(&self, address: &str) -> String {
        let address = url::Url::parse(address).unwrap();
        let asked: BTreeMap<String, String> = address.query_pairs().into_owned().collect();
        assert_eq!(
            (asked["response_type"].as_str(), asked["code_challenge_method"].as_str()),
            ("code", "S256")
        );
        assert!(asked["scope"].split(' ').any(|scope| scope == "openid"));
        let mut mind = self.0.lock().unwrap();
        let code = format!("code-{}", mind.codes.len());
        let back = format!("{}?code={code}&state={}", asked["redirect_uri"], asked["state"]);
        mind.codes.insert(code, asked);
        back
    }
}

async fn discovery(State(provider): State<Provider>) -> Json<Value> {
    let issuer = provider.issuer();
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
    }))
}

/// Its page, on which a person says yes.
async fn authorize(
    State(provider): State<Provider>,
    axum::extract::OriginalUri(asked): axum::extract::OriginalUri,
) -> axum::response::Html<String> {
    let back = provider.agree(&format!("http://provider{asked}")).replace('&', "&amp;");
    let head = "<!doctype html><title>Example</title><link rel=icon href=data:,>";
    axum::response::Html(format!(
        "{head}<p>Example asks: is it you?<p><a id=yes href=\"{back}\">Yes</a>"
    ))
}

async fn keys(State(provider): State<Provider>) -> Json<Value> {
    let mut mind = provider.0.lock().unwrap();
    mind.asked_for_keys += 1;
    let keys: Vec<Value> = mind.keys.iter().map(Key::public).collect();
    Json(json!({ "keys": keys }))
}

/// Gives a token for a code: once, to who asked for it, with the word behind its challenge.
async fn token(
    State(provider): State<Provider>,
    headers: HeaderMap,
    body: String,
) -> Result<Json<Value>, StatusCode> {
    let form: BTreeMap<String, String> =
        url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let basic = base64::engine::general_purpose::STANDARD.encode("warroom:client+secret");
    assert_eq!(headers["authorization"], format!("Basic {basic}"));
    let mut mind = provider.0.lock().unwrap();
    let asked = mind.codes.remove(&form["code"]).ok_or(StatusCode::BAD_REQUEST)?;
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(form["code_verifier"].as_bytes()));
    if challenge != asked["code_challenge"] || form["redirect_uri"] != asked["redirect_uri"] {
        return Err(StatusCode::BAD_REQUEST);
    }
    #[expect(clippy::disallowed_methods, reason = "the provider has a clock of its own")]
    let now = chrono::Utc::now().timestamp();
    let mut claims = json!({
        "iss": mind.issuer, "aud": asked["client_id"], "nonce": asked["nonce"],
        "iat": now, "exp": now + 300,
    });
    for (name, value) in mind.person.as_object().unwrap() {
        claims[name] = value.clone();
    }
    if let Some(lie) = &mind.lie {
        lie(&mut claims);
    }
    let key = mind.keys.last().unwrap();
    let token = mind.forger.as_ref().map_or_else(|| key.sign(&claims), |forger| forger(&claims));
    Ok(Json(json!({ "access_token": "unused", "token_type": "Bearer", "id_token": token })))
}
