use super::document::Directive;
use super::scope::Scope;
use crate::error::{Fault, ReadError, Refusal};
use crate::finding::{Finding, FindingCode, Place};
use crate::model::{AddressFamily, Dns, StaticChallenge, Transport};
use crate::package::{ReadOptions, Secrets};
use crate::protocol::Protocol;
use crate::server_check::CertificateRequirements;
use crate::wrapping::Digest;
use ipnet::IpNet;
use zeroize::Zeroizing;

/// How packets travel, as `proto` says it.
pub(super) type Way = (Transport, Option<AddressFamily>);

/// A `remote`.
#[derive(Clone)]
pub(super) struct Remote {
    /// The directive that it is, for findings.
    pub(super) place: String,
    pub(super) host: String,
    pub(super) port: Option<u16>,
    pub(super) way: Option<Way>,
    pub(super) connection: Option<usize>,
}

/// Everything that was read so far.
pub(super) struct Draft<'a> {
    pub(super) options: &'a ReadOptions,
    pub(super) findings: Vec<Finding>,
    pub(super) pulls: bool,
    pub(super) name: Option<String>,
    pub(super) remotes: Vec<Remote>,
    /// The one way to travel that is left of all remotes' (`proto-force`).
    pub(super) forced: Option<Transport>,
    pub(super) whole: Scope,
    pub(super) connections: Vec<Scope>,
    pub(super) roots: Vec<Vec<u8>>,
    pub(super) requirements: CertificateRequirements,
    pub(super) digest: Digest,
    /// Whether the file is to have a client certificate, and its chain when it is there.
    pub(super) certificate: Option<Vec<Vec<u8>>>,
    /// Those of `extra-certs`, with the place that they came from.
    pub(super) extra: Vec<(String, Vec<u8>)>,
    pub(super) asks_password: bool,
    pub(super) username: Option<String>,
    pub(super) challenge: Option<StaticChallenge>,
    pub(super) secrets: Secrets,
    pub(super) protocol: Protocol,
    pub(super) dns: Dns,
    /// Where `route-noexec` stands.
    pub(super) no_routes: Option<String>,
    pub(super) include: Vec<IpNet>,
    pub(super) exclude: Vec<IpNet>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(options: &'a ReadOptions) -> Self {
        Self {
            options,
            findings: Vec::new(),
            pulls: false,
            name: None,
            remotes: Vec::new(),
            forced: None,
            whole: Scope::default(),
            connections: Vec::new(),
            roots: Vec::new(),
            requirements: CertificateRequirements {
                name: crate::server_check::NameCheck::Any,
                own_roots_only: true,
                ..CertificateRequirements::default()
            },
            digest: Digest::Sha1,
            certificate: None,
            extra: Vec::new(),
            asks_password: false,
            username: None,
            challenge: None,
            secrets: Secrets::default(),
            protocol: Protocol {
                fallback_cipher: None,
                digest: Digest::Sha1,
                ..Protocol::default()
            },
            dns: Dns::default(),
            no_routes: None,
            include: Vec::new(),
            exclude: Vec::new(),
        }
    }

    /// Where findings about a directive are written down.
    pub(super) fn place(&mut self, directive: &Directive) -> Place<'_> {
        Place::new(directive.place(), &mut self.findings)
    }

    /// A note that a directive, or a part of it, is passed over.
    pub(super) fn pass_over(&mut self, directive: &Directive, what: &str, why: &str) {
        self.place(directive)
            .info(FindingCode::DirectiveIgnored, what, why);
    }

    /// The scope that a directive stands in. A connection begins with what the lines before it say.
    pub(super) fn scope(&mut self, directive: &Directive) -> &mut Scope {
        match directive.connection {
            None => &mut self.whole,
            Some(number) => {
                if self.connections.len() <= number {
                    let begins = self.whole.begin_connection();
                    self.connections.resize(number + 1, begins);
                }
                &mut self.connections[number]
            }
        }
    }

    /// What holds for a remote.
    pub(super) fn scope_of(&self, remote: &Remote) -> &Scope {
        let own = remote
            .connection
            .and_then(|number| self.connections.get(number));
        own.unwrap_or(&self.whole)
    }

    /// What a block holds, or the file that stands in its place.
    ///
    /// # Errors
    /// When there is neither a block nor a name, or the file is not there.
    pub(super) fn content(&self, directive: &Directive) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        if let Some(inline) = &directive.inline {
            return Ok(Zeroizing::new(inline.as_bytes().to_vec()));
        }
        let Some(path) = directive.word(0) else {
            return Err(needs(directive, "a file's name, or a block"));
        };
        let file = self.options.files.iter().find(|(name, _)| name == path);
        let (_, bytes) = file.ok_or_else(|| {
            Refusal::new(
                Fault::Missing,
                format!("The file {} is not beside the profile.", crate::rules::quoted(path)),
                "Put it into the profile's folder, write its name alone, and import the profile from there.",
            )
        })?;
        Ok(Zeroizing::new(bytes.expose().to_vec()))
    }

    /// The same as text.
    ///
    /// # Errors
    /// As [`Draft::content`], or when it is none.
    pub(super) fn text(&self, directive: &Directive) -> Result<Zeroizing<String>, Refusal> {
        let bytes = self.content(directive)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| {
            Refusal::new(
                Fault::NotText,
                "Its file is no text.",
                "Give it in PEM, between lines of BEGIN and END.",
            )
        })?;
        Ok(Zeroizing::new(text.to_owned()))
    }
}

/// The first word of a directive that needs one.
pub(super) fn first<'d>(directive: &'d Directive, what: &str) -> Result<&'d str, Refusal> {
    directive.word(0).ok_or_else(|| needs(directive, what))
}

pub(super) fn needs(directive: &Directive, what: &str) -> Refusal {
    Refusal::new(
        Fault::Missing,
        format!("The directive needs {what}."),
        format!("Complete line {}, or remove it.", directive.line),
    )
}

/// A fault in a directive, at its place.
pub(super) fn at(directive: &Directive, refusal: Refusal) -> ReadError {
    refusal.in_element(directive.place())
}
