use super::directives::{DIRECTIVES, DirectiveGroup, Treatment, group_of};
use super::document::{self, Directive, printable};
use super::draft::{Draft, at};
use super::{connect, credentials, network, protocol, scope, verify};
use crate::certificate::chain_upward;
use crate::check::checked;
use crate::error::{Fault, ReadError, Refusal};
use crate::finding::{FindingCode, Place};
use crate::limits;
use crate::model::{ClientCertificate, Profile, SignIn, Thumbprint, Transport};
use crate::package::{ReadOptions, Reading};
use crate::rules::{self, quoted};
use crate::secret::SecretBytes;
use crate::server_check::ServerCheck;
use zeroize::Zeroizing;

/// What `tun-mtu` is when nobody says it (OpenVPN 2.6).
const USUAL_MTU: u16 = 1500;

/// Directives whose first word is a file's name unless they are a block.
const FILES: [&str; 11] = [
    "auth-user-pass",
    "ca",
    "cert",
    "crl-verify",
    "extra-certs",
    "http-proxy-user-pass",
    "key",
    "pkcs12",
    "tls-auth",
    "tls-crypt",
    "tls-crypt-v2",
];

/// Whether the text is a configuration of OpenVPN, well or badly made.
pub(crate) fn looks_like(text: &str) -> bool {
    document::looks_like(text)
}

/// The files that a configuration names instead of holding their content, as it writes
/// them; an unreadable one names none.
pub(crate) fn needed_files(text: &str) -> Vec<String> {
    let mut needed = Vec::new();
    for directive in document::parse(text).unwrap_or_default() {
        let name = directive.name.as_str();
        let word = match name {
            "http-proxy" | "socks-proxy" => directive
                .word(2)
                .filter(|word| !matches!(*word, "auto" | "auto-nct" | "none" | "basic" | "stdin")),
            _ if directive.inline.is_none() && FILES.contains(&name) => directive.word(0),
            _ => None,
        };
        if let Some(word) = word.filter(|word| *word != "[inline]")
            && !needed.iter().any(|known| known == word)
            && needed.len() < limits::NEEDED_FILES
        {
            needed.push(word.to_owned());
        }
    }
    needed
}

/// Reads a configuration of OpenVPN.
pub(crate) fn read(text: &str, options: &ReadOptions) -> Result<Reading, ReadError> {
    let directives = document::parse(text)?;
    let forgiven = Forgiven::of(&directives);
    let mut draft = Draft::new(options);
    for directive in directives {
        let (directive, optional) = optional(directive);
        // The word of older files for "the block below", which has no room for a direction.
        if directive.word(0) == Some("[inline]") && directive.inline.is_none() {
            if directive.name == "tls-auth" {
                credentials::tls_auth_direction(&mut draft, &directive)
                    .map_err(|refusal| at(&directive, refusal))?;
            }
            continue;
        }
        take(&mut draft, &directive, optional, &forgiven)?;
    }
    finish(draft)
}

/// `setenv opt DIRECTIVE …` is the directive, which need not be known.
fn optional(mut directive: Directive) -> (Directive, bool) {
    let is_optional =
        directive.name == "setenv" && directive.word(0) == Some("opt") && directive.words.len() > 1;
    if is_optional {
        let mut words = directive.words.split_off(1).into_iter();
        directive.name = words.next().unwrap_or_default();
        directive.words = words.collect();
    }
    (directive, is_optional)
}

/// What the file says of directives that may be unknown.
struct Forgiven {
    all: bool,
    names: Vec<String>,
}

impl Forgiven {
    fn of(directives: &[Directive]) -> Self {
        let mut forgiven = Self {
            all: false,
            names: Vec::new(),
        };
        for directive in directives {
            match (directive.name.as_str(), directive.word(0)) {
                ("ignore-unknown-option", _) => {
                    forgiven.names.extend(directive.words.iter().cloned());
                }
                ("setenv", Some("FORWARD_COMPATIBLE")) => {
                    forgiven.all = directive.word(1) == Some("1");
                }
                _ => {}
            }
        }
        forgiven
    }
}

