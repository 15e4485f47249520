//! Every error that can be caused here, as the window tells it.

mod common;

use common::journey::{Desktop, import, network_as_before};
use serde_json::{Value, json};
use spoke_lab::signin::Refusal;
use spoke_lab::{
    GatewayCertificate, GatewayOptions, LabError, Options, places, quietly, run_program,
};
use spoke_window::Window;
use std::process::Command;
use std::time::Duration;

/// What the window has to say.
struct Expected {
    title: &'static str,
    code: &'static str,
    /// What only this cause has.
    words: &'static str,
    /// What it offers to do.
    act: &'static str,
}

#[test]
fn causes_are_told_with_what_to_do() {
    common::inside(
        "causes_are_told_with_what_to_do",
        || -> Result<(), LabError> {
            let mut desktop = Desktop::set_up(Options::default())?;
            let before = desktop.lab.host_snapshot()?;
            import(&desktop)?;
            let window = desktop.open(&[])?;
            window.press(places::PROFILE)?;

            the_gateways(&mut desktop, &window)?;
            the_sign_ins(&desktop, &window)?;
            the_computers(&desktop, &window)?;
            network_as_before(&desktop, &before)
        },
    );
}

/// What is wrong with the gateway, or with what the profile knows of it.
fn the_gateways(desktop: &mut Desktop, window: &Window) -> Result<(), LabError> {
    desktop.lab.stop_gateway();
    expect(
        window,
        &Expected {
            title: "The gateway cannot be reached",
            code: "gateway_unreachable",
            words: "refused",
            act: "Diagnose",
        },
    )?;
    with_gateway(desktop, |gateway| gateway.other_secret = true)?;
    expect(
        window,
        &Expected {
            title: "The gateway closed the connection",
            code: "gateway_closed",
            words: "secret",
            act: "Diagnose",
        },
    )?;
    with_gateway(desktop, |gateway| {
        gateway.certificate = GatewayCertificate::WrongRoot;
    })?;
    expect(
        window,
        &Expected {
            title: "The gateway’s certificate is not trusted",
            code: "gateway_untrusted",
            words: "root",
            act: "Check profile",
        },
    )?;
    with_gateway(desktop, |gateway| {
        gateway.certificate = GatewayCertificate::Expired;
    })?;
    expect(
        window,
        &Expected {
            title: "The gateway’s certificate is not trusted",
            code: "gateway_untrusted",
            words: "no longer valid",
            act: "Check profile",
        },
    )?;
    with_gateway(desktop, |_| ())
}

/// What is wrong with the sign-in, or with what it gave.
fn the_sign_ins(desktop: &Desktop, window: &Window) -> Result<(), LabError> {
    let sign_in = &desktop.lab.sign_in;
    sign_in.set(|settings| settings.refuse = Some(Refusal::ConditionalAccess));
    expect_after_sign_in(
        desktop,
        window,
        &Expected {
            title: "The sign-in was refused",
            code: "sign_in_refused",
            words: "53003",
            act: "Sign in",
        },
    )?;
    sign_in.set(|settings| {
        settings.refuse = None;
        settings.audience = "00000000-1111-2222-3333-444444444444".to_owned();
    });
    expect_after_sign_in(
        desktop,
        window,
        &Expected {
            title: "The gateway refused your sign-in",
            code: "credentials_refused",
            words: "audience",
            act: "Sign in with another account",
        },
    )?;
    sign_in.set(|settings| places::AUDIENCE.clone_into(&mut settings.audience));
    Ok(())
}

/// What is wrong with the user's computer.
fn the_computers(desktop: &Desktop, window: &Window) -> Result<(), LabError> {
    let file = "/etc/resolv.conf";
    let mount = |arguments: &[&str]| -> Result<(), LabError> {
        let mounted = desktop.lab.user_runs("mount", arguments, quietly)?;
        assert!(mounted.success(), "{mounted:?}");
        Ok(())
    };
    mount(&["--bind", file, file])?;
    mount(&["-o", "remount,bind,ro", file])?;
    window.call("sign_out", &json!({ "account": Value::Null }))?;
    expect_after_sign_in(
        desktop,
        window,
        &Expected {
            title: "This computer’s network could not be set up",
            code: "host_setup",
            words: "resolv.conf",
            act: "Open the log",
        },
    )?;
    let unmounted = desktop.lab.user_runs("umount", &[file], quietly)?;
    assert!(unmounted.success(), "{unmounted:?}");
    Ok(())
}

fn with_gateway(
    desktop: &mut Desktop,
    change: impl FnOnce(&mut GatewayOptions),
) -> Result<(), LabError> {
    let mut options = GatewayOptions::default();
    change(&mut options);
    desktop.lab.start_gateway(&options)
}

fn expect(window: &Window, expected: &Expected) -> Result<(), LabError> {
    begin(window)?;
    judge(window, expected)
}

fn expect_after_sign_in(
    desktop: &Desktop,
    window: &Window,
    expected: &Expected,
) -> Result<(), LabError> {
    begin(window)?;
    let page = window.page_to_open()?;
    let mut browser = Command::new(desktop.lab.home().join("browser"));
    browser.arg(page);
    desktop.screen.dress(&desktop.lab, &mut browser);
    let limit = Duration::from_secs(20);
    run_program(desktop.screen.machine(), browser, limit, quietly)?;
    judge(window, expected)
}

/// Connects by the button there is, after whatever was before.
fn begin(window: &Window) -> Result<(), LabError> {
    let before = connection(window)?;
    let page = window.text()?;
    let offered = ["Try again", "Sign in with another account", "Sign in"];
    let button = offered
        .into_iter()
        .find(|button| page.lines().any(|line| line.trim() == *button));
    window.press(button.unwrap_or("Connect"))?;
    common::until("another attempt has begun", || {
        Ok(connection(window)? != before)
    })
}

fn connection(window: &Window) -> Result<Value, LabError> {
    let picture = window.call("picture", &json!({}))?;
    Ok(picture["state"]["connection"].clone())
}

fn judge(window: &Window, expected: &Expected) -> Result<(), LabError> {
    common::until("the attempt has failed", || {
        Ok(connection(window)?["phase"] == "failed")
    })?;
    window.shows(expected.title)?;
    let code = format!("Code: {}", expected.code);
    let wanted = [code.as_str(), expected.words, expected.act].map(str::to_lowercase);
    let mut page = String::new();
    common::until("the window tells the cause", || {
        page = window.text()?;
        // An attempt that failed at once leaves the details of the one before open.
        if !page.contains("Code: ") {
            window.press("Details")?;
        }
        let shown = page.to_lowercase();
        Ok(wanted.iter().all(|words| shown.contains(words)))
    })
    .map_err(|error| LabError::Other(format!("{error}: {wanted:?} in:\n{page}")))?;
    // Nothing speaks of commands that the window has no use for.
    assert!(!page.contains("spoke connect"), "{page}");
    Ok(())
}
