//! The fields of a profile by their keys, as `set`, `add` and `edit` use them.

use spoke_profile::{Profile, SignIn};

/// The value of a key as [`Profile::set`] would take it; `None` for keys that this kind
/// of profile does not have.
#[must_use]
pub(crate) fn value(profile: &Profile, key: &str) -> Option<String> {
    let check = &profile.server_check;
    Some(match key {
        "name" => profile.name.clone(),
        "server" => joined(&profile.servers),
        "port" => profile.port.to_string(),
        "transport" => match profile.transport {
            spoke_profile::Transport::Tcp => "tcp".to_owned(),
            spoke_profile::Transport::Udp => "udp".to_owned(),
        },
        "root" => text(check.root_sha1.as_ref()),
        "pin-root" => check
            .use_pinned_root
            .map_or_else(|| "auto".to_owned(), |pin| pin.to_string()),
        "server-name" => text(check.server_name.as_ref()),
        "certificate-name" => check.requirements.name.to_string(),
        "peer-fingerprint" => joined(&check.requirements.fingerprints),
        "proxy" => text(profile.proxy.as_ref()),
        "client-certificate" => text(
            profile
                .client_certificate
                .as_ref()
                .and_then(|one| one.sha1.as_ref()),
        ),
        "client-certificate-issuer" => text(
            profile
                .client_certificate
                .as_ref()
                .and_then(|one| one.issuer.as_ref()),
        ),
        "sign-in" => profile.sign_in.azure_type().to_owned(),
        "dns.servers" => joined(&profile.dns.servers),
        "dns.suffixes" => joined(&profile.dns.suffixes),
        "routes.include" => joined(&profile.include),
        "routes.exclude" => joined(&profile.exclude),
        "secondary" => text(profile.secondary_profile.as_ref()),
        "always-on" => profile.always_on.to_string(),
        "mtu" => text(profile.mtu.as_ref()),
        "display-name" => text(
            profile
                .servers
                .first()
                .and_then(|server| server.display_name.as_ref()),
        ),
        _ => {
            return profile
                .protocol
                .value(key)
                .or_else(|| credentials(profile, key));
        }
    })
}

fn credentials(profile: &Profile, key: &str) -> Option<String> {
    match &profile.sign_in {
        SignIn::Entra(entra) => Some(match key {
            // The whole address: another cloud's tenant is more than its id.
            "sign-in.tenant" => entra.authority.clone(),
            "sign-in.audience" => entra.audience.clone(),
            "sign-in.issuer" => text(entra.issuer.as_ref()),
            "client-id" => text(entra.application_id.as_ref()),
            "scope" => text(entra.scope.as_ref()),
            "redirect-uri" => text(entra.redirect_uri.as_ref()),
            "cache-sign-in" => entra.cache_sign_in.to_string(),
            "device-sso" => entra.device_sso.to_string(),
            "disable-sso" => entra.disable_sso.to_string(),
            "group-token" => entra.group_token.to_string(),
            _ => return None,
        }),
        SignIn::Certificate => None,
        SignIn::Password { username, .. } => (key == "username").then(|| text(username.as_ref())),
    }
}

fn text<T: ToString>(value: Option<&T>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}

fn joined<T: ToString>(list: impl IntoIterator<Item = T>) -> String {
    list.into_iter()
        .map(|one| one.to_string())
        .collect::<Vec<_>>()
        .join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use spoke_profile::{Assignment, KEYS, ReadOptions, ServerSecret, options_of};

    /// Whatever a key shows can be set again, and changes nothing.
    #[test]
    fn every_key_shows_what_can_be_set() {
        let secret = ServerSecret::from_text(&"0f".repeat(256)).unwrap();
        let mut seen = 0;
        for kind in ["aad", "cert", "usernamepass"] {
            let mut profile = Profile::draft("office", secret.clone());
            let mut assignments = vec![
                (
                    "server",
                    "vpn.example.com,b.example.com,b.example.com:1194/udp4",
                ),
                ("proxy", "socks5://ana@proxy.example.com:1080"),
                (
                    "pull-filter",
                    "ignore route 10.,ignore \"route \",reject auth-token",
                ),
                ("redirect-gateway", "ipv4 block-local"),
                ("sign-in", kind),
            ];
            if kind == "aad" {
                assignments.push((
                    "sign-in.tenant",
                    "https://login.microsoftonline.us/11111111-2222-3333-4444-555555555555",
                ));
                assignments.push(("sign-in.audience", "c632b3df-fb67-4d84-bdcf-b95ad541b5c8"));
            }
            assignments.push(("dns.servers", "10.1.0.4,10.1.0.5"));
            assignments.push(("routes.include", "10.1.0.0/16"));
            for (key, value) in assignments {
                profile
                    .set(&Assignment::set(key, value), &ReadOptions::default())
                    .unwrap();
            }
            let before = profile.clone();
            for key in KEYS {
                let Some(shown) = value(&profile, key.name) else {
                    continue;
                };
                seen += 1;
                profile
                    .set(&Assignment::set(key.name, &shown), &options_of(&before))
                    .unwrap_or_else(|error| panic!("{}={shown}: {error}", key.name));
                assert_eq!(profile, before, "{}={shown}", key.name);
            }
        }
        assert!(seen >= 3 * 16 + 10, "keys are missing: {seen}");
    }
}
