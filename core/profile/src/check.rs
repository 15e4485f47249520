use crate::address_text;
use crate::azure::options_of;
use crate::entra::is_guid;
use crate::error::{Fault, FieldError, Refusal};
use crate::finding::{Finding, FindingCode, Place};
use crate::limits;
use crate::model::{Dns, Entra, Profile, Server, SignIn, Thumbprint};
use crate::package::ReadOptions;
use crate::protocol::Protocol;
use crate::protocol_settings::PROTOCOL_KEYS;
use crate::roots::embedded_root;
use crate::rules;
use crate::server_check::CertificateRequirements;
use ipnet::IpNet;

impl Profile {
    /// Checks every field by the rules that files are read with, for profiles made
    /// by hand.
    ///
    /// # Errors
    /// One [`FieldError`] for each field that cannot stand.
    pub fn validate(&self) -> Result<Vec<Finding>, Vec<FieldError>> {
        let mut findings = Vec::new();
        checked(self, &options_of(self), &mut findings)?;
        Ok(findings)
    }

    /// The profile with every field in its normal form, and what was changed or is
    /// worth a warning: `spoke profile check --fix`.
    ///
    /// # Errors
    /// One [`FieldError`] for each field that cannot stand.
    pub fn normalised(&self) -> Result<(Self, Vec<Finding>), Vec<FieldError>> {
        let mut findings = Vec::new();
        let profile = checked(self, &options_of(self), &mut findings)?;
        Ok((profile, findings))
    }
}

