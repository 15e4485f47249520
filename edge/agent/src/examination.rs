//! Looks over this computer, as far as its user may, for `spoke doctor`.

use crate::client_certificate::client_key;
use crate::daemon::DaemonClient;
use crate::http::HttpClient;
use crate::inquiry::{host_network, state_of};
use crate::keyring::Keyring;
use crate::paths::Paths;
use crate::problems::strange_answer;
use crate::prompt::Unattended;
use crate::settings::is_trusted;
use spoke_api::{ProbeReport, Problem, Request, Response};
use spoke_diagnose::{Examination, ProfileFacts, read_http_date};
use spoke_profile::{Profile, SignIn};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What tunnels are opened with on Linux.
const TUN: &str = "/dev/net/tun";
/// The folder that is there wherever such devices may be.
const DEVICES: &str = "/dev/net";
/// The sign-in server of most profiles.
const MICROSOFT: &str = "https://login.microsoftonline.com/";

/// Finds out how this computer stands, and a profile with its gateway. Changes nothing.
pub async fn look_over(
    paths: &Paths,
    version: &str,
    daemon: &Result<DaemonClient, Problem>,
    profile: Option<&Profile>,
) -> Examination {
    let keyring = Keyring::choose(paths).await;
    let authority = profile.and_then(authority_of);
    let (clock, answers, probe) = tokio::join!(
        clock(authority.as_deref().unwrap_or(MICROSOFT)),
        async {
            match daemon {
                Ok(daemon) => (state_of(daemon).await.ok(), host_network(daemon).await.ok()),
                Err(_) => (None, None),
            }
        },
        async {
            let (Ok(daemon), Some(profile), Ok(keyring)) = (daemon, profile, &keyring) else {
                return None;
            };
            Some(probe(daemon, profile, keyring).await)
        },
    );
    let (state, network) = answers;
    Examination {
        version: version.to_owned(),
        daemon: Some(match daemon {
            Ok(daemon) => Ok(daemon.daemon().version.clone()),
            Err(problem) => Err(problem.clone()),
        }),
        state,
        network,
        tunnel_device: tunnel_device(),
        keyring: Some(keyring.map(|keyring| (keyring.describe(), !keyring.forgets(true)))),
        clock: Some(clock),
        proxy: proxy_of_environment(),
        profile: profile.map(|profile| ProfileFacts {
            probe,
            ..profile_facts(profile)
        }),
    }
}

/// Tests a profile's gateway; changes nothing on the host.
///
/// # Errors
/// When the daemon refuses; what is wrong with the gateway is in the report.
pub async fn probe(
    daemon: &DaemonClient,
    profile: &Profile,
    keyring: &Keyring,
) -> Result<ProbeReport, Problem> {
    // Without its key the certificate is not shown; most gateways tell as much.
    let key = client_key(profile, keyring, false, &mut Unattended).await;
    let request = Request::Probe {
        profile: Box::new(profile.clone()),
        private_key: key.ok().flatten(),
    };
    match daemon.request(request).await? {
        Response::Probe { report } => Ok(*report),
        _ => Err(strange_answer()),
    }
}

fn profile_facts(profile: &Profile) -> ProfileFacts {
    let faults = match profile.validate() {
        Ok(_) => Vec::new(),
        Err(faults) => faults
            .iter()
            .map(|fault| format!("{}: {}", fault.field, fault.message))
            .collect(),
    };
    ProfileFacts {
        name: profile.name.clone(),
        faults,
        include: profile.include.clone(),
        suffixes: profile.dns.suffixes.clone(),
        has_proxy: profile.proxy.is_some(),
        probe: None,
    }
}

/// Where a profile signs in, if anything may be sent there.
fn authority_of(profile: &Profile) -> Option<String> {
    match &profile.sign_in {
        SignIn::Entra(entra) if is_trusted(entra) => Some(entra.authority.clone()),
        _ => None,
    }
}

/// How far the clock is from that of a sign-in server, and whether ahead.
async fn clock(authority: &str) -> Result<(Duration, bool), String> {
    let date = HttpClient::default()
        .date(authority)
        .await
        .map_err(|problem| problem.summary)?;
    let theirs = date
        .as_deref()
        .and_then(read_http_date)
        .ok_or("the sign-in server does not say its time")?;
    let ours = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    Ok((Duration::from_secs(ours.abs_diff(theirs)), ours > theirs))
}

fn tunnel_device() -> Option<bool> {
    // A service may see devices that its user does not; no folder tells nothing.
    Path::new(DEVICES).is_dir().then(|| Path::new(TUN).exists())
}

/// Host and port of the proxy, without the user and password that may stand before.
fn proxy_of_environment() -> Option<String> {
    let named = ["HTTPS_PROXY", "https_proxy"]
        .iter()
        .find_map(|name| std::env::var(name).ok())
        .filter(|text| !text.is_empty())?;
    let rest = named
        .split_once("://")
        .map_or(named.as_str(), |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    authority.rsplit('@').next().map(str::to_owned)
}
