/// The application that Microsoft registered itself, in every cloud: gateways with
/// this audience need no consent of an administrator.
pub const MICROSOFT_REGISTERED_APP: &str = "c632b3df-fb67-4d84-bdcf-b95ad541b5c8";

/// One of Microsoft's clouds and its public sign-in facts
/// (Microsoft Learn, "Configure P2S for Microsoft Entra ID authentication").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cloud {
    /// What Microsoft calls it.
    pub name: &'static str,
    /// Sign-in hosts; the first is today's.
    pub authority_hosts: &'static [&'static str],
    /// The application that administrators had to consent to by hand; retired on
    /// 31 March 2028 (public) and 2029 (the others).
    pub manually_registered_app: &'static str,
    /// Host of the `iss` in version 1 access tokens.
    pub issuer_host: &'static str,
}

/// Every known cloud; the public one first.
pub const CLOUDS: [Cloud; 4] = [
    Cloud {
        name: "Azure Public",
        authority_hosts: &["login.microsoftonline.com"],
        manually_registered_app: "41b23e61-6c1e-4545-b367-cd054e0ed4b4",
        issuer_host: "sts.windows.net",
    },
    Cloud {
        name: "Azure Government",
        authority_hosts: &[
            "login.microsoftonline.us",
            "login-us.microsoftonline.com",
            "login.usgovcloudapi.net",
        ],
        manually_registered_app: "51bb15d4-3a4f-4ebf-9dca-40096fe32426",
        issuer_host: "sts.windows.net",
    },
    Cloud {
        name: "Azure Germany",
        authority_hosts: &["login-us.microsoftonline.de", "login.microsoftonline.de"],
        manually_registered_app: "538ee9e6-310a-468d-afef-ea97365856a9",
        issuer_host: "sts.windows.net",
    },
    Cloud {
        name: "Azure China (21Vianet)",
        authority_hosts: &["login.chinacloudapi.cn", "login.partner.microsoftonline.cn"],
        manually_registered_app: "49f817b6-84ae-4cc0-928c-73f27289b3aa",
        issuer_host: "sts.chinacloudapi.cn",
    },
];

impl Cloud {
    /// The cloud that this sign-in host belongs to (`host` in lower case, no port).
    #[must_use]
    pub fn of_authority(host: &str) -> Option<&'static Self> {
        CLOUDS
            .iter()
            .find(|cloud| cloud.authority_hosts.contains(&host))
    }

    /// The cloud whose manually registered application this is.
    #[must_use]
    pub fn of_manual_app(id: &str) -> Option<&'static Self> {
        CLOUDS
            .iter()
            .find(|cloud| cloud.manually_registered_app.eq_ignore_ascii_case(id))
    }

    /// The host to sign in at.
    #[must_use]
    pub fn authority_host(&self) -> &'static str {
        self.authority_hosts.first().copied().unwrap_or_default()
    }
}

/// Whether tokens may be asked for at this host without the user's explicit trust.
#[must_use]
pub fn is_known_authority(host: &str) -> bool {
    Cloud::of_authority(&host.to_ascii_lowercase()).is_some()
}
