//! Values that the tests of the flows share.
#![allow(
    dead_code,
    clippy::expect_used,
    clippy::allow_attributes,
    reason = "each test binary uses its own part"
)]

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use spoke_moment::WallTime;
use spoke_signin::{HttpRequest, HttpResponse, SignInSettings};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

pub(crate) const TENANT: &str = "9f3c1111-2222-3333-4444-555566667777";
pub(crate) const NOW: WallTime = WallTime::from_unix(1_800_000_000);

pub(crate) fn settings() -> SignInSettings {
    SignInSettings {
        authority: format!("https://login.microsoftonline.com/{TENANT}"),
        client_ids: vec!["client-a".to_owned(), "client-b".to_owned()],
        scope: SignInSettings::full_scope("audience/.default"),
        issuer: Some(format!("https://sts.windows.net/{TENANT}/")),
        audience: "audience".to_owned(),
        tenant: TENANT.to_owned(),
        redirect_uri: None,
        group_claims: false,
        account: None,
        login_hint: None,
        cache: true,
    }
}

pub(crate) fn response(status: u16, body: &serde_json::Value) -> HttpResponse {
    HttpResponse {
        status,
        location: None,
        body: Zeroizing::new(serde_json::to_vec(body).unwrap()),
    }
}

pub(crate) fn refusal(error: &str, description: &str) -> HttpResponse {
    response(
        400,
        &serde_json::json!({"error": error, "error_description": description}),
    )
}

pub(crate) fn jwt(claims: &serde_json::Value) -> String {
    let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!(
        "{}.{}.c2ln",
        part(&serde_json::json!({"alg": "RS256"})),
        part(claims)
    )
}

pub(crate) fn form(request: &HttpRequest) -> BTreeMap<String, String> {
    let form = request.form.as_ref().expect("a POST");
    url::form_urlencoded::parse(form.expose().as_bytes())
        .into_owned()
        .collect()
}

pub(crate) fn query(url: &str) -> BTreeMap<String, String> {
    url::Url::parse(url)
        .unwrap()
        .query_pairs()
        .into_owned()
        .collect()
}