fn take(
    draft: &mut Draft<'_>,
    directive: &Directive,
    optional: bool,
    forgiven: &Forgiven,
) -> Result<(), ReadError> {
    let Some(group) = group_of(&directive.name) else {
        if optional || forgiven.all || forgiven.names.contains(&directive.name) {
            let what = "The directive is not known, and the file says that it need not be.";
            draft.pass_over(directive, what, "It was passed over.");
            return Ok(());
        }
        return Err(at(directive, unknown(directive)));
    };
    match group.treatment {
        Treatment::Refused if is_harmless(directive) => Ok(()),
        Treatment::Refused => Err(at(directive, refused(group))),
        Treatment::Noted => {
            heed(directive)?;
            draft.pass_over(directive, "It was passed over.", group.why);
            Ok(())
        }
        Treatment::Applied
            if directive.connection.is_some() && !scope::may_stand_in(&directive.name) =>
        {
            Err(at(directive, misplaced()))
        }
        Treatment::Applied => {
            scope::note_what_comes_late(draft, directive);
            apply(draft, directive).map_err(|refusal| at(directive, refusal))
        }
    }
}

/// Refused directives in the one form that asks for nothing.
fn is_harmless(directive: &Directive) -> bool {
    match directive.name.as_str() {
        // Level 1 allows no scripts of the user.
        "script-security" => matches!(directive.word(0), Some("0" | "1")),
        "mode" => directive.word(0) == Some("p2p"),
        _ => false,
    }
}

/// Noted directives in the forms that cannot be passed over.
fn heed(directive: &Directive) -> Result<(), ReadError> {
    let fault = match (directive.name.as_str(), directive.word(0)) {
        ("key-method", Some("1")) => "Key method 1 has been broken for long.",
        ("management-external-key" | "management-external-cert", _) => {
            "The key is with another program, which Spoke does not ask."
        }
        _ => return Ok(()),
    };
    let next = "Ask the gateway's administrator for another configuration.";
    Err(at(directive, Refusal::new(Fault::Unsupported, fault, next)))
}

fn apply(draft: &mut Draft<'_>, directive: &Directive) -> Result<(), Refusal> {
    let known = connect::apply(draft, directive)?
        || verify::apply(draft, directive)?
        || credentials::apply(draft, directive)?
        || protocol::apply(draft, directive)?
        || network::apply(draft, directive)?;
    // `connection` alone on a line is no block.
    if known {
        Ok(())
    } else {
        Err(unknown(directive))
    }
}

fn unknown(directive: &Directive) -> Refusal {
    let near = DIRECTIVES
        .iter()
        .flat_map(|group| group.names)
        .find(|name| name.eq_ignore_ascii_case(&directive.name));
    let next = match near {
        Some(name) => format!("Write `{name}`: capitals count."),
        None => format!(
            "Correct line {}, remove it, or put `setenv opt` before it.",
            directive.line
        ),
    };
    Refusal::new(
        Fault::Unsupported,
        format!("OpenVPN has no directive {}.", quoted(&directive.name)),
        next,
    )
}

fn misplaced() -> Refusal {
    Refusal::invalid(
        "It holds for the whole file, and stands inside of a <connection>.",
        "Move it out of the block.",
    )
}

fn refused(group: &DirectiveGroup) -> Refusal {
    Refusal::new(Fault::Unsupported, group.why, group.next)
}

fn finish(mut draft: Draft<'_>) -> Result<Reading, ReadError> {
    complete(&draft)?;
    let remotes = scope::remotes_that_count(&mut draft)?;
    let (remotes, settings) = scope::settle(&mut draft, remotes);
    let servers = connect::servers(&remotes, &draft);
    verify::advise(&mut draft);
    network::without_routes(&mut draft);
    let whole = draft.whole.clone();
    let family = whole.way.and_then(|(_, family)| family);
    let transport = whole.way.map_or(Transport::Udp, |(transport, _)| transport);
    let servers: Vec<_> = servers
        .into_iter()
        .map(|mut server| {
            // The family of the whole file is every server's that has no way of its own.
            if server.transport.is_none() && family.is_some() {
                server.transport = Some(transport);
                server.family = family;
            }
            server
        })
        .collect();
    let host = servers
        .first()
        .map_or_else(String::new, |server| server.host.clone());
    let sign_in = if draft.asks_password {
        SignIn::Password {
            username: draft.username.take(),
            static_challenge: draft.challenge.take(),
        }
    } else {
        SignIn::Certificate
    };
    let client_certificate = client_certificate(&mut draft);
    let profile = Profile {
        name: name(&mut draft, &host),
        servers,
        port: whole.port.unwrap_or(connect::USUAL_PORT),
        transport,
        server_check: ServerCheck {
            root_certificates: std::mem::take(&mut draft.roots),
            requirements: draft.requirements.clone(),
            ..ServerCheck::new(settings.wrapping)
        },
        sign_in,
        client_certificate,
        proxy: settings.proxy,
        protocol: draft.protocol.clone(),
        dns: draft.dns.clone(),
        include: std::mem::take(&mut draft.include),
        exclude: std::mem::take(&mut draft.exclude),
        secondary_profile: None,
        always_on: false,
        mtu: settings.mtu.filter(|&size| size != USUAL_MTU),
    };
    let mut findings = draft.findings;
    let profile = checked(&profile, draft.options, &mut findings).map_err(|errors| {
        let first = errors.into_iter().next();
        first.map_or_else(
            || Refusal::invalid("The profile is not valid.", "Correct the file.").in_element(""),
            |error| ReadError {
                kind: error.kind,
                element: error.field,
                message: error.message,
                next: error.next,
            },
        )
    })?;
    Ok(Reading {
        profile,
        findings,
        secrets: draft.secrets,
    })
}

