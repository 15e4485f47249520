use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use spoke_api::{Problem, ProblemCode, Remedy};
use spoke_signin::{HttpRequest, HttpResponse};
use std::error::Error;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use zeroize::Zeroizing;

/// Longest body that is read, in bytes: a token with all its groups takes some
/// tens of kilobytes, a sign-in page with an error some hundreds.
const LONGEST_BODY: usize = 1 << 20;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const TIMEOUT: Duration = Duration::from_secs(30);

/// Sends the sign-in's requests: HTTPS only, the system's roots (or those that
/// `SSL_CERT_FILE` and `SSL_CERT_DIR` name), through the proxy that
/// `HTTPS_PROXY` names, following no redirect.
#[derive(Default)]
pub(crate) struct HttpClient(OnceLock<reqwest::Client>);

impl HttpClient {
    /// Sends one request.
    ///
    /// # Errors
    /// When no whole response came back.
    pub(crate) async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Problem> {
        let client = self.client()?;
        let failed = |error: reqwest::Error| describe(&request.url, &error);
        let builder = match &request.form {
            Some(form) => client
                .post(&request.url)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header("Accept", "application/json")
                .body(form.expose().to_owned()),
            None => client.get(&request.url).header("Accept", "text/html"),
        };
        let mut response = builder.send().await.map_err(failed)?;
        let status = response.status().as_u16();
        let location = response
            .headers()
            .get("location")
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let mut body = Zeroizing::new(Vec::new());
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > LONGEST_BODY {
                return Err(Problem::new(
                    ProblemCode::Other,
                    format!("{} answers with more than 1 MiB.", host(&request.url)),
                    "Compare the authority with the gateway's page in the Azure portal: spoke profile check",
                ));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(HttpResponse {
            status,
            location,
            body,
        })
    }

    /// What a server says of the time, by the head of its answer.
    ///
    /// # Errors
    /// When it does not answer.
    pub(crate) async fn date(&self, url: &str) -> Result<Option<String>, Problem> {
        let answer = self.client()?.head(url).send().await;
        let answer = answer.map_err(|error| describe(url, &error))?;
        let date = answer.headers().get("date");
        Ok(date
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned))
    }

    fn client(&self) -> Result<&reqwest::Client, Problem> {
        if let Some(client) = self.0.get() {
            return Ok(client);
        }
        let client = build()?;
        Ok(self.0.get_or_init(|| client))
    }
}

fn build() -> Result<reqwest::Client, Problem> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let why = found.errors.first().map(ToString::to_string);
        return Err(Problem::new(
            ProblemCode::Other,
            "This system has no root certificates to check the sign-in server with.",
            "Install them (Debian: sudo apt install ca-certificates), or name a file: SSL_CERT_FILE=…",
        )
        .detail(why.unwrap_or_else(|| "no certificate was found".to_owned())));
    }
    let failed = |error: &dyn Error| {
        Problem::new(
            ProblemCode::Other,
            format!("The HTTPS client cannot be set up: {error}."),
            "Check HTTPS_PROXY and SSL_CERT_FILE.",
        )
    };
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    reqwest::Client::builder()
        .tls_backend_preconfigured(config)
        .https_only(true)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TIMEOUT)
        .user_agent(concat!("Spoke/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| failed(&error))
}

fn host(url: &str) -> String {
    url::Url::parse(url)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_else(|| "the sign-in server".to_owned())
}

fn describe(url: &str, error: &reqwest::Error) -> Problem {
    let host = host(url);
    // The innermost cause is the one that says something; the outer ones repeat
    // the URL, which may hold a login hint.
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let cause = cause.to_string();
    let (code, summary) = if error.is_timeout() {
        (
            ProblemCode::TimedOut,
            format!("The sign-in server {host} did not answer in time."),
        )
    } else {
        (
            ProblemCode::Other,
            format!("The sign-in server {host} cannot be reached: {cause}."),
        )
    };
    let hint = if cause.to_lowercase().contains("certificate") {
        "If your network inspects TLS, name its root certificate: SSL_CERT_FILE=FILE"
    } else {
        "Check the network and HTTPS_PROXY, then try again."
    };
    Problem::new(code, summary, hint).remedy(Remedy::Backoff)
}
