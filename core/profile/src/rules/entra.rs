use super::first_party::{refuse_client, refuse_service};
use super::host::check_name;
use super::plain::quoted;
use crate::cloud::{Cloud, MICROSOFT_REGISTERED_APP, is_known_authority};
use crate::entra::is_guid;
use crate::error::{Fault, Refusal};
use crate::finding::{FindingCode, Place};
use url::Url;

/// Where to sign in.
pub(crate) struct Authority {
    pub(crate) tenant: String,
    pub(crate) authority: String,
    pub(crate) trusted: bool,
}

/// `clientauth/aad/tenant`: a sign-in address with a tenant in it, or a bare tenant
/// that `cloud` completes.
///
/// A host that is not Microsoft's is refused unless `trusted` names it: whoever
/// writes a profile would otherwise choose where a password is typed.
pub(crate) fn authority(
    text: &str,
    cloud: &Cloud,
    trusted: &[String],
    place: &mut Place<'_>,
) -> Result<Authority, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Refusal::new(
            Fault::Missing,
            "The tenant is missing: Spoke cannot know where to sign in.",
            "Add it, such as https://login.microsoftonline.com/TENANT-ID, or download the package again.",
        ));
    }
    if !text.contains('/') {
        let tenant = tenant(text, place)?;
        let authority = format!("https://{}/{tenant}", cloud.authority_host());
        place.repaired(
            FindingCode::TenantCompleted,
            "The tenant stands without its sign-in host.",
            &format!("It was read as {authority}."),
        );
        return Ok(Authority {
            tenant,
            authority,
            trusted: false,
        });
    }
    let url = sign_in_url(text)?;
    let (host, tenant) = (host_of(&url), tenant_of(&url, place)?);
    let trusted = trust(&url, &host, trusted, place)?;
    Ok(Authority {
        authority: format!("https://{host}/{tenant}"),
        tenant,
        trusted,
    })
}

fn sign_in_url(text: &str) -> Result<Url, Refusal> {
    let next = "Write it as https://login.microsoftonline.com/TENANT-ID.";
    let url = Url::parse(text)
        .map_err(|_| Refusal::invalid(format!("{} is no web address.", quoted(text)), next))?;
    match url.scheme() {
        "https" => {}
        "http" => {
            return Err(Refusal::new(
                Fault::InsecureAuthority,
                format!(
                    "The sign-in address {} is not encrypted (http).",
                    quoted(text)
                ),
                "Write it with https://, or download the package again; never sign in over http.",
            ));
        }
        _ => {
            return Err(Refusal::invalid(
                format!("{} is no https address.", quoted(text)),
                next,
            ));
        }
    }
    if !url.username().is_empty() || url.password().is_some() || url.host_str().is_none() {
        return Err(Refusal::invalid(
            format!(
                "The sign-in address {} holds more than a host and a tenant.",
                quoted(text)
            ),
            next,
        ));
    }
    Ok(url)
}

fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

fn tenant_of(url: &Url, place: &mut Place<'_>) -> Result<String, Refusal> {
    let mut parts = url.path_segments().into_iter().flatten();
    let text = parts.next().unwrap_or_default();
    if text.is_empty() {
        return Err(Refusal::new(
            Fault::Missing,
            format!(
                "The sign-in address {} names no tenant.",
                quoted(url.as_str())
            ),
            "Write it as https://login.microsoftonline.com/TENANT-ID.",
        ));
    }
    let tenant = tenant(text, place)?;
    if parts.any(|part| !part.is_empty()) || url.query().is_some() || url.fragment().is_some() {
        place.repaired(
            FindingCode::TenantShortened,
            "The sign-in address goes on after the tenant.",
            "What follows the tenant was dropped.",
        );
    }
    Ok(tenant)
}

fn tenant(text: &str, place: &mut Place<'_>) -> Result<String, Refusal> {
    let tenant = text.to_ascii_lowercase();
    if matches!(tenant.as_str(), "common" | "organizations" | "consumers") {
        place.warning(
            FindingCode::TenantShared,
            &format!("The tenant `{tenant}` stands for any tenant; gateways accept tokens of one."),
            "Replace it by the tenant's id: spoke profile set NAME sign-in.tenant=TENANT-ID",
        );
        return Ok(tenant);
    }
    if !is_guid(&tenant) && (!tenant.contains('.') || check_name(&tenant).is_err()) {
        return Err(Refusal::invalid(
            format!("{} is no tenant.", quoted(text)),
            "Write the tenant's id (a GUID) or its domain, such as contoso.onmicrosoft.com.",
        ));
    }
    Ok(tenant)
}

fn trust(
    url: &Url,
    host: &str,
    trusted: &[String],
    place: &mut Place<'_>,
) -> Result<bool, Refusal> {
    if is_known_authority(host) {
        return Ok(false);
    }
    let name = url.host_str().unwrap_or_default();
    let is_trusted = trusted
        .iter()
        .any(|entry| entry.eq_ignore_ascii_case(host) || entry.eq_ignore_ascii_case(name));
    if !is_trusted {
        return Err(Refusal::new(
            Fault::ForeignAuthority {
                host: host.to_owned(),
            },
            format!(
                "{} is not one of Microsoft's sign-in hosts; whoever runs it would see what is typed there.",
                quoted(host)
            ),
            format!("If you know and trust this host, import again with --trust-authority {host}"),
        ));
    }
    place.warning(
        FindingCode::AuthorityTrusted,
        &format!(
            "Sign-in happens at {}, which is not Microsoft's.",
            quoted(host)
        ),
        "You said that you trust this host.",
    );
    Ok(true)
}

