use super::{client_config, known, server, sign_in};
use crate::error::{Fault, ReadError, Refusal};
use crate::finding::{Finding, FindingCode, Place};
use crate::model::Profile;
use crate::package::{ReadOptions, Reading};
use crate::protocol::Protocol;
use crate::rules;
use crate::xml::{self, Document, Element};

/// Names of the outermost element that are known for a profile.
const ROOTS: [&str; 2] = ["AzVpnProfile", "azurevpnprofile"];
/// Port of every Azure gateway.
const AZURE_PORT: u16 = 443;

/// Whether an element of this name is a profile, or a wrapper around one.
pub(crate) fn is_profile_root(document: &Document) -> bool {
    ROOTS.iter().any(|name| document.root.is(name)) || is_wrapper(&document.root)
}

/// Reads a parsed document as a profile.
pub(crate) fn read_document(
    document: &Document,
    options: &ReadOptions,
    mut findings: Vec<Finding>,
) -> Result<Reading, ReadError> {
    let root = &document.root;
    if ROOTS.iter().any(|name| root.is(name)) {
        let profile = read_profile(root, options, &mut findings)?;
        return Ok(Reading::plain(profile, findings));
    }
    if is_wrapper(root) {
        return read_wrapper(root, options, findings);
    }
    Err(wrong_root(root).in_element(""))
}

fn read_profile(
    root: &Element,
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<Profile, ReadError> {
    known::note_unknown(root, findings);
    note_version(root, findings)?;
    note_duplicates(root, findings);
    let (sign_in, client_certificate) = sign_in::read(root, options, findings)?;
    let (servers, port) = server::servers(root, findings)?;
    let transport = match descend(
        root,
        &["protocolconfig", "sslprotocolConfig", "transportprotocol"],
    )? {
        None => crate::model::Transport::Tcp,
        Some(element) => rules::transport(&element.text, &mut Place::new(&element.path, findings))
            .map_err(|refusal| refusal.in_element(&element.path))?,
    };
    let server_check = server::check(root, options, findings)?;
    let config = client_config::read(root, findings)?;
    Ok(Profile {
        name: name(
            root,
            servers.first().map_or("", |server| &server.host),
            findings,
        )?,
        servers,
        port: port.unwrap_or(AZURE_PORT),
        transport,
        server_check,
        sign_in,
        client_certificate,
        proxy: None,
        protocol: Protocol::default(),
        dns: config.dns,
        include: config.include,
        exclude: config.exclude,
        secondary_profile: secondary(root, findings)?,
        always_on: false,
        mtu: None,
    })
}

/// The one filled element at the end of this way down.
pub(super) fn descend<'a>(
    root: &'a Element,
    way: &[&str],
) -> Result<Option<&'a Element>, ReadError> {
    let mut at = Some(root);
    for name in way {
        at = match at {
            Some(element) => element.one(std::slice::from_ref(name))?,
            None => None,
        };
    }
    Ok(at)
}

/// A child read by a rule that has nothing to note.
pub(super) fn plain<T>(
    parent: &Element,
    names: &[&str],
    rule: impl Fn(&str) -> Result<T, Refusal>,
) -> Result<Option<T>, ReadError> {
    let Some(element) = parent.one(names)? else {
        return Ok(None);
    };
    rule(&element.text)
        .map(Some)
        .map_err(|refusal| refusal.in_element(&element.path))
}

fn name(root: &Element, host: &str, findings: &mut Vec<Finding>) -> Result<String, ReadError> {
    if let Some(element) = root.one(&["name"])? {
        return rules::name(&element.text, &mut Place::new(&element.path, findings))
            .map_err(|refusal| refusal.in_element(&element.path));
    }
    let name = host.split('.').next().unwrap_or(host);
    let name = if host.parse::<std::net::IpAddr>().is_ok() {
        host
    } else {
        name
    };
    Place::new("name", findings).repaired(
        FindingCode::NameMissing,
        "The profile has no name.",
        &format!("It was named {name}; choose another one with --name."),
    );
    Ok(name.to_owned())
}

