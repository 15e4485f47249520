use crate::address_text;
use crate::error::{Fault, FieldError, Refusal};
use crate::finding::{Finding, Place};
use crate::keys::{Assignment, KEYS, Key, Operation};
use crate::limits;
use crate::model::{ClientCertificate, Dns, Entra, Profile, Proxy, Server, SignIn, Transport};
use crate::ovpn::client_key;
use crate::package::ReadOptions;
use crate::protocol::Protocol;
use crate::protocol_settings::PROTOCOL_KEYS;
use crate::rules;
use crate::secret::{ClientKey, ServerSecret};
use crate::server_check::{Fingerprint, NameCheck, ServerCheck};
use crate::wrapping::ControlWrapping;
use ipnet::IpNet;
use zeroize::Zeroizing;

impl Profile {
    /// A profile to be filled by [`Profile::set`]: Entra sign-in, no server, no
    /// tenant. It is not valid yet.
    #[must_use]
    pub fn draft(name: &str, secret: ServerSecret) -> Self {
        Self {
            name: name.to_owned(),
            servers: Vec::new(),
            port: 443,
            transport: Transport::Tcp,
            server_check: ServerCheck::new(ControlWrapping::azure(secret)),
            sign_in: SignIn::Entra(blank_entra()),
            client_certificate: None,
            proxy: None,
            protocol: Protocol::default(),
            dns: Dns::default(),
            include: Vec::new(),
            exclude: Vec::new(),
            secondary_profile: None,
            always_on: false,
            mtu: None,
        }
    }

    /// Changes one field by its key; on an error the profile is as it was.
    ///
    /// `options` names the sign-in hosts that the user trusts beside Microsoft's.
    ///
    /// # Errors
    /// A [`FieldError`] for an unknown key or a value that does not fit.
    ///
    /// ```
    /// # use spoke_profile::{Assignment, Profile, ReadOptions, ServerSecret};
    /// # let secret = ServerSecret::from_text(&"0f".repeat(256)).unwrap();
    /// let mut profile = Profile::draft("office", secret);
    /// let add: Assignment = "dns.suffixes+=.Corp.Example.com".parse().unwrap();
    /// profile.set(&add, &ReadOptions::default()).unwrap();
    /// assert_eq!(profile.dns.suffixes, ["corp.example.com"]);
    /// ```
    pub fn set(
        &mut self,
        assignment: &Assignment,
        options: &ReadOptions,
    ) -> Result<Vec<Finding>, FieldError> {
        let name = canonical(&assignment.key);
        let Some(known) = KEYS.iter().find(|known| known.name == name) else {
            return Err(unknown_key(&assignment.key));
        };
        if !known.is_list && assignment.operation != Operation::Set {
            let refusal = Refusal::invalid(
                "The key holds one value, not a list.",
                format!("Write {}=VALUE.", known.name),
            );
            return Err(refusal.in_field(known.name));
        }
        let mut changed = self.clone();
        let mut findings = Vec::new();
        let place = &mut Place::new(known.name, &mut findings);
        let result = if PROTOCOL_KEYS.contains(&known.name) {
            changed.protocol.assign(known, assignment)
        } else if known.is_list {
            changed.set_list(known.name, assignment, place)
        } else if known.name.starts_with("sign-in.") || is_entra_key(known.name) {
            changed.set_entra(known.name, &assignment.value, options, place)
        } else {
            changed.set_single(known.name, &assignment.value, place)
        };
        result.map_err(|refusal| refusal.in_field(known.name))?;
        *self = changed;
        Ok(findings)
    }

