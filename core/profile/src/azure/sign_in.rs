use super::document::plain;
use crate::cloud::{CLOUDS, Cloud};
use crate::error::{Fault, ReadError, Refusal};
use crate::finding::{Finding, FindingCode, Place};
use crate::model::{ClientCertificate, Entra, SignIn};
use crate::package::ReadOptions;
use crate::rules;
use crate::xml::Element;

/// The authentication types, by what they need.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Entra,
    Certificate,
    Password,
}

/// `clientauth`: how to sign in, and which client certificate to present.
pub(super) fn read(
    root: &Element,
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<(SignIn, Option<ClientCertificate>), ReadError> {
    let Some(section) = root.one(&["clientauth"])? else {
        return Err(Refusal::new(
            Fault::Missing,
            "The profile does not say how to sign in.",
            "Download the package again: Azure portal, your gateway, Point-to-site configuration.",
        )
        .in_element("clientauth"));
    };
    match kind(section, findings)? {
        Kind::Entra => Ok((SignIn::Entra(entra(section, options, findings)?), None)),
        Kind::Certificate => Ok((SignIn::Certificate, certificate(section, findings)?)),
        Kind::Password => Ok((password(section, findings)?, None)),
    }
}

fn kind(section: &Element, findings: &mut Vec<Finding>) -> Result<Kind, ReadError> {
    let Some(element) = section.one(&["type"])? else {
        return infer_kind(section, findings);
    };
    let text = element.text.trim().to_ascii_lowercase();
    let (kind, usual) = match text.as_str() {
        "aad" | "entra" => (Kind::Entra, "aad"),
        "cert" | "certificate" => (Kind::Certificate, "cert"),
        "usernamepass" | "radius" => (Kind::Password, "usernamepass"),
        _ => {
            return Err(Refusal::new(
                Fault::Unsupported,
                format!("The authentication type {} is not known.", rules::quoted(&text)),
                "Spoke signs in with `aad` (Microsoft Entra ID), `cert` (a certificate) or `usernamepass` (RADIUS); change the gateway's authentication type and download the package again.",
            )
            .in_element(&element.path));
        }
    };
    if text != usual {
        Place::new(&element.path, findings).repaired(
            FindingCode::AuthSynonym,
            &format!("The authentication type is written as `{text}`."),
            &format!("It was read as `{usual}`."),
        );
    }
    Ok(kind)
}

/// Without a type, the one block that is filled decides.
fn infer_kind(section: &Element, findings: &mut Vec<Finding>) -> Result<Kind, ReadError> {
    let mut filled = Vec::new();
    for (name, kind) in [
        ("aad", Kind::Entra),
        ("cert", Kind::Certificate),
        ("usernamepass", Kind::Password),
    ] {
        if section.one(&[name])?.is_some() {
            filled.push((name, kind));
        }
    }
    match filled.as_slice() {
        [(name, kind)] => {
            Place::new(section.path_of("type"), findings).repaired(
                FindingCode::AuthInferred,
                "The authentication type is missing.",
                &format!("It was read as `{name}`, the only filled block."),
            );
            Ok(*kind)
        }
        _ => Err(Refusal::new(
            Fault::Missing,
            "The authentication type is missing.",
            "Add `aad`, `cert` or `usernamepass`, or download the package again.",
        )
        .in_element(section.path_of("type"))),
    }
}

fn entra(
    section: &Element,
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<Entra, ReadError> {
    let Some(block) = section.one(&["aad"])? else {
        return Err(Refusal::new(
            Fault::Missing,
            "The authentication type is `aad`, but tenant and audience of Microsoft Entra ID are missing.",
            "Download the package again, or add the aad element with tenant, audience and issuer.",
        )
        .in_element(section.path_of("aad")));
    };
    let audience = required(block, "audience", rules::audience, findings)?;
    let issuer = match block.one(&["issuer"])? {
        Some(element) => {
            let place = &mut Place::new(&element.path, findings);
            let issuer = rules::issuer(&element.text, place)
                .map_err(|refusal| refusal.in_element(&element.path))?;
            Some(issuer)
        }
        None => None,
    };
    let cloud = likely_cloud(&audience, issuer.as_deref());
    let authority = required(
        block,
        "tenant",
        |text, place| rules::authority(text, cloud, &options.trusted_authorities, place),
        findings,
    )?;
    let flag = |name: &str| plain(block, &[name], rules::flag);
    Ok(Entra {
        tenant: authority.tenant,
        authority: authority.authority,
        authority_trusted: authority.trusted,
        issuer,
        audience,
        application_id: plain(block, &["applicationid", "appid"], rules::application_id)?.flatten(),
        cache_sign_in: flag("cachesigninuser")?.unwrap_or(true),
        device_sso: flag("enabledevicesso")?.unwrap_or(false),
        disable_sso: flag("disableSso")?.unwrap_or(false),
        group_token: flag("enablegrouptoken")?.unwrap_or(false),
        redirect_uri: None,
        scope: None,
    })
}

/// A child that must say something; a blank one gets the rule's own complaint.
fn required<T>(
    block: &Element,
    name: &str,
    rule: impl Fn(&str, &mut Place<'_>) -> Result<T, Refusal>,
    findings: &mut Vec<Finding>,
) -> Result<T, ReadError> {
    let (text, path) = match block.one(&[name])? {
        Some(element) => (element.text.as_str(), element.path.clone()),
        None => ("", block.path_of(name)),
    };
    rule(text, &mut Place::new(&path, findings)).map_err(|refusal| refusal.in_element(path))
}

/// The cloud that a bare tenant belongs to.
fn likely_cloud(audience: &str, issuer: Option<&str>) -> &'static Cloud {
    let by_issuer = || {
        CLOUDS.iter().skip(1).find(|cloud| {
            cloud.issuer_host != CLOUDS[0].issuer_host
                && issuer.is_some_and(|issuer| issuer.contains(cloud.issuer_host))
        })
    };
    Cloud::of_manual_app(audience)
        .or_else(by_issuer)
        .unwrap_or(&CLOUDS[0])
}

fn certificate(
    section: &Element,
    findings: &mut Vec<Finding>,
) -> Result<Option<ClientCertificate>, ReadError> {
    let Some(block) = section.one(&["cert"])? else {
        return Ok(None);
    };
    let sha1 = match block.one(&["hash"])? {
        Some(hash) => Some(
            rules::sha1(&hash.text, &mut Place::new(&hash.path, findings))
                .map_err(|refusal| refusal.in_element(&hash.path))?,
        ),
        None => None,
    };
    if let Some(data) = block.one(&["certificatedata"])? {
        Place::new(&data.path, findings).warning(
            FindingCode::CertificateIgnored,
            "The profile carries client certificate data.",
            "It was not kept; choose the certificate on this computer.",
        );
    }
    let certificate = ClientCertificate {
        chain: Vec::new(),
        sha1,
        issuer: plain(block, &["issuer"], rules::text_value)?.flatten(),
    };
    Ok(Some(certificate).filter(ClientCertificate::says_something))
}

fn password(section: &Element, findings: &mut Vec<Finding>) -> Result<SignIn, ReadError> {
    let Some(block) = section.one(&["usernamepass"])? else {
        return Ok(SignIn::password());
    };
    if let Some(password) = block.one(&["password"])? {
        Place::new(&password.path, findings).warning(
            FindingCode::PasswordIgnored,
            "The profile carries a password.",
            "It was not kept; you are asked for it when you connect.",
        );
    }
    Ok(SignIn::Password {
        username: plain(block, &["username"], rules::text_value)?.flatten(),
        static_challenge: None,
    })
}
