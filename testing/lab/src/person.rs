//! A person without a screen: opens a page, fills in the form, follows where it leads.

use crate::error::LabError;
use crate::signin::{ACCOUNT, PASSWORD};
use reqwest::Client;
use reqwest::header::LOCATION;
use rustls::RootCertStore;
use rustls_pki_types::{CertificateDer, pem::PemObject as _};
use std::collections::BTreeMap;
use std::sync::Arc;
use url::Url;

/// Pages that one sign-in may lead through.
const MOST_PAGES: usize = 12;

/// What the person types.
#[derive(Clone, Debug)]
pub struct Typed {
    /// Into the account field.
    pub account: String,
    /// Into the password field.
    pub password: String,
    /// Into the field for another device's code.
    pub user_code: Option<String>,
}

impl Default for Typed {
    fn default() -> Self {
        Self {
            account: ACCOUNT.to_owned(),
            password: PASSWORD.to_owned(),
            user_code: None,
        }
    }
}

/// Opens `url` and does what its pages ask for; the answer is the title of the last page.
///
/// # Errors
/// When a page cannot be loaded, or the way does not end.
pub async fn browse(url: &str, typed: &Typed) -> Result<String, LabError> {
    let client = client()?;
    let mut at = Url::parse(url).map_err(LabError::other(format!("open `{url}`")))?;
    let mut form: Option<BTreeMap<String, String>> = None;
    let mut typed_once = false;
    for _ in 0..MOST_PAGES {
        let request = match form.take() {
            Some(fields) => client.post(at.clone()).form(&fields),
            None => client.get(at.clone()),
        };
        let shown = at.host_str().unwrap_or_default().to_owned();
        let response = request
            .send()
            .await
            .map_err(LabError::other(format!("open a page of {shown}")))?;
        if let Some(target) = response.headers().get(LOCATION) {
            let target = target
                .to_str()
                .map_err(LabError::other("follow a redirect"))?;
            at = at
                .join(target)
                .map_err(LabError::other("follow a redirect"))?;
            continue;
        }
        let page = response
            .text()
            .await
            .map_err(LabError::other(format!("read a page of {shown}")))?;
        match read_form(&page, typed) {
            // The same form again means that what was typed is not accepted.
            Some((action, fields)) if !typed_once => {
                typed_once = true;
                at = at.join(&action).map_err(LabError::other("send the form"))?;
                form = Some(fields);
            }
            _ => return Ok(title(&page)),
        }
    }
    Err(LabError::Other(format!(
        "the sign-in did not end after {MOST_PAGES} pages"
    )))
}

/// Opens `url` and gives what comes.
///
/// # Errors
/// When nothing comes.
pub async fn fetch(url: &str) -> Result<String, LabError> {
    let failed = |error: reqwest::Error| LabError::Other(format!("cannot open {url}: {error}"));
    let response = client()?.get(url).send().await.map_err(failed)?;
    response.text().await.map_err(failed)
}

fn client() -> Result<Client, LabError> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = std::env::var_os("SSL_CERT_FILE") {
        let certificates = CertificateDer::pem_file_iter(path)
            .map_err(LabError::other("read SSL_CERT_FILE"))?
            .flatten();
        roots.add_parsable_certificates(certificates);
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(LabError::other("set up TLS"))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(LabError::other("set up HTTP"))
}

fn read_form(page: &str, typed: &Typed) -> Option<(String, BTreeMap<String, String>)> {
    let (_, form) = page.split_once("<form")?;
    let (form, _) = form.split_once("</form>")?;
    let action = attribute(form, "action")?;
    let mut fields = BTreeMap::new();
    for input in form.split("<input").skip(1) {
        let Some(name) = attribute(input, "name") else {
            continue;
        };
        let given = attribute(input, "value").unwrap_or_default();
        let value = match name.as_str() {
            "account" => typed.account.clone(),
            "password" => typed.password.clone(),
            "user_code" => typed.user_code.clone().unwrap_or(given),
            _ => given,
        };
        fields.insert(name, value);
    }
    Some((action, fields))
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let tag = tag.split('>').next()?;
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(
        value
            .replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&"),
    )
}

fn title(page: &str) -> String {
    let inside = page
        .split_once("<title>")
        .and_then(|(_, rest)| rest.split_once("</title>"));
    inside.map_or_else(|| page.trim().to_owned(), |(title, _)| title.to_owned())
}