    fn set_single(&mut self, key: &str, value: &str, place: &mut Place<'_>) -> Result<(), Refusal> {
        let blank = value.trim().is_empty();
        match key {
            "name" => self.name = rules::name(value, place)?,
            "port" => self.port = port(value)?,
            "transport" => self.transport = rules::transport(value, place)?,
            "root" if blank => self.server_check.root_sha1 = None,
            "root" => self.server_check.root_sha1 = Some(rules::sha1(value, place)?),
            "pin-root" => self.server_check.use_pinned_root = flag_or_auto(value)?,
            "server-name" if blank => self.server_check.server_name = None,
            "server-name" => {
                self.server_check.server_name = Some(rules::host(value.trim(), place)?);
            }
            "certificate-name" => {
                self.server_check.requirements.name = name_check(value)?;
            }
            "proxy" if blank => self.proxy = None,
            "proxy" => self.set_proxy(address_text::proxy(value.trim(), place)?),
            "sign-in" => self.sign_in = changed_sign_in(&self.sign_in, value)?,
            "secondary" => self.secondary_profile = rules::text_value(value)?,
            "always-on" => self.always_on = rules::flag(value)?,
            "mtu" if blank => self.mtu = None,
            "mtu" => self.mtu = Some(rules::mtu(value)?),
            "display-name" => match self.servers.first_mut() {
                Some(server) => server.display_name = rules::text_value(value)?,
                None => {
                    return Err(Refusal::new(
                        Fault::Missing,
                        "There is no server yet.",
                        "Set `server` first.",
                    ));
                }
            },
            _ => self.set_credentials(key, value, place)?,
        }
        Ok(())
    }

    fn set_credentials(
        &mut self,
        key: &str,
        value: &str,
        place: &mut Place<'_>,
    ) -> Result<(), Refusal> {
        match (key, &mut self.sign_in) {
            ("username", SignIn::Password { username, .. }) => {
                *username = rules::text_value(value)?;
            }
            ("client-certificate", _) => self.set_certificate(value, place)?,
            ("client-certificate-issuer", _) => {
                let mut certificate = self.client_certificate.take().unwrap_or_default();
                certificate.issuer = rules::text_value(value)?;
                self.client_certificate =
                    Some(certificate).filter(ClientCertificate::says_something);
            }
            (_, sign_in) => return Err(other_sign_in(sign_in)),
        }
        Ok(())
    }

    /// The address has no place for the headers that the same proxy wants to see.
    fn set_proxy(&mut self, mut proxy: Proxy) {
        let way = |proxy: &Proxy| (proxy.kind, proxy.host.clone(), proxy.port);
        if let Some(known) = self.proxy.take()
            && way(&known) == way(&proxy)
        {
            proxy.headers = known.headers;
        }
        self.proxy = Some(proxy);
    }

    /// Another thumbprint means another certificate: one that was there before goes.
    fn set_certificate(&mut self, value: &str, place: &mut Place<'_>) -> Result<(), Refusal> {
        let sha1 = match value.trim() {
            "" => None,
            text => Some(rules::sha1(text, place)?),
        };
        let mut certificate = self.client_certificate.take().unwrap_or_default();
        if certificate.sha1 != sha1 {
            certificate.chain.clear();
        }
        certificate.sha1 = sha1;
        self.client_certificate = Some(certificate).filter(ClientCertificate::says_something);
        Ok(())
    }

    fn set_entra(
        &mut self,
        key: &str,
        value: &str,
        options: &ReadOptions,
        place: &mut Place<'_>,
    ) -> Result<(), Refusal> {
        let SignIn::Entra(entra) = &mut self.sign_in else {
            return Err(other_sign_in(&self.sign_in));
        };
        match key {
            "sign-in.tenant" => {
                let cloud = entra.cloud();
                let found = rules::authority(value, cloud, &options.trusted_authorities, place)?;
                (entra.tenant, entra.authority) = (found.tenant, found.authority);
                entra.authority_trusted = found.trusted;
            }
            "sign-in.audience" => entra.audience = rules::audience(value, place)?,
            "sign-in.issuer" if value.trim().is_empty() => entra.issuer = None,
            "sign-in.issuer" => entra.issuer = Some(rules::issuer(value, place)?),
            "client-id" => entra.application_id = rules::application_id(value)?,
            "scope" => entra.scope = rules::scope(value)?,
            "redirect-uri" => entra.redirect_uri = rules::redirect_uri(value)?,
            "cache-sign-in" => entra.cache_sign_in = rules::flag(value)?,
            "device-sso" => entra.device_sso = rules::flag(value)?,
            "disable-sso" => entra.disable_sso = rules::flag(value)?,
            "group-token" => entra.group_token = rules::flag(value)?,
            _ => {}
        }
        Ok(())
    }

