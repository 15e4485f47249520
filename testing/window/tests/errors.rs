//! Every error that can be caused here, as the window tells it.

mod common;

use common::journey::{Desktop, connected, import, network_as_before};
use serde_json::{Value, json};
use spoke_lab::signin::Refusal;
use spoke_lab::{
    Background, GatewayCertificate, GatewayOptions, LabError, Options, places, quietly, run_program,
};
use spoke_window::Window;
use std::net::{SocketAddrV4, TcpStream};
use std::process::Command;
use std::time::Duration;

const PROXY_PORT: u16 = 3128;
/// Longest that a proxy may take to listen.
const PROXY_START: Duration = Duration::from_secs(10);

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

            the_administrators(&desktop, &window)?;
            the_names(&desktop, &window)?;
            the_gateways(&mut desktop, &window)?;
            the_silent_gateways(&mut desktop, &window)?;
            the_sign_ins(&mut desktop, &window)?;
            the_computers(&desktop, &window)?;
            the_proxys(&desktop, &window)?;
            the_profiles(&desktop, &window)?;
            drop(window);
            the_accounts(&desktop)?;
            network_as_before(&desktop, &before)
        },
    );
}

/// What an administrator has decided: by the service, and where the window locks a control.
fn the_administrators(desktop: &Desktop, window: &Window) -> Result<(), LabError> {
    let policy = desktop.lab.network.client.etc_file("spoke/policy.toml");
    let write = |text: &str| -> Result<(), LabError> {
        let folder = policy.parent().unwrap_or(&policy);
        std::fs::create_dir_all(folder).map_err(LabError::io("make a folder for a policy"))?;
        std::fs::write(&policy, text).map_err(LabError::io("write a policy"))
    };
    write(
        "organisation = \"Contoso IT\"\ncontact = \"it@contoso.example\"\n\
         gateways = [\"*.vpn.azure.com\"]\nforbidden = [\"change-profiles\"]\n\
         [settings]\nsign-in = \"browser\"\n",
    )?;
    window.press("Connect")?;
    window.shows("Your organisation does not allow this")?;
    let refusal = format!(
        "Contoso IT does not allow connections to {}.",
        places::GATEWAY_HOST
    );
    window.shows(&refusal)?;
    window.shows("Questions: it@contoso.example")?;
    window.press("Add")?;
    window.shows("profiles are not added or changed: this was set by Contoso IT.")?;
    window.press("Close")?;
    window.press("Menu")?;
    window.press("Settings")?;
    window.shows("Set by Contoso IT")?;
    let faults = window.accessibility_faults(false)?;
    assert!(faults.is_empty(), "{faults:#?}");
    // Decided no more, as the next choice shows.
    write("")?;
    window.choose("Appearance", "Light")?;
    window.no_longer_shows("Set by Contoso IT")?;
    window.choose("How to sign in", "With a code")?;
    window.shows("You are shown a code")?;
    window.choose("How to sign in", "Automatic")?;
    window.shows("In the browser, or with a code")?;
    window.press(places::PROFILE)
}

/// A gateway that no resolver knows.
fn the_names(desktop: &Desktop, window: &Window) -> Result<(), LabError> {
    set(desktop, &["server=no-such.vpn.lab.example"])?;
    expect(
        window,
        &Expected {
            title: "The gateway’s address was not found",
            code: "gateway_not_found",
            words: "no-such.vpn.lab.example",
            act: "Try again",
        },
    )?;
    set(desktop, &[&format!("server={}", places::GATEWAY_HOST)])
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
    with_gateway(desktop, |gateway| {
        gateway.certificate = GatewayCertificate::WrongName;
    })?;
    expect(
        window,
        &Expected {
            title: "The gateway’s certificate is not trusted",
            code: "gateway_untrusted",
            words: "other.vpn.lab.example",
            act: "Check profile",
        },
    )
}

