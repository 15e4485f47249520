use super::document::{descend, plain};
use crate::error::{Fault, ReadError, Refusal};
use crate::finding::{Finding, FindingCode, Place};
use crate::limits;
use crate::model::Server;
use crate::package::ReadOptions;
use crate::rules;
use crate::server_check::ServerCheck;
use crate::wrapping::ControlWrapping;
use crate::xml::Element;

/// `serverlist`, and the port when one is written with a host name.
pub(super) fn servers(
    root: &Element,
    findings: &mut Vec<Finding>,
) -> Result<(Vec<Server>, Option<u16>), ReadError> {
    let list_path = root.path_of("serverlist");
    let none = || {
        Refusal::new(
            Fault::Missing,
            "The profile names no server to connect to.",
            "Add a ServerEntry with the gateway's host name in fqdn, or download the package again.",
        )
    };
    let Some(list) = root.one(&["serverlist"])? else {
        return Err(none().in_element(missing_host(root, &list_path)));
    };
    let (mut servers, mut ports) = (Vec::<Server>::new(), Vec::new());
    for entry in list.all(&["ServerEntry"]) {
        let Some(fqdn) = entry.one(&["fqdn"])? else {
            Place::new(&entry.path, findings).repaired(
                FindingCode::ServerEmpty,
                "The server entry has no host name.",
                "It was dropped.",
            );
            continue;
        };
        let server = rules::host_and_port(&fqdn.text, &mut Place::new(&fqdn.path, findings))
            .map_err(|refusal| refusal.in_element(&fqdn.path))?;
        ports.push(server.port);
        let display_name = plain(entry, &["displayname"], rules::text_value)?
            .flatten()
            .filter(|name| !name.eq_ignore_ascii_case(&server.host));
        if servers.iter().all(|known| known.host != server.host) {
            servers.push(Server {
                display_name,
                ..Server::new(server.host)
            });
        }
    }
    if servers.is_empty() {
        return Err(none().in_element(list_path));
    }
    if servers.len() > limits::SERVERS {
        return Err(Refusal::new(
            Fault::TooLarge,
            format!(
                "The profile names {} servers; at most {} are read.",
                servers.len(),
                limits::SERVERS
            ),
            "Remove some of them in an editor.",
        )
        .in_element(list_path));
    }
    let port = one_port(&ports).map_err(|refusal| refusal.in_element(list_path))?;
    Ok((servers, port))
}

/// The most telling path when the list is blank: the host name's, where it stands.
fn missing_host(root: &Element, list_path: &str) -> String {
    let entry = root
        .all(&["serverlist"])
        .flat_map(|list| &list.children)
        .next();
    match entry {
        Some(entry) => entry.path_of("fqdn"),
        None => list_path.to_owned(),
    }
}

fn one_port(ports: &[Option<u16>]) -> Result<Option<u16>, Refusal> {
    let first = ports.first().copied().flatten();
    if ports
        .iter()
        .any(|port| port.unwrap_or(443) != first.unwrap_or(443))
    {
        return Err(Refusal::new(
            Fault::Unsupported,
            "The servers are written with different ports.",
            "Use one port for all servers, or one profile for each.",
        ));
    }
    Ok(first)
}

/// `servervalidation`.
pub(super) fn check(
    root: &Element,
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<ServerCheck, ReadError> {
    let section = root.one(&["servervalidation"])?;
    let secret_path = match root.all(&["servervalidation"]).next() {
        Some(section) => section.path_of("serversecret"),
        None => "servervalidation/serversecret".to_owned(),
    };
    let secret = match section
        .map(|section| section.one(&["serversecret"]))
        .transpose()?
        .flatten()
    {
        Some(element) => rules::secret(&element.text, &mut Place::new(&element.path, findings))
            .map_err(|refusal| refusal.in_element(&element.path))?,
        None => match &options.server_secret {
            Some(secret) => {
                Place::new(&secret_path, findings).info(
                    FindingCode::SecretSupplied,
                    "The file has no server secret.",
                    "The one that you gave was taken.",
                );
                secret.clone()
            }
            None => return Err(missing_secret().in_element(secret_path)),
        },
    };
    let mut check = ServerCheck::new(ControlWrapping::azure(secret));
    let Some(section) = section else {
        return Ok(check);
    };
    if let Some(hash) = descend(section, &["cert", "hash"])? {
        check.root_sha1 = rules::sha1(&hash.text, &mut Place::new(&hash.path, findings))
            .map(Some)
            .map_err(|refusal| refusal.in_element(&hash.path))?;
    }
    check.use_pinned_root = match plain(section, &["usepinnedroot"], rules::flag)? {
        Some(flag) => Some(flag),
        None => section
            .one(&["cert"])?
            .map(|cert| plain(cert, &["usepinnedroot"], rules::flag))
            .transpose()?
            .flatten(),
    };
    if let Some(data) = descend(section, &["cert", "certificatedata"])? {
        match rules::certificate(data.text.as_bytes()) {
            Some(der) => check.root_certificates.push(der),
            None => Place::new(&data.path, findings).warning(
                FindingCode::RootIgnored,
                "The certificate data is no X.509 certificate.",
                "It was ignored; give the root with: spoke profile set NAME --ca FILE",
            ),
        }
    }
    Ok(check)
}

fn missing_secret() -> Refusal {
    Refusal::new(
        Fault::Missing,
        "The server secret is missing: the gateway answers nobody without it.",
        "Download the package again, or add the secret with `--server-secret-file FILE` when you have it.",
    )
}