    fn set_list(
        &mut self,
        key: &str,
        assignment: &Assignment,
        place: &mut Place<'_>,
    ) -> Result<(), Refusal> {
        let operation = assignment.operation;
        let values = assignment
            .value
            .split(',')
            .filter(|value| !value.trim().is_empty());
        match key {
            "server" => {
                let mut servers = Vec::new();
                for value in values {
                    servers.push(self.server_of(value.trim(), place)?);
                }
                change(&mut self.servers, operation, servers);
                if self.servers.is_empty() {
                    return Err(Refusal::new(
                        Fault::Missing,
                        "No server would be left.",
                        "Write at least one host name.",
                    ));
                }
            }
            "dns.servers" => {
                let found = collect(values, |value| rules::dns_server(value, place))?;
                change(&mut self.dns.servers, operation, found);
            }
            "dns.suffixes" => {
                let found = collect(values, |value| rules::suffix(value.trim(), place))?;
                change(&mut self.dns.suffixes, operation, found);
            }
            "peer-fingerprint" => change(
                &mut self.server_check.requirements.fingerprints,
                operation,
                collect(values, fingerprint)?,
            ),
            "routes.include" => change(
                &mut self.include,
                operation,
                collect(values, |value| route(value, place))?,
            ),
            _ => change(
                &mut self.exclude,
                operation,
                collect(values, |value| route(value, place))?,
            ),
        }
        Ok(())
    }

    /// The server that is meant: one that is known, with all that is known of it, or a
    /// new one.
    fn server_of(&mut self, text: &str, place: &mut Place<'_>) -> Result<Server, Refusal> {
        if let Some(known) = self.servers.iter().find(|known| known.to_string() == text) {
            return Ok(known.clone());
        }
        let (server, port) = address_text::server(text, place)?;
        self.port = port.unwrap_or(self.port);
        let same = |known: &&Server| known.to_string() == server.to_string();
        let known = self.servers.iter().find(same).cloned();
        Ok(known.unwrap_or(server))
    }
}

impl Protocol {
    /// Changes one of its keys.
    fn assign(&mut self, key: &Key, assignment: &Assignment) -> Result<(), Refusal> {
        if !key.is_list {
            return self.take(key.name, std::slice::from_ref(&assignment.value));
        }
        let mut texts = self.texts(key.name).unwrap_or_default();
        let values = assignment.value.split(',').map(str::trim);
        let values = values.filter(|value| !value.is_empty());
        let values = values.map(str::to_owned).collect();
        change(&mut texts, assignment.operation, values);
        self.take(key.name, &texts)
    }
}

impl ServerSecret {
    /// Reads 512 hexadecimal digits, as they are or in the lines of OpenVPN's static key
    /// file; white space does not matter.
    ///
    /// # Errors
    /// A [`FieldError`] that says how many digits there are; it never quotes them.
    pub fn from_text(text: &str) -> Result<Self, FieldError> {
        let mut findings = Vec::new();
        let place = &mut Place::new("server-secret", &mut findings);
        rules::secret(&without_frame(text), place)
            .map_err(|refusal| refusal.in_field("server-secret"))
    }

    /// How many hexadecimal digits of a secret stand in a text that is being typed.
    #[must_use]
    pub fn digits_in(text: &str) -> usize {
        let digits = without_frame(text);
        digits.bytes().filter(u8::is_ascii_hexdigit).count()
    }
}

impl ClientKey {
    /// Whether the text is a client's key file for tls-crypt-v2, well or badly made.
    #[must_use]
    pub fn looks_like(text: &str) -> bool {
        text.contains("-----BEGIN OpenVPN tls-crypt-v2 client key-----")
    }

    /// Reads a client's key file for tls-crypt-v2.
    ///
    /// # Errors
    /// A [`FieldError`] that never quotes it.
    pub fn from_text(text: &str) -> Result<Self, FieldError> {
        client_key(text).map_err(|refusal| refusal.in_field("server-secret"))
    }
}

