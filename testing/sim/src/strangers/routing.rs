use spoke_plan::HostEvent;
use spoke_plan::darwin::{events, links, routes};
use std::collections::BTreeMap;

/// What a kernel tells of links and routes; the first byte says where it is cut off. What is read before the cut is
/// the same as without it.
pub fn routing_messages(data: &[u8]) {
    let [cut, told @ ..] = data else {
        return;
    };
    let names: BTreeMap<u32, String> = links(told)
        .into_iter()
        .map(|link| (link.index, link.name))
        .chain([(4, "en0".to_owned()), (17, "utun6".to_owned())])
        .collect();
    let all = routes(told, &names);
    for route in &all {
        assert_eq!(route.prefix, route.prefix.trunc());
        let known = |name: &String| names.values().any(|known| known == name);
        assert!(route.interface.as_ref().is_none_or(known));
    }
    let before = told.get(..usize::from(*cut)).unwrap_or(told);
    assert!(all.starts_with(&routes(before, &names)));
    let heard = events(told);
    for event in [HostEvent::Link, HostEvent::Address, HostEvent::Route] {
        assert!(heard.iter().filter(|one| **one == event).count() <= 1);
    }
    assert!(events(before).iter().all(|event| heard.contains(event)));
}
