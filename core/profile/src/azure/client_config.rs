use crate::error::{Fault, ReadError, Refusal};
use crate::finding::{Finding, FindingCode, Place};
use crate::limits;
use crate::model::Dns;
use crate::rules;
use crate::xml::Element;
use ipnet::IpNet;

/// What `clientconfig` adds to the settings that the gateway pushes.
#[derive(Default)]
pub(super) struct ClientConfig {
    pub(super) dns: Dns,
    pub(super) include: Vec<IpNet>,
    pub(super) exclude: Vec<IpNet>,
}

/// Reads `clientconfig`; all of it is optional.
pub(super) fn read(root: &Element, findings: &mut Vec<Finding>) -> Result<ClientConfig, ReadError> {
    let Some(section) = root.one(&["clientconfig"])? else {
        return Ok(ClientConfig::default());
    };
    let mut config = ClientConfig::default();
    for element in leaves(section, &["dnsservers"], &["dnsserver"])? {
        let server = rules::dns_server(&element.text, &mut Place::new(&element.path, findings))
            .map_err(|refusal| refusal.in_element(&element.path))?;
        push_new(&mut config.dns.servers, server);
    }
    let (lists, entries) = (["dnssuffixes", "dnsssuffixes"], ["dnssuffix", "dnsssuffix"]);
    for element in leaves(section, &lists, &entries)? {
        let place = &mut Place::new(&element.path, findings);
        if element.is("dnsssuffix") {
            place.repaired(
                FindingCode::SuffixTypo,
                "The element is misspelt `dnsssuffix`, as some macOS clients save it.",
                "It was read as dnssuffix.",
            );
        }
        let suffix = rules::suffix(&element.text, place)
            .map_err(|refusal| refusal.in_element(&element.path))?;
        push_new(&mut config.dns.suffixes, suffix);
    }
    config.include = routes(section, "includeroutes", findings)?;
    config.exclude = routes(section, "excluderoutes", findings)?;
    Ok(config)
}

/// The filled elements named `entries`, at any depth inside the lists.
fn leaves<'a>(
    section: &'a Element,
    lists: &'a [&'a str],
    entries: &[&str],
) -> Result<Vec<&'a Element>, ReadError> {
    let mut found = Vec::new();
    let mut waiting: Vec<&Element> = section.all(lists).collect();
    waiting.reverse();
    while let Some(element) = waiting.pop() {
        let is_entry = entries.iter().any(|name| element.is(name));
        if is_entry && !element.nil && !element.text.trim().is_empty() {
            found.push(element);
        }
        waiting.extend(element.children.iter().rev());
    }
    match found.get(limits::LIST_ENTRIES) {
        None => Ok(found),
        Some(element) => Err(too_many().in_element(&element.path)),
    }
}

fn routes(
    section: &Element,
    list: &str,
    findings: &mut Vec<Finding>,
) -> Result<Vec<IpNet>, ReadError> {
    let mut routes = Vec::new();
    let Some(list) = section.one(&[list])? else {
        return Ok(routes);
    };
    for element in list.all(&["route"]).filter(|route| !route.is_blank()) {
        if routes.len() >= limits::LIST_ENTRIES {
            return Err(too_many().in_element(&element.path));
        }
        let route = route(element, findings)?;
        push_new(&mut routes, route);
    }
    Ok(routes)
}

fn route(element: &Element, findings: &mut Vec<Finding>) -> Result<IpNet, ReadError> {
    let destinations: Vec<_> = element
        .all(&["destination"])
        .filter(|destination| !destination.is_blank())
        .collect();
    let destination = match destinations.as_slice() {
        [destination] => *destination,
        [] => {
            return Err(Refusal::new(
                Fault::Missing,
                "The route has no destination.",
                "Add a network address such as 10.1.0.0, or remove the route.",
            )
            .in_element(element.path_of("destination")));
        }
        several => {
            return Err(Refusal::new(
                Fault::Duplicate,
                format!(
                    "The route has {} destinations; a route has one.",
                    several.len()
                ),
                "Write a route element for each destination.",
            )
            .in_element(&element.path));
        }
    };
    let mask = element.one(&["mask"])?;
    let path = match mask {
        Some(mask) if !destination.text.contains('/') && is_address(&destination.text) => {
            &mask.path
        }
        _ => &destination.path,
    };
    rules::prefix(
        &destination.text,
        mask.map(|mask| mask.text.as_str()),
        &mut Place::new(path, findings),
    )
    .map_err(|refusal| refusal.in_element(path))
}

fn is_address(text: &str) -> bool {
    text.trim().parse::<std::net::IpAddr>().is_ok()
}

fn too_many() -> Refusal {
    Refusal::new(
        Fault::TooLarge,
        format!("The list has more than {} entries.", limits::LIST_ENTRIES),
        "Summarise the routes into larger prefixes.",
    )
}

fn push_new<T: PartialEq>(list: &mut Vec<T>, value: T) {
    if !list.contains(&value) {
        list.push(value);
    }
}