/// The lines of a static key file that hold the key.
fn without_frame(text: &str) -> Zeroizing<String> {
    let mut key = Zeroizing::new(String::with_capacity(text.len()));
    for line in text.lines().map(str::trim) {
        if !line.starts_with('#') && !line.starts_with("-----") {
            key.push_str(line);
        }
    }
    key
}

/// The name as it may stand in a profile, without white space around it: for saving
/// a profile under another name.
///
/// # Errors
/// A [`FieldError`] when it is empty, too long, or holds invisible characters, which
/// could make it look like another or move a terminal's cursor.
///
/// ```
/// assert_eq!(spoke_profile::valid_name(" office ").unwrap(), "office");
/// assert!(spoke_profile::valid_name("off\u{202e}ice").is_err());
/// ```
pub fn valid_name(text: &str) -> Result<String, FieldError> {
    rules::name(text, &mut Place::new("name", &mut Vec::new()))
        .map_err(|refusal| refusal.in_field("name"))
}

/// The certificate in a file that the user gives as root (`--ca FILE`): DER, PEM or
/// bare base64, as DER.
///
/// # Errors
/// A [`FieldError`] when it is none.
pub fn read_certificate(bytes: &[u8]) -> Result<Vec<u8>, FieldError> {
    rules::certificate(bytes).ok_or_else(|| {
        Refusal::invalid(
            "The file is no X.509 certificate.",
            "Give the root certificate as a .pem, .crt or .cer file.",
        )
        .in_field("ca")
    })
}

fn blank_entra() -> Entra {
    Entra {
        tenant: String::new(),
        authority: String::new(),
        authority_trusted: false,
        issuer: None,
        audience: String::new(),
        application_id: None,
        cache_sign_in: true,
        device_sso: false,
        disable_sso: false,
        group_token: false,
        redirect_uri: None,
        scope: None,
    }
}

/// Other words for a key that people try.
fn canonical(key: &str) -> &str {
    match key {
        "servers" => "server",
        "tenant" => "sign-in.tenant",
        "audience" => "sign-in.audience",
        "issuer" => "sign-in.issuer",
        "application-id" | "applicationid" => "client-id",
        "suffixes" => "dns.suffixes",
        "include" => "routes.include",
        "exclude" => "routes.exclude",
        "sign-in.type" | "auth" => "sign-in",
        other => other,
    }
}

fn is_entra_key(key: &str) -> bool {
    matches!(
        key,
        "client-id"
            | "scope"
            | "redirect-uri"
            | "cache-sign-in"
            | "device-sso"
            | "disable-sso"
            | "group-token"
    )
}

fn unknown_key(key: &str) -> FieldError {
    let names: Vec<_> = KEYS.iter().map(|known| known.name).collect();
    Refusal::new(
        Fault::UnknownKey,
        "There is no such key.",
        format!("The keys are: {}.", names.join(", ")),
    )
    .in_field(
        key.chars()
            .filter(|letter| !letter.is_control())
            .take(60)
            .collect::<String>(),
    )
}

fn other_sign_in(sign_in: &SignIn) -> Refusal {
    Refusal::new(
        Fault::Unsupported,
        format!(
            "The profile signs in with `{}`, which has no such setting.",
            sign_in.azure_type()
        ),
        "Change the authentication type first: sign-in=aad, sign-in=cert or sign-in=usernamepass.",
    )
}

fn changed_sign_in(current: &SignIn, value: &str) -> Result<SignIn, Refusal> {
    let wanted = match value.trim().to_ascii_lowercase().as_str() {
        "aad" | "entra" => SignIn::Entra(blank_entra()),
        "cert" | "certificate" => SignIn::Certificate,
        "usernamepass" | "password" | "radius" => SignIn::password(),
        other => {
            return Err(Refusal::new(
                Fault::Unsupported,
                format!(
                    "The authentication type {} is not known.",
                    rules::quoted(other)
                ),
                "Write aad (Microsoft Entra ID), cert or usernamepass.",
            ));
        }
    };
    if wanted.azure_type() == current.azure_type() {
        return Ok(current.clone());
    }
    Ok(wanted)
}