/// What a configuration of a client cannot do without.
fn complete(draft: &Draft<'_>) -> Result<(), ReadError> {
    let missing = |element: &str, message: &str, next: &str| {
        Err(Refusal::new(Fault::Missing, message, next).in_element(element))
    };
    if !draft.pulls {
        return missing(
            "client",
            "The file asks the gateway for no settings, as one of a client does.",
            "Add a line `client`, or import the configuration of a client.",
        );
    }
    if draft.remotes.is_empty() {
        return missing(
            "remote",
            "The file names no gateway.",
            "Add a line `remote HOST PORT`.",
        );
    }
    // OpenVPN takes the authority from the PKCS#12 where the file names none.
    let mut files = draft.secrets.client_files.iter();
    let packed = files.any(|(place, _)| place.starts_with("pkcs12 "));
    if draft.roots.is_empty() && draft.requirements.fingerprints.is_empty() && !packed {
        return missing(
            "ca",
            "The file does not say which gateway is the right one.",
            "Add the gateway's authority in a block <ca>, or the gateway's peer-fingerprint.",
        );
    }
    if !draft.asks_password && draft.certificate.is_none() {
        return missing(
            "auth-user-pass",
            "The file says no way to sign in.",
            "Add your certificate and key in blocks <cert> and <key>, or a line `auth-user-pass`.",
        );
    }
    Ok(())
}

/// The certificate and those above it. Others lie in the same file, among the extra ones,
/// or among those of the authority.
fn client_certificate(draft: &mut Draft<'_>) -> Option<ClientCertificate> {
    let extra = std::mem::take(&mut draft.extra);
    if !draft.secrets.client_files.is_empty() {
        let files = &mut draft.secrets.client_files;
        files.extend(extra.iter().map(|(place, der)| {
            let der = SecretBytes::new(Zeroizing::new(der.clone()));
            (place.clone(), der)
        }));
    }
    let mut own = draft.certificate.take()?.into_iter();
    let leaf = own.next()?;
    let sha1 = Thumbprint::of(&leaf);
    let others: Vec<Vec<u8>> = own
        .chain(extra.into_iter().map(|(_, der)| der))
        .chain(draft.roots.iter().cloned())
        .collect();
    Some(ClientCertificate {
        chain: chain_upward(leaf, &others),
        sha1: Some(sha1),
        issuer: None,
    })
}

/// The name in the file, else the file's name, else the host's.
fn name(draft: &mut Draft<'_>, host: &str) -> String {
    let options = draft.options;
    let from_file = options.file_name.as_deref().map(|name| {
        let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
        name.rsplit_once('.')
            .map_or(name, |(stem, _)| stem)
            .to_owned()
    });
    let candidates = [draft.name.take(), from_file];
    let findings = &mut draft.findings;
    for candidate in candidates.into_iter().flatten() {
        let mut quiet = Vec::new();
        if let Ok(name) = rules::name(&candidate, &mut Place::new("name", &mut quiet)) {
            return name;
        }
    }
    let is_address = host.parse::<std::net::IpAddr>().is_ok();
    let label = host.split('.').next().unwrap_or(host);
    let name = printable(if is_address { host } else { label });
    Place::new("name", findings).repaired(
        FindingCode::NameMissing,
        "The profile has no name.",
        &format!("It was named {name}; choose another one with --name."),
    );
    name
}
