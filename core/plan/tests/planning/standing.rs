//! What of a setup still stands, and whether another program took the rest away.

use super::{Case, ip};
use spoke_plan::{LinkDns, Lost, Platform, Via, Wanted, diff};

#[test]
fn what_went_with_its_link_was_taken_away_by_nobody() {
    let case = Case::new().redirected();
    let mut model = case.model.clone();
    let wanted = case.plan().wanted;
    model.open_device("spoke0");
    for change in diff(&Wanted::nothing(), &wanted) {
        model.apply(&change);
    }
    let physical = |via: &Via| matches!(via, Via::Physical { .. });
    let mut meddled = model.clone();
    meddled.routes.retain(|_, via| !physical(via));
    let (standing, lost) = wanted.standing(&meddled.view());
    assert!(standing != wanted && lost.len() == 1, "{lost:?}");
    meddled.links.retain(|name, _| name == "spoke0");
    let (standing, lost) = wanted.standing(&meddled.view());
    assert!(standing != wanted && lost.is_empty(), "{lost:?}");
}

#[test]
fn a_link_has_its_names_as_long_as_they_are_among_those_that_it_has() {
    let mut case = Case::new().routes(&["10.20.0.0/16"]);
    case.policy.dns_servers = vec![ip("10.20.0.4")];
    case.policy.dns_suffixes = vec!["contoso.internal".to_owned()];
    let mut model = case.model.clone();
    let wanted = case.plan().wanted;
    model.open_device("spoke0");
    for change in diff(&Wanted::nothing(), &wanted) {
        model.apply(&change);
    }
    let lost = |change: &dyn Fn(&mut LinkDns)| {
        let mut meddled = model.clone();
        let links = meddled.resolved.as_mut().unwrap();
        change(links.get_mut("spoke0").unwrap());
        wanted.standing(&meddled.view()).1
    };
    let gone = [Lost::LinkDns("spoke0".to_owned())];
    assert_eq!(lost(&|link| link.servers.insert(0, ip("192.168.1.1"))), []);
    assert_eq!(lost(&|link| link.servers.clear()), gone);
    assert_eq!(
        lost(&|link| link.domains[0].name.make_ascii_uppercase()),
        []
    );
    assert_eq!(lost(&|link| link.domains[0].route_only ^= true), gone);
    assert_eq!(lost(&|link| link.domains.clear()), gone);

    let mut silent = model.view();
    if let Platform::Linux(linux) = &mut silent.platform {
        linux.link_dns = None;
    }
    assert_eq!(wanted.standing(&silent).1, []);
}
