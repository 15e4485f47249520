//! A first gateway that is not there: the next of the list, and the secondary profile's.

mod common;

use spoke_lab::{Finished, Lab, LabError, Options, places};

/// An address of the documentation range that nothing answers at.
const NOWHERE: &str = "192.0.2.66";

fn works(lab: &Lab, arguments: &[&str]) -> Result<Finished, LabError> {
    let done = lab.spoke(arguments)?;
    assert!(done.success(), "{done:?}\n{}", lab.daemon_log());
    Ok(done)
}

/// A lab whose profile names a gateway that nothing leads to.
fn with_dead_gateway() -> Result<Lab, LabError> {
    let mut lab = Lab::up(Options::default())?;
    let client = &lab.network.client;
    client.ip(&format!("route add unreachable {NOWHERE}/32"))?;
    common::ready_to_connect(&mut lab)?;
    Ok(lab)
}

#[test]
fn the_next_gateway_of_the_list() {
    spoke_lab::test_inside(
        "the_next_gateway_of_the_list",
        || -> Result<(), LabError> {
            let lab = with_dead_gateway()?;
            let first = format!("server={NOWHERE}");
            let next = format!("server+={}", places::GATEWAY_HOST);
            works(&lab, &["profile", "set", places::PROFILE, &first])?;
            works(&lab, &["profile", "set", places::PROFILE, &next])?;
            works(&lab, &["connect", places::PROFILE, "--timeout", "30s"])?;
            let status = works(&lab, &["status"])?.stdout;
            assert!(status.contains("(secondary)"), "{status}");
            works(&lab, &["disconnect"])?;
            Ok(())
        },
    );
}

#[test]
fn the_gateway_of_the_secondary_profile() {
    spoke_lab::test_inside(
        "the_gateway_of_the_secondary_profile",
        || -> Result<(), LabError> {
            let lab = with_dead_gateway()?;
            let before = lab.host_snapshot()?;
            let only = format!("server={NOWHERE}");
            works(&lab, &["profile", "duplicate", places::PROFILE, "west"])?;
            works(&lab, &["profile", "set", places::PROFILE, &only])?;
            works(&lab, &["profile", "set", places::PROFILE, "secondary=west"])?;
            works(&lab, &["connect", places::PROFILE, "--timeout", "30s"])?;
            let status = works(&lab, &["status"])?.stdout;
            for word in [places::PROFILE, "secondary profile west"] {
                assert!(status.contains(word), "no {word} in:\n{status}");
            }
            works(&lab, &["disconnect", places::PROFILE])?;
            let difference = before.difference(&lab.host_snapshot()?);
            assert!(difference.is_empty(), "{difference}");
            Ok(())
        },
    );
}
