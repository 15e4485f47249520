use spoke_profile::Entra;
use spoke_signin::SignInSettings;

/// The application that Microsoft registered for its VPN clients in every cloud.
const MICROSOFT_REGISTERED: &str = "c632b3df-fb67-4d84-bdcf-b95ad541b5c8";

/// The applications of older gateways, by cloud: they are their own clients.
/// Microsoft Learn, "Configure P2S VPN Gateway for Microsoft Entra ID".
const MANUALLY_REGISTERED: [(&str, &[&str]); 4] = [
    (
        "41b23e61-6c1e-4545-b367-cd054e0ed4b4",
        &["login.microsoftonline.com"],
    ),
    (
        "51bb15d4-3a4f-4ebf-9dca-40096fe32426",
        &[
            "login.microsoftonline.us",
            "login-us.microsoftonline.com",
            "login.usgovcloudapi.net",
        ],
    ),
    (
        "538ee9e6-310a-468d-afef-ea97365856a9",
        &["login-us.microsoftonline.de", "login.microsoftonline.de"],
    ),
    (
        "49f817b6-84ae-4cc0-928c-73f27289b3aa",
        &["login.chinacloudapi.cn", "login.partner.microsoftonline.cn"],
    ),
];

/// What the flows need to know, from a profile.
pub(crate) fn sign_in_settings(entra: &Entra) -> SignInSettings {
    SignInSettings {
        authority: entra.authority.clone(),
        client_ids: client_ids(entra),
        scope: entra
            .scope
            .clone()
            .unwrap_or_else(|| SignInSettings::scope_for(&entra.audience)),
        issuer: entra.issuer.clone(),
        audience: entra.audience.clone(),
        tenant: entra.tenant.clone(),
        redirect_uri: entra.redirect_uri.clone(),
        group_claims: entra.group_token,
        login_hint: None,
        cache: entra.cache_sign_in,
    }
}

/// Client ids in the order to try. An application of one's own without a client
/// named is usually pre-authorised for Microsoft's, as its documentation tells
/// to do; older set-ups use the cloud's or the application itself.
fn client_ids(entra: &Entra) -> Vec<String> {
    if let Some(id) = &entra.application_id {
        return vec![id.clone()];
    }
    let audience = entra.audience.to_ascii_lowercase();
    let registered = MANUALLY_REGISTERED.iter().any(|(id, _)| *id == audience);
    if audience == MICROSOFT_REGISTERED || registered {
        return vec![audience];
    }
    let host = url::Url::parse(&entra.authority)
        .ok()
        .and_then(|url| url.host_str().map(str::to_ascii_lowercase));
    let of_cloud = MANUALLY_REGISTERED
        .iter()
        .find(|(_, hosts)| host.as_deref().is_some_and(|host| hosts.contains(&host)))
        .map(|(id, _)| (*id).to_owned());
    let own = audience.strip_prefix("api://").unwrap_or(&audience);
    let own = own.split('/').next().unwrap_or(own).to_owned();
    let mut ids = vec![MICROSOFT_REGISTERED.to_owned()];
    ids.extend(of_cloud);
    ids.push(own);
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "41b23e61-6c1e-4545-b367-cd054e0ed4b4";
    const OWN: &str = "11111111-2222-3333-4444-555555555555";

    fn ids(audience: &str, application_id: Option<&str>, host: &str) -> Vec<String> {
        client_ids(&Entra {
            tenant: "t".to_owned(),
            authority: format!("https://{host}/t"),
            authority_trusted: false,
            issuer: None,
            audience: audience.to_owned(),
            application_id: application_id.map(str::to_owned),
            cache_sign_in: true,
            device_sso: false,
            disable_sso: false,
            group_token: false,
            redirect_uri: None,
            scope: None,
        })
    }

    #[test]
    fn the_order_follows_the_audience() {
        let public = "login.microsoftonline.com";
        assert_eq!(
            ids(MICROSOFT_REGISTERED, None, public),
            [MICROSOFT_REGISTERED]
        );
        assert_eq!(ids(&OLD.to_uppercase(), None, public), [OLD]);
        assert_eq!(ids(OWN, Some("x"), public), ["x"]);
        assert_eq!(ids(OWN, None, public), [MICROSOFT_REGISTERED, OLD, OWN]);
        let uri = format!("api://{OWN}");
        assert_eq!(
            ids(&uri, None, "login.microsoftonline.us"),
            [
                MICROSOFT_REGISTERED,
                "51bb15d4-3a4f-4ebf-9dca-40096fe32426",
                OWN
            ]
        );
        assert_eq!(
            ids(OWN, None, "login.lab.example"),
            [MICROSOFT_REGISTERED, OWN]
        );
    }
}
