//! Bad things: each must end with the right exit code, a sentence that names the
//! cause and a next step, and the user's network as it was.

mod common;

use spoke_lab::{
    Finished, GatewayCertificate, GatewayOptions, Lab, LabError, Options, Snapshot, places,
};

/// Longer than the daemon waits at any stage: what is told is its own finding.
const PATIENCE: &str = "60s";

/// What a failed attempt must look like.
struct Expected {
    exits: &'static [i32],
    /// One of these must be in the text.
    words: &'static [&'static str],
}

const UNREACHABLE: &[i32] = &[6];
const REFUSED: &[i32] = &[7];
/// This computer's network could not be set up.
const HOST: &[i32] = &[8];

fn attempt(test: &str, options: Options, expected: &Expected) {
    spoke_lab::test_inside(test, || -> Result<(), LabError> {
        let mut lab = Lab::up(options)?;
        let before = lab.host_snapshot()?;
        common::ready_to_connect(&mut lab)?;
        let failed = lab.spoke(&["connect", "--timeout", PATIENCE])?;
        judge(&lab, &failed, expected);
        all_as_before(&lab, &before)
    });
}

fn judge(lab: &Lab, failed: &Finished, expected: &Expected) {
    let code = failed.code().unwrap_or(-1);
    let text = format!("{}{}", failed.stdout, failed.stderr);
    assert!(
        expected.exits.contains(&code),
        "exit code {code}:\n{text}\n{}\n{}",
        lab.daemon_log(),
        lab.gateway_log()
    );
    let lower = text.to_lowercase();
    assert!(
        expected.words.iter().any(|word| lower.contains(word)),
        "none of {:?} in:\n{text}",
        expected.words
    );
    assert!(text.contains("spoke "), "no next command in:\n{text}");
}

fn all_as_before(lab: &Lab, before: &Snapshot) -> Result<(), LabError> {
    let disconnected = lab.spoke(&["disconnect"])?;
    assert!(disconnected.success(), "{disconnected:?}");
    let difference = before.difference(&lab.host_snapshot()?);
    assert!(difference.is_empty(), "the network changed:\n{difference}");
    Ok(())
}

fn with_gateway(change: impl FnOnce(&mut GatewayOptions)) -> Options {
    let mut options = Options::default();
    change(&mut options.gateway);
    options
}

#[test]
fn a_wrong_server_secret() {
    attempt(
        "a_wrong_server_secret",
        with_gateway(|gateway| gateway.other_secret = true),
        &Expected {
            exits: UNREACHABLE,
            words: &["secret"],
        },
    );
}

#[test]
fn a_wrong_root() {
    attempt(
        "a_wrong_root",
        with_gateway(|gateway| gateway.certificate = GatewayCertificate::WrongRoot),
        &Expected {
            exits: REFUSED,
            words: &["root"],
        },
    );
}

#[test]
fn a_wrong_name() {
    attempt(
        "a_wrong_name",
        with_gateway(|gateway| gateway.certificate = GatewayCertificate::WrongName),
        &Expected {
            exits: REFUSED,
            words: &["other.vpn.lab.example"],
        },
    );
}

#[test]
fn an_expired_certificate() {
    attempt(
        "an_expired_certificate",
        with_gateway(|gateway| gateway.certificate = GatewayCertificate::Expired),
        &Expected {
            exits: REFUSED,
            words: &["no longer valid"],
        },
    );
}

#[test]
fn a_refused_token() {
    let mut options = Options::default();
    options.sign_in.audience = "00000000-1111-2222-3333-444444444444".to_owned();
    attempt(
        "a_refused_token",
        options,
        &Expected {
            exits: REFUSED,
            words: &["audience"],
        },
    );
}

#[test]
fn a_refusal_with_a_reason() {
    attempt(
        "a_refusal_with_a_reason",
        with_gateway(|gateway| gateway.refuse = Some("the hub is closed on Sundays")),
        &Expected {
            exits: REFUSED,
            words: &["closed on sundays"],
        },
    );
}

#[test]
fn a_sign_in_that_entra_refuses() {
    let mut options = Options::default();
    options.sign_in.refuse = Some(spoke_lab::signin::Refusal::ConditionalAccess);
    attempt(
        "a_sign_in_that_entra_refuses",
        options,
        &Expected {
            exits: &[5],
            words: &["53003"],
        },
    );
}

#[test]
fn no_gateway_at_all() {
    spoke_lab::test_inside("no_gateway_at_all", || -> Result<(), LabError> {
        let mut lab = Lab::without_gateway(Options::default())?;
        let before = lab.host_snapshot()?;
        common::ready_to_connect(&mut lab)?;
        let failed = lab.spoke(&["connect", "--timeout", PATIENCE])?;
        let expected = Expected {
            exits: UNREACHABLE,
            words: &[places::GATEWAY_HOST, "refused", "azuregateway"],
        };
        judge(&lab, &failed, &expected);
        all_as_before(&lab, &before)
    });
}

#[test]
fn a_host_whose_names_cannot_be_changed() {
    spoke_lab::test_inside(
        "a_host_whose_names_cannot_be_changed",
        || -> Result<(), LabError> {
            let mut lab = Lab::up(Options::default())?;
            for arguments in [
                &["--bind", "/etc/resolv.conf", "/etc/resolv.conf"][..],
                &["-o", "remount,bind,ro", "/etc/resolv.conf"][..],
            ] {
                let mounted = lab.user_runs("mount", arguments, |_| ())?;
                assert!(mounted.success(), "{mounted:?}");
            }
            let before = lab.host_snapshot()?;
            common::ready_to_connect(&mut lab)?;
            let failed = lab.spoke(&["connect", "--timeout", PATIENCE])?;
            let expected = Expected {
                exits: HOST,
                words: &["resolv.conf"],
            };
            judge(&lab, &failed, &expected);
            all_as_before(&lab, &before)
        },
    );
}

/// One test for each stage at which the gateway closes, and at which it falls silent.
macro_rules! stages {
    ($($stage:literal: $closing:ident $closed:literal, $silent:ident $late:literal $words:literal;)*) => {$(
        #[test]
        fn $closing() {
            attempt(
                stringify!($closing),
                with_gateway(|gateway| gateway.close_at = Some($stage)),
                &Expected { exits: &[$closed], words: &["closed"] },
            );
        }

        #[test]
        fn $silent() {
            attempt(
                stringify!($silent),
                with_gateway(|gateway| gateway.silent_at = Some($stage)),
                &Expected { exits: &[$late], words: &[$words] },
            );
        }
    )*};
}

stages! {
    "accept": closing_on_accept 6, silent_on_accept 6 "does not answer";
    "reset": closing_on_the_first_packet 6, silent_on_the_first_packet 6 "does not answer";
    "tls": closing_on_the_tls_hello 6, silent_on_the_tls_hello 7 "not finished within 20 s";
    "key_exchange": closing_on_the_key_exchange 7, silent_on_the_key_exchange 124 "neither accepted nor refused";
    "push": closing_before_the_configuration 7, silent_before_the_configuration 124 "neither accepted nor refused";
}