/// `clientauth/aad/issuer`, kept as written but for its trailing slash: gateways
/// compare it letter by letter.
pub(crate) fn issuer(text: &str, place: &mut Place<'_>) -> Result<String, Refusal> {
    let text = text.trim();
    let fits = Url::parse(text).is_ok_and(|url| {
        url.scheme() == "https" && url.host_str().is_some() && url.query().is_none()
    });
    if !fits || text.chars().any(|c| c.is_whitespace() || !c.is_ascii()) {
        return Err(Refusal::invalid(
            format!("The issuer {} is no https address.", quoted(text)),
            "Write it as https://sts.windows.net/TENANT-ID/ with the slash at the end.",
        ));
    }
    if text.ends_with('/') || text.ends_with("/v2.0") {
        return Ok(text.to_owned());
    }
    place.repaired(
        FindingCode::IssuerSlash,
        "The issuer has no slash at its end, and gateways compare it letter by letter.",
        "It was added.",
    );
    Ok(format!("{text}/"))
}

/// The tenant that an issuer names.
pub(crate) fn issuer_tenant(issuer: &str) -> Option<String> {
    let url = Url::parse(issuer).ok()?;
    let first = url.path_segments()?.next()?.to_ascii_lowercase();
    (!first.is_empty()).then_some(first)
}

/// `clientauth/aad/audience`: an application id, or an application's URI.
///
/// The token for it is sent to the gateway, so an audience that is one of
/// Microsoft's own services is refused: such a profile would hand the user's
/// mailbox or subscriptions to whoever runs the gateway.
pub(crate) fn audience(text: &str, place: &mut Place<'_>) -> Result<String, Refusal> {
    let trimmed = text.trim();
    let bare = trimmed.strip_suffix("/.default").unwrap_or(trimmed);
    let braced = bare
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
        .filter(|inner| is_guid(inner));
    let bare = braced.unwrap_or(bare);
    if bare.is_empty() {
        return Err(Refusal::new(
            Fault::Missing,
            "The audience is missing: Spoke cannot know which token the gateway wants.",
            format!(
                "Add the audience of the gateway's configuration; Microsoft's own is {MICROSOFT_REGISTERED_APP}."
            ),
        ));
    }
    if bare.len() > 256 || !bare.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Refusal::invalid(
            format!("The audience {} is no application id.", quoted(bare)),
            "Write the application's id (a GUID) or its URI, such as api://GUID.",
        ));
    }
    if bare.len() != text.len() {
        place.repaired(
            FindingCode::AudienceTrimmed,
            &format!("The audience is written as {}.", quoted(text)),
            &format!("It was read as {bare}."),
        );
    }
    refuse_service(bare)?;
    if let Some(cloud) = Cloud::of_manual_app(bare) {
        place.info(
            FindingCode::AudienceRetiring,
            &format!("The audience is the manually registered application of {}, which Microsoft retires in 2028 (public cloud) or 2029.", cloud.name),
            &format!("The gateway's administrator can change the audience to {MICROSOFT_REGISTERED_APP}."),
        );
    }
    if is_guid(bare) {
        return Ok(bare.to_ascii_lowercase());
    }
    Ok(bare.to_owned())
}

/// An application (client) id, which must not be one of Microsoft's own programs.
pub(crate) fn application_id(text: &str) -> Result<Option<String>, Refusal> {
    let text = text.trim().trim_matches(['{', '}']);
    if text.is_empty() {
        return Ok(None);
    }
    if !is_guid(text) {
        return Err(Refusal::invalid(
            format!("{} is no application id.", quoted(text)),
            "Write the GUID that the Azure portal shows as Application (client) ID.",
        ));
    }
    refuse_client(text)?;
    Ok(Some(text.to_ascii_lowercase()))
}

/// A scope override: one scope, of a resource that may be an audience.
pub(crate) fn scope(text: &str) -> Result<Option<String>, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let resource = text.rsplit_once('/').map_or("", |(resource, _)| resource);
    let resource = resource.trim_end_matches('/');
    if resource.is_empty() || text.len() > 300 || !text.bytes().all(|byte| byte.is_ascii_graphic())
    {
        return Err(Refusal::invalid(
            format!("{} is no scope of an application.", quoted(text)),
            "Write one scope with its application, such as api://GUID/.default.",
        ));
    }
    refuse_service(resource)?;
    Ok(Some(text.to_owned()))
}

/// A redirect URI override, which must lead to this computer: anywhere else it would
/// hand the sign-in to someone else.
pub(crate) fn redirect_uri(text: &str) -> Result<Option<String>, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let local = Url::parse(text).is_ok_and(|url| {
        url.scheme() == "http"
            && matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    });
    if !local || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Refusal::invalid(
            format!(
                "The redirect URI {} does not lead to this computer.",
                quoted(text)
            ),
            "Write http://localhost or http://localhost:PORT, as registered for the application.",
        ));
    }
    Ok(Some(text.to_owned()))
}
