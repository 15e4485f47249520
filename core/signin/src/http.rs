use crate::secret::Secret;
use serde::de::DeserializeOwned;
use url::form_urlencoded;
use zeroize::Zeroizing;

/// A request for the shell to send, as it is: no redirects followed, no cookies.
pub struct HttpRequest {
    /// Where to; always `https`.
    pub url: String,
    /// What to post as `application/x-www-form-urlencoded`; a GET when `None`.
    pub form: Option<Secret>,
}

/// What came back.
pub struct HttpResponse {
    /// Status code.
    pub status: u16,
    /// The `Location` header.
    pub location: Option<String>,
    /// The body.
    pub body: Zeroizing<Vec<u8>>,
}

impl HttpRequest {
    pub(crate) fn post(url: String, fields: &[(&str, &str)]) -> Self {
        let mut form = form_urlencoded::Serializer::new(String::new());
        for (name, value) in fields {
            form.append_pair(name, value);
        }
        Self {
            url,
            form: Some(Secret::new(form.finish())),
        }
    }
}

impl HttpResponse {
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }
}