fn port(value: &str) -> Result<u16, Refusal> {
    match value.trim().parse() {
        Ok(number) if number != 0 => Ok(number),
        _ => Err(Refusal::invalid(
            format!("{} is no port.", rules::quoted(value)),
            "Write a number from 1 to 65535; Azure gateways use 443.",
        )),
    }
}

fn name_check(value: &str) -> Result<NameCheck, Refusal> {
    let text = value.trim();
    match text.parse() {
        Ok(check) if !text.chars().any(char::is_control) => Ok(check),
        _ => Err(Refusal::invalid(
            format!("{} says no name.", rules::quoted(text)),
            "Write host, any, name:NAME, name-prefix:TEXT or subject:TEXT.",
        )),
    }
}

fn fingerprint(value: &str) -> Result<Fingerprint, Refusal> {
    value.trim().parse().map_err(|_| {
        Refusal::invalid(
            format!("{} is no SHA-256 fingerprint.", rules::quoted(value)),
            "Write 64 hexadecimal digits, with or without colons between them.",
        )
    })
}

fn flag_or_auto(value: &str) -> Result<Option<bool>, Refusal> {
    if value.trim().is_empty() || value.trim().eq_ignore_ascii_case("auto") {
        return Ok(None);
    }
    rules::flag(value).map(Some)
}

/// `10.1.0.0/16`, or a single address.
fn route(value: &str, place: &mut Place<'_>) -> Result<IpNet, Refusal> {
    match value.trim().split_once('/') {
        Some((address, mask)) => rules::prefix(address, Some(mask), place),
        None => {
            let longest = if value.contains(':') { "128" } else { "32" };
            rules::prefix(value, Some(longest), place)
        }
    }
}

fn collect<'a, T>(
    values: impl Iterator<Item = &'a str>,
    mut rule: impl FnMut(&str) -> Result<T, Refusal>,
) -> Result<Vec<T>, Refusal> {
    let mut found = Vec::new();
    for value in values {
        if found.len() >= limits::LIST_ENTRIES {
            return Err(Refusal::new(
                Fault::TooLarge,
                format!("The list has more than {} entries.", limits::LIST_ENTRIES),
                "Write fewer.",
            ));
        }
        found.push(rule(value)?);
    }
    Ok(found)
}

fn change<T: PartialEq>(list: &mut Vec<T>, operation: Operation, values: Vec<T>) {
    match operation {
        Operation::Remove => list.retain(|kept| !values.contains(kept)),
        Operation::Set | Operation::Add => {
            if operation == Operation::Set {
                list.clear();
            }
            for value in values {
                if !list.contains(&value) {
                    list.push(value);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_with_and_without_its_frame() {
        let plain = "0f".repeat(256);
        let framed = format!(
            "# 2048 bit OpenVPN static key\n-----BEGIN OpenVPN Static key V1-----\n{}\n{}\n\
             -----END OpenVPN Static key V1-----\n",
            &plain[..256],
            &plain[256..]
        );
        let secret = ServerSecret::from_text(&plain).unwrap();
        assert_eq!(secret.expose(), &[0x0f; 256]);
        assert_eq!(ServerSecret::from_text(&framed).unwrap(), secret);
        assert_eq!(
            ServerSecret::from_text(&plain.to_uppercase()).unwrap(),
            secret
        );
        assert_eq!(ServerSecret::digits_in(&framed), 512);
        assert_eq!(ServerSecret::digits_in(" 0f 0fg\n"), 4);
    }

    #[test]
    fn what_is_no_secret_says_why() {
        assert!(ServerSecret::from_text("").is_err());
        assert!(ServerSecret::from_text(&"0f".repeat(255)).is_err());
        for pair in ["zz", "+1", "é"] {
            let text = format!("{}{pair}", "0f".repeat(255));
            assert!(ServerSecret::from_text(&text).is_err(), "{pair}");
        }
    }
}
