//! The sign-in server's signing keys.

use crate::log;
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::JwkSet;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// The document is fetched at most this often: tokens with made-up key names must
/// not turn the gateway against the sign-in server.
const LEAST_INTERVAL: Duration = Duration::from_secs(10);
const FETCH_LIMIT: Duration = Duration::from_secs(15);

/// Keys by name, fetched when a name is unknown.
pub(crate) struct SigningKeys {
    url: String,
    http: reqwest::Client,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    keys: BTreeMap<String, DecodingKey>,
    fetched: Option<Instant>,
}

impl SigningKeys {
    pub(crate) fn new(url: String) -> Result<Self, reqwest::Error> {
        Ok(Self {
            url,
            http: reqwest::Client::builder()
                .timeout(FETCH_LIMIT)
                .https_only(true)
                .build()?,
            known: Mutex::default(),
        })
    }

    /// The key of this name; `None` when the sign-in server does not have it, or
    /// cannot be asked now.
    pub(crate) async fn key(&self, name: &str) -> Option<DecodingKey> {
        let mut known = self.known.lock().await;
        if let Some(key) = known.keys.get(name) {
            return Some(key.clone());
        }
        if known
            .fetched
            .is_some_and(|fetched| fetched.elapsed() < LEAST_INTERVAL)
        {
            return None;
        }
        self.fetch_into(&mut known).await;
        known.keys.get(name).cloned()
    }

    /// Fetches ahead of the first client. Failure is logged; the next unknown name
    /// tries again.
    pub(crate) async fn prepare(&self) {
        let mut known = self.known.lock().await;
        self.fetch_into(&mut known).await;
    }

    async fn fetch_into(&self, known: &mut Known) {
        match self.fetch().await {
            Ok(set) => {
                known.keys = named_keys(&set);
                known.fetched = Some(Instant::now());
                log::event("keys", &[("url", &self.url), ("keys", &known.keys.len())]);
            }
            Err(error) => log::event("keys_failed", &[("url", &self.url), ("error", &error)]),
        }
    }

    async fn fetch(&self) -> Result<JwkSet, reqwest::Error> {
        let response = self.http.get(&self.url).send().await?;
        response.error_for_status()?.json().await
    }
}

fn named_keys(set: &JwkSet) -> BTreeMap<String, DecodingKey> {
    set.keys
        .iter()
        .filter_map(|key| {
            let name = key.common.key_id.clone()?;
            Some((name, DecodingKey::from_jwk(key).ok()?))
        })
        .collect()
}