/// The profile in normal form; trusts no sign-in host but those of `options`.
pub(crate) fn checked(
    profile: &Profile,
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<Profile, Vec<FieldError>> {
    let mut check = Check {
        findings,
        errors: Vec::new(),
    };
    let mut normal = profile.clone();
    if let Some(name) = check.field("name", |place| rules::name(&profile.name, place)) {
        normal.name = name;
    }
    normal.servers = check.servers(profile);
    if profile.port == 0 {
        check.fail(
            "port",
            Refusal::invalid("0 is no port.", "Azure gateways use 443."),
        );
    }
    if let Some(mtu) = profile.mtu {
        check.field("mtu", |_| rules::mtu(&mtu.to_string()));
    }
    check.server_check(&mut normal);
    match &mut normal.sign_in {
        SignIn::Entra(entra) => check.entra(entra, options),
        SignIn::Certificate => {}
        SignIn::Password {
            username,
            static_challenge,
        } => {
            check.line("username", username);
            if let Some(challenge) = static_challenge {
                check.field("static-challenge", |_| rules::text_value(&challenge.text));
            }
        }
    }
    check.client_certificate(&mut normal);
    if let Some(proxy) = normal.proxy.take() {
        normal.proxy = check.field("proxy", |place| address_text::checked_proxy(proxy, place));
    }
    check.protocol(&mut normal.protocol);
    check.dns(&mut normal.dns);
    normal.include = check.routes("routes.include", &profile.include);
    normal.exclude = check.routes("routes.exclude", &profile.exclude);
    check.line("secondary", &mut normal.secondary_profile);
    if !check.errors.is_empty() {
        return Err(check.errors);
    }
    advise(&normal, findings);
    Ok(normal)
}

/// What is valid, but may not work as its author thinks; the fields must be in
/// normal form.
pub(crate) fn advise(profile: &Profile, findings: &mut Vec<Finding>) {
    advise_on_root(profile, findings);
    if let SignIn::Entra(entra) = &profile.sign_in {
        advise_on_issuer(entra, findings);
    }
    if profile.dns.servers.is_empty() && !profile.dns.suffixes.is_empty() {
        Place::new("dns.suffixes", findings).info(
            FindingCode::SuffixWithoutServer,
            "The profile names DNS suffixes but no DNS server.",
            "They are used with the servers that the gateway pushes.",
        );
    }
    for route in profile
        .include
        .iter()
        .filter(|route| profile.exclude.contains(route))
    {
        Place::new("routes.exclude", findings).warning(
            FindingCode::RouteBoth,
            &format!("{route} is both included and excluded."),
            "It stays out of the tunnel; remove it from one list.",
        );
    }
    let routes = profile.include.len() + profile.exclude.len();
    if routes > limits::AZURE_ROUTES {
        Place::new("routes.include", findings).warning(
            FindingCode::RoutesMany,
            &format!(
                "The profile has {routes} routes; Azure gateways serve {}.",
                limits::AZURE_ROUTES
            ),
            "Summarise them into larger prefixes.",
        );
    }
    if is_full_tunnel(&profile.include) {
        Place::new("routes.include", findings).info(
            FindingCode::FullTunnel,
            "The profile sends all traffic into the tunnel.",
            "An Azure gateway leads to the internet only where its network provides a way out.",
        );
    }
}

fn advise_on_root(profile: &Profile, findings: &mut Vec<Finding>) {
    let check = &profile.server_check;
    if check.requirements.own_roots_only {
        return;
    }
    let Some(sha1) = check.root_sha1 else {
        Place::new("root", findings).info(
            FindingCode::NoPinnedRoot,
            "The profile pins no root certificate.",
            "Any root certificate that this computer trusts is accepted; the name in the certificate is checked.",
        );
        return;
    };
    if check.use_pinned_root == Some(false) {
        Place::new("pin-root", findings).info(
            FindingCode::RootNotPinned,
            "The profile switches the pinning of its root certificate off.",
            "Any root certificate that this computer trusts is accepted; the name in the certificate is checked.",
        );
        return;
    }
    let came_along = check
        .root_certificates
        .iter()
        .any(|der| Thumbprint::of(der) == sha1);
    if embedded_root(sha1).is_none() && !came_along {
        Place::new("root", findings).info(
            FindingCode::RootUnknown,
            &format!("The pinned root certificate {sha1} is not one that Spoke carries."),
            "It is looked up in this computer's store; if it is not there: spoke profile set NAME --ca FILE",
        );
    }
    if check.server_name.is_some() {
        Place::new("server-name", findings).info(
            FindingCode::ServerNameOverride,
            "The profile replaces the name that the gateway's certificate must carry.",
            "Only that name is accepted.",
        );
    }
}

fn advise_on_issuer(entra: &Entra, findings: &mut Vec<Finding>) {
    match entra.issuer.as_deref().map(rules::issuer_tenant) {
        None => Place::new("sign-in.issuer", findings).info(
            FindingCode::IssuerMissing,
            "The profile names no issuer.",
            &format!("{} is expected.", entra.expected_issuer()),
        ),
        Some(Some(tenant))
            if is_guid(&tenant) && is_guid(&entra.tenant) && tenant != entra.tenant =>
        {
            Place::new("sign-in.issuer", findings).warning(
                FindingCode::IssuerOtherTenant,
                &format!("The issuer names the tenant {tenant}, sign-in happens in {}.", entra.tenant),
                "The gateway will refuse such tokens; compare both with the gateway's configuration.",
            );
        }
        Some(_) => {}
    }
    let ids = entra.client_ids();
    let misfit = entra
        .application_id
        .as_ref()
        .is_some_and(|id| ids.first() != Some(id));
    if misfit {
        Place::new("client-id", findings).warning(
            FindingCode::ClientIdUnusual,
            "The profile names a client that Microsoft lets ask for no token of this audience (AADSTS650057).",
            "The audience itself is tried first as the client.",
        );
    }
}

/// Whether two entries lead to the same server in the same way.
fn same_way(one: &Server, other: &Server) -> bool {
    let way = |server: &Server| (server.port, server.transport, server.family);
    one.host == other.host && way(one) == way(other)
}

/// A default route, or the two halves that stand for one.
fn is_full_tunnel(routes: &[IpNet]) -> bool {
    let has = |text: &str| routes.iter().any(|route| route.to_string() == text);
    routes.iter().any(|route| route.prefix_len() == 0) || (has("0.0.0.0/1") && has("128.0.0.0/1"))
}

struct Check<'a> {
    findings: &'a mut Vec<Finding>,
    errors: Vec<FieldError>,
}

