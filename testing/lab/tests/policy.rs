//! What an administrator forbids is refused by the service, whatever program asks.

mod common;

use spoke_lab::{Lab, LabError, Options, places};
use std::fs;

fn decide(lab: &Lab, policy: &str) -> Result<(), LabError> {
    let file = lab.network.client.etc_file("spoke/policy.toml");
    let doing = || LabError::io(format!("write {}", file.display()));
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(doing())?;
    }
    fs::write(&file, policy).map_err(doing())
}

#[test]
fn a_gateway_that_is_not_among_the_allowed_ones() {
    spoke_lab::test_inside(
        "a_gateway_that_is_not_among_the_allowed_ones",
        || -> Result<(), LabError> {
            let mut lab = Lab::up(Options::default())?;
            common::ready_to_connect(&mut lab)?;
            decide(
                &lab,
                "organisation = \"Contoso IT\"\ngateways = [\"gw.contoso.com\"]\n",
            )?;
            for command in [&["connect"][..], &["probe"]] {
                let refused = lab.spoke(command)?;
                assert_eq!(refused.code(), Some(11), "{refused:?}");
                for words in ["Contoso IT", places::GATEWAY_HOST, "spoke policy show"] {
                    assert!(refused.stderr.contains(words), "no {words} in {refused:?}");
                }
            }
            let allowed = format!("gateways = [\"{}\"]\n", places::GATEWAY_HOST);
            decide(&lab, &format!("{allowed}[settings]\nlockdown = \"true\"\n"))?;
            let connected = lab.spoke(&["connect"])?;
            assert!(connected.success(), "{connected:?}");
            let set = lab.spoke(&["settings", "set", "lockdown=false"])?;
            assert_eq!(set.code(), Some(11), "{set:?}");
            let status = lab.spoke(&["status"])?;
            assert!(status.stdout.contains("lockdown"), "{status:?}");
            let disconnected = lab.spoke(&["disconnect"])?;
            assert!(disconnected.success(), "{disconnected:?}");
            Ok(())
        },
    );
}
