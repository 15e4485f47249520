use spoke_profile::{Entra, is_known_authority};
use spoke_signin::SignInSettings;

/// What the flows need to know, from a profile and the account that was chosen for it.
pub(crate) fn sign_in_settings(entra: &Entra, account: Option<String>) -> SignInSettings {
    SignInSettings {
        authority: entra.authority.clone(),
        client_ids: entra.client_ids(),
        scope: SignInSettings::full_scope(&entra.scope()),
        issuer: Some(entra.expected_issuer()),
        audience: entra.audience.clone(),
        tenant: entra.tenant.clone(),
        redirect_uri: entra.redirect_uri.clone(),
        group_claims: entra.group_token,
        login_hint: account.clone(),
        account,
        cache: entra.cache_sign_in,
    }
}

/// Whether tokens may be asked for there: one of Microsoft's hosts, or one that
/// the user trusts. A profile from anywhere could name a host that collects
/// passwords.
pub(crate) fn is_trusted(entra: &Entra) -> bool {
    entra.authority_trusted || is_known_authority(entra.authority_host())
}