/// `secondaryProfileName`, where the macOS client writes the word `None`.
fn secondary(root: &Element, findings: &mut Vec<Finding>) -> Result<Option<String>, ReadError> {
    let Some(element) = root.one(&["secondaryProfileName"])? else {
        return Ok(None);
    };
    let name =
        rules::text_value(&element.text).map_err(|refusal| refusal.in_element(&element.path))?;
    if name
        .as_deref()
        .is_some_and(|name| name.eq_ignore_ascii_case("none"))
    {
        Place::new(&element.path, findings).info(
            FindingCode::SecondaryNone,
            "The secondary profile is the word `None`.",
            "It was read as no secondary profile.",
        );
        return Ok(None);
    }
    Ok(name)
}

fn note_version(root: &Element, findings: &mut Vec<Finding>) -> Result<(), ReadError> {
    let Some(element) = root.one(&["version"])? else {
        return Ok(());
    };
    let text = element.text.trim();
    if !matches!(text, "1" | "2") {
        Place::new(&element.path, findings).info(
            FindingCode::NewerVersion,
            &format!(
                "The format version is {}; Spoke knows 1 and 2.",
                rules::quoted(text)
            ),
            "What is known was read; compare the result with the portal.",
        );
    }
    Ok(())
}

/// Notes sections that stand twice and are read all the same.
fn note_duplicates(root: &Element, findings: &mut Vec<Finding>) {
    const SECTIONS: [&str; 6] = [
        "clientauth",
        "clientconfig",
        "name",
        "protocolconfig",
        "serverlist",
        "servervalidation",
    ];
    for section in SECTIONS {
        if root.all(&[section]).count() > 1 {
            Place::new(section, findings).repaired(
                FindingCode::DuplicateElement,
                "The element stands twice, which the macOS client refuses.",
                "The filled one was read; the empty or equal one was dropped.",
            );
        }
    }
}

/// The profile as Windows device management carries it (`VPNv2/ProfileXML`).
fn read_wrapper(
    root: &Element,
    options: &ReadOptions,
    mut findings: Vec<Finding>,
) -> Result<Reading, ReadError> {
    let way = ["PluginProfile", "CustomConfiguration"];
    let Some(custom) = descend(root, &way)? else {
        return Err(Refusal::new(
            Fault::NotAProfile,
            "The file is a Windows MDM VPNProfile without an Azure profile in it.",
            "Import azurevpnconfig.xml from the portal's package instead.",
        )
        .in_element(way.join("/")));
    };
    Place::new("", &mut findings).info(
        FindingCode::Wrapper,
        "The profile is wrapped for Windows device management (Intune).",
        "The Azure profile inside and AlwaysOn were read; the other Windows settings have no meaning here.",
    );
    let embedded;
    let inner = match custom.all(&ROOTS).next() {
        Some(inner) => inner,
        None => {
            embedded =
                xml::parse(&custom.text).map_err(|refusal| refusal.in_element(&custom.path))?;
            &embedded.root
        }
    };
    if !ROOTS.iter().any(|name| inner.is(name)) {
        return Err(wrong_root(inner).in_element(&custom.path));
    }
    let mut profile = read_profile(inner, options, &mut findings)?;
    profile.always_on = plain(root, &["AlwaysOn"], rules::flag)?.unwrap_or(false);
    Ok(Reading::plain(profile, findings))
}

fn is_wrapper(root: &Element) -> bool {
    root.is("VPNProfile") && root.all(&["PluginProfile"]).next().is_some()
}

fn wrong_root(root: &Element) -> Refusal {
    let next = "Import AzureVPN/azurevpnconfig.xml of the portal's package, or the zip as it is.";
    let what = if root.is("VpnProfile") {
        "The file is VpnSettings.xml, the settings for IKEv2 and SSTP, not the Azure VPN profile."
            .to_owned()
    } else if root.is("html") {
        "The file is a web page (HTML), not a profile.".to_owned()
    } else {
        format!(
            "The file is no Azure VPN profile: its outermost element is {} instead of `AzVpnProfile`.",
            rules::quoted(&root.name)
        )
    };
    Refusal::new(Fault::NotAProfile, what, next)
}