impl Check<'_> {
    fn fail(&mut self, field: &str, refusal: Refusal) {
        self.errors.push(refusal.in_field(field));
    }

    fn field<T>(
        &mut self,
        field: &str,
        rule: impl FnOnce(&mut Place<'_>) -> Result<T, Refusal>,
    ) -> Option<T> {
        match rule(&mut Place::new(field, self.findings)) {
            Ok(value) => Some(value),
            Err(refusal) => {
                self.fail(field, refusal);
                None
            }
        }
    }

    /// Free text on one line, `None` when blank.
    fn line(&mut self, field: &str, value: &mut Option<String>) {
        let Some(text) = value.as_deref() else {
            return;
        };
        if let Some(normal) = self.field(field, |_| rules::text_value(text)) {
            *value = normal;
        }
    }

    fn servers(&mut self, profile: &Profile) -> Vec<Server> {
        let servers = &profile.servers;
        if servers.is_empty() {
            let refusal = Refusal::new(
                Fault::Missing,
                "The profile names no server to connect to.",
                "Write the gateway's host name, such as azuregateway-….vpn.azure.com.",
            );
            self.fail("server", refusal);
        }
        let mut normal = Vec::<Server>::new();
        self.bounded("server", servers.len(), limits::SERVERS);
        for server in servers.iter().take(limits::SERVERS) {
            let Some(host) = self.field("server", |place| rules::host(server.host.trim(), place))
            else {
                continue;
            };
            let mut display_name = server.display_name.clone();
            self.line("server", &mut display_name);
            let server = Server {
                host,
                display_name,
                port: server.port.filter(|&port| port != 0),
                // A family alone would have no word for itself.
                transport: server
                    .transport
                    .or(server.family.map(|_| profile.transport)),
                family: server.family,
            };
            if normal.iter().all(|known| !same_way(known, &server)) {
                normal.push(server);
            }
        }
        normal
    }

    fn client_certificate(&mut self, profile: &mut Profile) {
        let Some(certificate) = &mut profile.client_certificate else {
            return;
        };
        self.line("client-certificate-issuer", &mut certificate.issuer);
        let chain = &certificate.chain;
        let is_whole = |der: &Vec<u8>| rules::certificate(der).as_ref() == Some(der);
        if chain.len() > limits::CHAIN_CERTIFICATES || !chain.iter().all(is_whole) {
            let refusal = Refusal::invalid(
                "The client certificate of the profile cannot be read.",
                "Import it again.",
            );
            self.fail("client-certificate", refusal);
        }
        if let Some(der) = chain.first() {
            certificate.sha1 = Some(Thumbprint::of(der));
        }
        if !certificate.says_something() {
            profile.client_certificate = None;
        }
    }

    fn protocol(&mut self, protocol: &mut Protocol) {
        for key in PROTOCOL_KEYS {
            let texts = protocol.texts(key).unwrap_or_default();
            self.field(key, |_| protocol.take(key, &texts));
        }
    }

    fn requirements(&mut self, requirements: &CertificateRequirements) {
        let name = requirements.name.to_string();
        if name.parse() != Ok(requirements.name.clone()) || name.chars().any(char::is_control) {
            let refusal = Refusal::invalid(
                "The name that the gateway's certificate must have is empty or holds a control character.",
                "Write host, any, name:NAME, name-prefix:TEXT or subject:TEXT.",
            );
            self.fail("certificate-name", refusal);
        }
        let fingerprints = requirements.fingerprints.len();
        self.bounded("peer-fingerprint", fingerprints, limits::CERTIFICATE_RULES);
        let others = requirements.issuer_digests.len() + requirements.revocation_lists.len();
        self.bounded("verify-hash", others, limits::CERTIFICATE_RULES);
    }

    fn server_check(&mut self, profile: &mut Profile) {
        let check = &mut profile.server_check;
        if let Some(name) = check.server_name.clone() {
            check.server_name = self.field("server-name", |place| rules::host(name.trim(), place));
        }
        let roots = check.root_certificates.len();
        let all_good = check
            .root_certificates
            .iter()
            .all(|der| rules::certificate(der).as_ref() == Some(der));
        if !all_good || roots > limits::ROOT_CERTIFICATES {
            let refusal = Refusal::invalid(
                "The root certificates of the profile cannot be read.",
                "Give the root certificate again: spoke profile set NAME --ca FILE",
            );
            self.fail("ca", refusal);
        }
        let requirements = check.requirements.clone();
        self.requirements(&requirements);
    }

    fn entra(&mut self, entra: &mut Entra, options: &ReadOptions) {
        let cloud = entra.cloud();
        let authority = entra.authority.clone();
        let trusted = &options.trusted_authorities;
        let normal = self.field("sign-in.tenant", |place| {
            rules::authority(&authority, cloud, trusted, place)
        });
        if let Some(normal) = normal {
            entra.tenant = normal.tenant;
            entra.authority = normal.authority;
            entra.authority_trusted = normal.trusted;
        }
        let audience = entra.audience.clone();
        if let Some(normal) = self.field("sign-in.audience", |place| {
            rules::audience(&audience, place)
        }) {
            entra.audience = normal;
        }
        if let Some(issuer) = entra.issuer.clone() {
            entra.issuer = self.field("sign-in.issuer", |place| rules::issuer(&issuer, place));
        }
        if let Some(id) = entra.application_id.clone() {
            entra.application_id = self
                .field("client-id", |_| rules::application_id(&id))
                .flatten();
        }
        if let Some(uri) = entra.redirect_uri.clone() {
            entra.redirect_uri = self
                .field("redirect-uri", |_| rules::redirect_uri(&uri))
                .flatten();
        }
        if let Some(scope) = entra.scope.clone() {
            entra.scope = self.field("scope", |_| rules::scope(&scope)).flatten();
        }
    }

    fn dns(&mut self, dns: &mut Dns) {
        dns.servers = self.list("dns.servers", &dns.servers, |server, place| {
            rules::dns_server(&server.to_string(), place)
        });
        dns.suffixes = self.list("dns.suffixes", &dns.suffixes, |suffix, place| {
            rules::suffix(suffix, place)
        });
    }

    fn routes(&mut self, field: &str, routes: &[IpNet]) -> Vec<IpNet> {
        self.list(field, routes, |route, place| {
            let (address, length) = (route.addr().to_string(), route.prefix_len().to_string());
            rules::prefix(&address, Some(&length), place)
        })
    }

    /// A list with each value once.
    fn list<T: PartialEq>(
        &mut self,
        field: &str,
        values: &[T],
        rule: impl Fn(&T, &mut Place<'_>) -> Result<T, Refusal>,
    ) -> Vec<T> {
        let mut normal = Vec::new();
        self.bounded(field, values.len(), limits::LIST_ENTRIES);
        for value in values.iter().take(limits::LIST_ENTRIES) {
            match self.field(field, |place| rule(value, place)) {
                Some(value) if !normal.contains(&value) => normal.push(value),
                Some(_) | None => {}
            }
        }
        normal
    }

    fn bounded(&mut self, field: &str, length: usize, most: usize) {
        if length > most {
            let refusal = Refusal::new(
                Fault::TooLarge,
                format!("The list has {length} entries; at most {most} are read."),
                "Remove some, or summarise routes into larger prefixes.",
            );
            self.fail(field, refusal);
        }
    }
}
