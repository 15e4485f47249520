use crate::cloud::{CLOUDS, Cloud, MICROSOFT_REGISTERED_APP};
use crate::model::Entra;

impl Entra {
    /// Host of the authority, with its port when that is not 443.
    #[must_use]
    pub fn authority_host(&self) -> &str {
        let after_scheme = self
            .authority
            .split_once("://")
            .map_or(self.authority.as_str(), |(_, rest)| rest);
        after_scheme.split('/').next().unwrap_or_default()
    }

    /// The cloud of the authority; the public one for a host that the user trusts.
    #[must_use]
    pub fn cloud(&self) -> &'static Cloud {
        Cloud::of_authority(self.authority_host()).unwrap_or(&CLOUDS[0])
    }

    /// The scope to ask for beside `offline_access openid profile`: everything that
    /// was consented to for the audience.
    #[must_use]
    pub fn scope(&self) -> String {
        self.scope
            .clone()
            .unwrap_or_else(|| format!("{}/.default", self.audience))
    }

    /// The client ids to sign in as, the likeliest first; never empty.
    ///
    /// Microsoft's own audiences are clients of themselves. Asking for a manually
    /// registered audience as the Microsoft-registered client is refused
    /// (`AADSTS650057`), so a profile that says so gets the audience first. A custom
    /// audience without `applicationid` is an open question in Microsoft's
    /// documentation; the candidates are tried in turn and the good one is remembered.
    #[must_use]
    pub fn client_ids(&self) -> Vec<String> {
        let manual = Cloud::of_manual_app(&self.audience);
        let own = self.audience.eq_ignore_ascii_case(MICROSOFT_REGISTERED_APP) || manual.is_some();
        let mut ids = Vec::new();
        match &self.application_id {
            Some(id) if own => {
                let misfit = manual.is_some() && id.eq_ignore_ascii_case(MICROSOFT_REGISTERED_APP);
                ids.push(id.clone());
                ids.insert(usize::from(!misfit), self.audience.clone());
            }
            Some(id) => ids.push(id.clone()),
            None if own => ids.push(self.audience.clone()),
            None => {
                ids.push(MICROSOFT_REGISTERED_APP.to_owned());
                ids.push(self.cloud().manually_registered_app.to_owned());
                ids.extend(guid_in(&self.audience));
            }
        }
        ids.dedup_by(|a, b| a.eq_ignore_ascii_case(b));
        ids
    }

    /// The `iss` that a fitting access token carries: the profile's, else the
    /// version 1 issuer of the tenant in its cloud.
    #[must_use]
    pub fn expected_issuer(&self) -> String {
        self.issuer
            .clone()
            .unwrap_or_else(|| format!("https://{}/{}/", self.cloud().issuer_host, self.tenant))
    }
}

/// The application id in an audience such as `api://GUID`; the audience itself when
/// it is one.
fn guid_in(audience: &str) -> Option<String> {
    audience
        .rsplit('/')
        .find(|part| is_guid(part))
        .map(str::to_owned)
}

/// Whether this is a GUID in its plain form, 8-4-4-4-12 hexadecimal digits.
pub(crate) fn is_guid(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups
            .iter()
            .all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANUAL: &str = "41b23e61-6c1e-4545-b367-cd054e0ed4b4";
    const OWN_APP: &str = "0154086c-676a-4e51-a68e-175ab47e5941";

    fn entra(audience: &str, application_id: Option<&str>) -> Entra {
        Entra {
            tenant: "11111111-2222-3333-4444-555555555555".to_owned(),
            authority:
                "https://login.partner.microsoftonline.cn/11111111-2222-3333-4444-555555555555"
                    .to_owned(),
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
        }
    }

    #[test]
    fn client_ids_are_tried_in_the_order_of_the_table() {
        let china = "49f817b6-84ae-4cc0-928c-73f27289b3aa";
        let uri = format!("api://{OWN_APP}");
        for (audience, application_id, expected) in [
            (
                MICROSOFT_REGISTERED_APP,
                None,
                vec![MICROSOFT_REGISTERED_APP],
            ),
            (MANUAL, None, vec![MANUAL]),
            (
                OWN_APP,
                Some(MICROSOFT_REGISTERED_APP),
                vec![MICROSOFT_REGISTERED_APP],
            ),
            (
                OWN_APP,
                None,
                vec![MICROSOFT_REGISTERED_APP, china, OWN_APP],
            ),
            (
                uri.as_str(),
                None,
                vec![MICROSOFT_REGISTERED_APP, china, OWN_APP],
            ),
            (
                "https://vpn.contoso.com",
                None,
                vec![MICROSOFT_REGISTERED_APP, china],
            ),
            (
                MANUAL,
                Some(MICROSOFT_REGISTERED_APP),
                vec![MANUAL, MICROSOFT_REGISTERED_APP],
            ),
            (MANUAL, Some(OWN_APP), vec![OWN_APP, MANUAL]),
            (MANUAL, Some(MANUAL), vec![MANUAL]),
        ] {
            assert_eq!(
                entra(audience, application_id).client_ids(),
                expected,
                "{audience} {application_id:?}"
            );
        }
    }

    #[test]
    fn scope_and_issuer_follow_from_audience_and_cloud_unless_they_are_given() {
        let mut entra = entra(MANUAL, None);
        assert_eq!(entra.scope(), format!("{MANUAL}/.default"));
        assert_eq!(
            entra.expected_issuer(),
            "https://sts.chinacloudapi.cn/11111111-2222-3333-4444-555555555555/"
        );
        entra.scope = Some("api://vpn/connect".to_owned());
        entra.issuer = Some("https://sts.windows.net/x/".to_owned());
        assert_eq!(entra.scope(), "api://vpn/connect");
        assert_eq!(entra.expected_issuer(), "https://sts.windows.net/x/");
    }

    #[test]
    fn the_authority_host_keeps_a_port() {
        let mut entra = entra(MANUAL, None);
        entra.authority = "https://login.test:8443/tenant".to_owned();
        assert_eq!(entra.authority_host(), "login.test:8443");
        assert_eq!(entra.cloud().name, "Azure Public");
    }
}
