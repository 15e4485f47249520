//! Routes that the network itself tells this host of, by DHCP or as a router.

use super::support::{known, net};
use super::{Case, tunnelled};
use spoke_plan::{Notice, reaches_gateway};

#[test]
fn a_route_by_dhcp_for_a_part_of_the_tunnel_does_not_win() {
    let mut case = Case::new().routes(&["10.20.0.0/16"]);
    let mut rogue = known("10.20.5.0/24", Some("192.168.1.66"), "eth0");
    rogue.announced = true;
    case.model.foreign.push(rogue);
    let planned = case.plan();
    assert_eq!(
        tunnelled(&planned),
        ["10.20.0.0/16", "10.20.5.0/24", "172.16.201.0/24"]
    );
    let told = Notice::Announced {
        prefix: net("10.20.5.0/24"),
        interface: "eth0".to_owned(),
    };
    assert_eq!(planned.notices, [told]);
}

#[test]
fn a_route_by_dhcp_with_the_best_metric_is_beaten_by_longer_ones() {
    let mut case = Case::new().redirected();
    let mut rogue = known("0.0.0.0/1", Some("192.168.1.66"), "eth0");
    rogue.announced = true;
    rogue.metric = 0;
    case.model.foreign.push(rogue);
    assert_eq!(
        tunnelled(&case.plan()),
        [
            "0.0.0.0/1",
            "0.0.0.0/2",
            "64.0.0.0/2",
            "128.0.0.0/1",
            "172.16.201.0/24"
        ]
    );
}

#[test]
fn one_address_with_the_best_metric_cannot_be_outdone_and_is_told() {
    let mut case = Case::new().routes(&["10.20.0.0/16"]);
    let mut rogue = known("10.20.0.4/32", Some("192.168.1.66"), "eth0");
    rogue.announced = true;
    rogue.metric = 0;
    case.model.foreign.push(rogue);
    let planned = case.plan();
    let told = Notice::NotOutdone {
        prefix: net("10.20.0.4/32"),
        interface: "eth0".to_owned(),
    };
    assert_eq!(planned.notices, [told]);
}

#[test]
fn routes_that_somebody_chose_and_neighbours_are_left_alone() {
    let mut case = Case::new().redirected();
    let mut router = known("192.168.1.1/32", None, "eth0");
    router.announced = true;
    let chosen = known("10.20.5.0/24", Some("192.168.1.2"), "eth0");
    case.model.foreign.extend([router, chosen]);
    let planned = case.plan();
    assert_eq!(
        tunnelled(&planned),
        ["0.0.0.0/1", "128.0.0.0/1", "172.16.201.0/24"]
    );
}

#[test]
fn a_host_without_a_network_has_no_way_to_the_gateway() {
    let mut case = Case::new().redirected();
    assert!(case.situation(reaches_gateway));
    case.model.foreign.clear();
    assert!(!case.situation(reaches_gateway));
}
