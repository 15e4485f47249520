use crate::finding::{Finding, FindingCode, Place};
use crate::xml::Element;

/// Every element that profiles are known to have, by parent (lower case).
const KNOWN: [(&str, &[&str]); 19] = [
    (
        "",
        &[
            "any",
            "clientauth",
            "clientconfig",
            "highavailability",
            "name",
            "protocolconfig",
            "secondaryprofilename",
            "serverlist",
            "servervalidation",
            "version",
        ],
    ),
    ("clientauth", &["aad", "cert", "type", "usernamepass"]),
    (
        "clientauth/aad",
        &[
            "appid",
            "applicationid",
            "audience",
            "cachesigninuser",
            "disablesso",
            "enabledevicesso",
            "enablegrouptoken",
            "issuer",
            "tenant",
        ],
    ),
    (
        "clientauth/cert",
        &["certificatedata", "ekulist", "hash", "issuer"],
    ),
    ("clientauth/usernamepass", &["password", "username"]),
    (
        "clientconfig",
        &[
            "dnsservers",
            "dnsssuffixes",
            "dnssuffixes",
            "excluderoutes",
            "includeroutes",
        ],
    ),
    ("clientconfig/dnsservers", &["dnsserver", "dnsserverentry"]),
    ("clientconfig/dnsservers/dnsserverentry", &["dnsserver"]),
    (
        "clientconfig/dnssuffixes",
        &["dnsssuffix", "dnssuffix", "dnssuffixentry"],
    ),
    ("clientconfig/dnsssuffixes", &["dnsssuffix", "dnssuffix"]),
    (
        "clientconfig/dnssuffixes/dnssuffixentry",
        &["dnsssuffix", "dnssuffix"],
    ),
    ("clientconfig/excluderoutes", &["route"]),
    ("clientconfig/excluderoutes/route", &["destination", "mask"]),
    ("clientconfig/includeroutes", &["route"]),
    ("clientconfig/includeroutes/route", &["destination", "mask"]),
    ("protocolconfig", &["sslprotocolconfig"]),
    ("protocolconfig/sslprotocolconfig", &["transportprotocol"]),
    ("serverlist", &["serverentry"]),
    ("serverlist/serverentry", &["displayname", "fqdn"]),
];

/// Children of `servervalidation`, where `usepinnedroot` is seen at two levels.
const SERVER_VALIDATION: [(&str, &[&str]); 2] = [
    (
        "servervalidation",
        &["cert", "serversecret", "type", "usepinnedroot"],
    ),
    (
        "servervalidation/cert",
        &[
            "certificatedata",
            "ekulist",
            "hash",
            "issuer",
            "usepinnedroot",
        ],
    ),
];

/// Notes every element that no list knows, but not what is inside it.
pub(super) fn note_unknown(root: &Element, findings: &mut Vec<Finding>) {
    note_in(root, "", findings);
}

fn note_in(element: &Element, path: &str, findings: &mut Vec<Finding>) {
    let Some((_, known)) = KNOWN
        .iter()
        .chain(&SERVER_VALIDATION)
        .find(|(parent, _)| *parent == path)
    else {
        return;
    };
    for child in &element.children {
        let name = child.name.to_ascii_lowercase();
        if known.contains(&name.as_str()) {
            let path = if path.is_empty() {
                name
            } else {
                format!("{path}/{name}")
            };
            note_in(child, &path, findings);
        } else {
            Place::new(&child.path, findings).warning(
                FindingCode::UnknownElement,
                "Spoke does not know this element.",
                "It was ignored; the rest of the profile was read.",
            );
        }
    }
}