/// Gateways that stop to answer: before anything else, and within the handshake.
fn the_silent_gateways(desktop: &mut Desktop, window: &Window) -> Result<(), LabError> {
    with_gateway(desktop, |gateway| gateway.silent_at = Some("reset"))?;
    expect(
        window,
        &Expected {
            title: "The gateway does not answer",
            code: "gateway_silent",
            words: "does not answer",
            act: "Import the newest profile",
        },
    )?;
    with_gateway(desktop, |gateway| gateway.silent_at = Some("tls"))?;
    expect(
        window,
        &Expected {
            title: "No secure connection to the gateway",
            code: "tls_failed",
            words: "not finished within 20 s",
            act: "Diagnose",
        },
    )?;
    with_gateway(desktop, |_| ())
}

/// What is wrong with the sign-in, or with what it gave.
fn the_sign_ins(desktop: &mut Desktop, window: &Window) -> Result<(), LabError> {
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
    with_gateway(desktop, |gateway| gateway.silent_at = Some("push"))?;
    expect_after_sign_in(
        desktop,
        window,
        &Expected {
            title: "It took too long",
            code: "timed_out",
            words: "neither accepted nor refused",
            act: "Try again",
        },
    )?;
    // In the gateway's own words.
    with_gateway(desktop, |gateway| {
        gateway.refuse = Some("the hub is closed on Sundays");
    })?;
    expect_after_sign_in(
        desktop,
        window,
        &Expected {
            title: "The gateway refused your sign-in",
            code: "credentials_refused",
            words: "the hub is closed on Sundays",
            act: "Sign in with another account",
        },
    )?;
    with_gateway(desktop, |_| ())
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
    let leaving = json!({ "leaving": { "kind": "everybody" } });
    window.call("sign_out", &leaving)?;
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

/// What is wrong with the proxy on the way, up to the password that it lets pass.
fn the_proxys(desktop: &Desktop, window: &Window) -> Result<(), LabError> {
    let through = |proxy: &str| -> Result<(), LabError> {
        let proxy = format!("proxy=http://{proxy}{}:{PROXY_PORT}", places::SIGN_IN);
        set(desktop, &[&proxy])
    };
    through("")?;
    let proxy = start_proxy(desktop, "ConnectPort 25\n")?;
    expect(
        window,
        &Expected {
            title: "The gateway cannot be reached",
            code: "gateway_unreachable",
            words: "403",
            act: "Diagnose",
        },
    )?;
    drop(proxy);
    through("ana@")?;
    let _proxy = start_proxy(desktop, "ConnectPort 443\nBasicAuth ana secret\n")?;
    let before = connection(window)?;
    window.press("Try again")?;
    window.shows("User name and password")?;
    window.shows(&format!("{}:{PROXY_PORT}", places::SIGN_IN))?;
    window.fill("Password", "a guess")?;
    window.press("Sign in")?;
    begun(window, &before)?;
    judge(
        window,
        &Expected {
            title: "The proxy would not let it through",
            code: "proxy_refused",
            words: "password",
            act: "Edit profile",
        },
    )?;
    window.press("Try again")?;
    window.fill("Password", "secret")?;
    window.press("Sign in")?;
    sign_in_when_asked(desktop, window, "connected")?;
    connected(window)?;
    // While there is still a proxy: without it the connection is lost, and the page is another.
    window.press("Disconnect")?;
    window.shows("Not connected")
}

/// What the profile allows the gateway, and a name that another program takes meanwhile.
fn the_profiles(desktop: &Desktop, window: &Window) -> Result<(), LabError> {
    set(desktop, &["proxy=", "pull-filter=reject route"])?;
    expect(
        window,
        &Expected {
            title: "The gateway said something unexpected",
            code: "protocol_error",
            words: "which the profile rejects",
            act: "Diagnose",
        },
    )?;
    set(desktop, &["pull-filter=", "session-timeout=2"])?;
    expect(
        window,
        &Expected {
            title: "The session has ended",
            code: "session_ended",
            words: "as long as it may",
            act: "Try again",
        },
    )?;
    set(desktop, &["session-timeout="])?;
    window.press("More actions")?;
    window.press("Rename")?;
    window.fill("New name", "north")?;
    let taken = desktop
        .lab
        .spoke(&["profile", "duplicate", places::PROFILE, "north"])?;
    assert!(taken.success(), "{taken:?}");
    window.press("Rename")?;
    window.shows("There is already a profile north.")?;
    window.press("Details")?;
    window.shows("Code: conflict")?;
    window.press("Cancel")
}

/// A service that this account of the computer may not speak with.
fn the_accounts(desktop: &Desktop) -> Result<(), LabError> {
    let mode = |mode: &str| -> Result<(), LabError> {
        let arguments = [mode, "/run/spoke/spoke.sock"];
        let changed = desktop.lab.user_runs("chmod", &arguments, quietly)?;
        assert!(changed.success(), "{changed:?}");
        Ok(())
    };
    mode("0")?;
    let window = Window::open_unprivileged(&desktop.lab, &desktop.screen)?;
    window.shows("You may not use the Spoke service")?;
    window.shows("You may not open the daemon's socket /run/spoke/spoke.sock.")?;
    mode("666")?;
    window.no_longer_shows("You may not use the Spoke service")
}

fn set(desktop: &Desktop, settings: &[&str]) -> Result<(), LabError> {
    let command = [&["profile", "set", places::PROFILE], settings].concat();
    let set = desktop.lab.spoke(&command)?;
    assert!(set.success(), "{set:?}");
    Ok(())
}

/// Starts a proxy at the sign-in server's address, which knows where the gateway is.
fn start_proxy(desktop: &Desktop, more: &str) -> Result<Background, LabError> {
    let home = desktop.lab.home();
    let (config, hosts) = (home.join("tinyproxy.conf"), home.join("hosts"));
    let text = format!(
        "Port {PROXY_PORT}\nListen {}\nTimeout 600\nMaxClients 20\n{more}",
        places::SIGN_IN
    );
    std::fs::write(&config, text).map_err(LabError::io("configure a proxy"))?;
    let name = format!("{} {}\n", places::GATEWAY, places::GATEWAY_HOST);
    std::fs::write(&hosts, name).map_err(LabError::io("tell a proxy of the gateway"))?;
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "sh", "-c"])
        .arg("mount --bind \"$0\" /etc/hosts && exec tinyproxy -d -c \"$1\"")
        .args([hosts, config]);
    let machine = &desktop.lab.network.internet;
    let mut proxy = Background::start(machine, command, home.join("proxy.log"))?;
    proxy.wait_until("listening", PROXY_START, |_| {
        let address = SocketAddrV4::new(places::SIGN_IN, PROXY_PORT);
        matches!(machine.run(move || TcpStream::connect(address)), Ok(Ok(_)))
    })?;
    Ok(proxy)
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
    sign_in_when_asked(desktop, window, "failed")?;
    judge(window, expected)
}

/// Signs in whenever the app wants a page for it to be opened, until the connection is in
/// this phase.
fn sign_in_when_asked(desktop: &Desktop, window: &Window, phase: &str) -> Result<(), LabError> {
    common::until(&format!("it is {phase}"), || {
        if let Some(page) = window.pages().take() {
            let mut browser = Command::new(desktop.lab.home().join("browser"));
            browser.arg(page);
            desktop.screen.dress(&desktop.lab, &mut browser);
            let limit = Duration::from_secs(20);
            run_program(desktop.screen.machine(), browser, limit, quietly)?;
        }
        Ok(connection(window)?["phase"] == phase)
    })
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
    begun(window, &before)
}

/// Waits until there is another attempt than the one before.
fn begun(window: &Window, before: &Value) -> Result<(), LabError> {
    common::until("another attempt has begun", || {
        Ok(connection(window)? != *before)
    })
    .map_err(|error| {
        let page = window.text().unwrap_or_default();
        LabError::Other(format!("{error}; the page shows:\n{page}"))
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
