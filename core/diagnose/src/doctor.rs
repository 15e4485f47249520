use crate::names::shell;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use spoke_api::{Connection, HostNetwork, Phase, ProbeReport, Problem, State};
use std::time::Duration;

/// All that was found out about this computer for `spoke doctor`.
#[derive(Clone, Debug, Default)]
pub struct Examination {
    /// Version of the asking program.
    pub version: String,
    /// Version of the daemon, or why none answers.
    pub daemon: Option<Result<String, Problem>>,
    /// The connection, by the daemon's word.
    pub state: Option<State>,
    /// This computer's network, by the daemon's word.
    pub network: Option<HostNetwork>,
    /// Whether there is a device to open tunnels with; none where the system has no file
    /// that tells.
    pub tunnel_device: Option<bool>,
    /// Where sign-ins are kept, in words, and whether that outlives the program.
    pub keyring: Option<Result<(String, bool), Problem>>,
    /// How far this computer's clock is from the sign-in server's, and whether ahead; or
    /// why that is not known.
    pub clock: Option<Result<(Duration, bool), String>>,
    /// Host and port of the proxy that the environment names, if any.
    pub proxy: Option<String>,
    /// The profile that was looked at.
    pub profile: Option<ProfileFacts>,
}

/// What was found out about a profile.
#[derive(Clone, Debug, Default)]
pub struct ProfileFacts {
    /// Its name.
    pub name: String,
    /// What cannot stand in it, a sentence each.
    pub faults: Vec<String>,
    /// Prefixes that it sends into the tunnel.
    pub include: Vec<IpNet>,
    /// Suffixes of names that it has asked inside.
    pub suffixes: Vec<String>,
    /// Whether it names a proxy itself.
    pub has_proxy: bool,
    /// What a test of its gateway found.
    pub probe: Option<Result<ProbeReport, Problem>>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Check {
    /// What.
    pub subject: Subject,
    /// How it stands.
    pub standing: Standing,
    /// What was found, one sentence.
    pub finding: String,
    /// What to do about it; on the command line a command to type.
    pub next: Option<String>,
    /// What can be repaired without a risk.
    pub repair: Option<Repair>,
}

/// What is looked at. The words are stable: programs may look at them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Subject {
    /// The daemon and its version.
    Daemon,
    /// What tunnels are opened with.
    TunnelDevice,
    /// Whether there is a network at all.
    Network,
    /// What Spoke may have left behind.
    Leftovers,
    /// Tunnels of other programs.
    OtherVpn,
    /// Networks that exist on both sides.
    Overlap,
    /// Who answers names.
    Resolver,
    /// Where sign-ins are kept.
    Keyring,
    /// This computer's clock.
    Clock,
    /// A proxy on the way.
    Proxy,
    /// The profile itself.
    Profile,
    /// The profile's gateway.
    Gateway,
}

impl Subject {
    /// What it is called.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Daemon => "Daemon",
            Self::TunnelDevice => "Tunnel device",
            Self::Network => "Network",
            Self::Leftovers => "Leftovers",
            Self::OtherVpn => "Other VPN",
            Self::Overlap => "Overlap",
            Self::Resolver => "Resolver",
            Self::Keyring => "Keyring",
            Self::Clock => "Clock",
            Self::Proxy => "Proxy",
            Self::Profile => "Profile",
            Self::Gateway => "Gateway",
        }
    }
}

/// How something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Standing {
    /// As it should be.
    Good,
    /// It may become a problem.
    Careful,
    /// It is one.
    Bad,
}

/// What can be repaired without a risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Repair {
    /// Have the daemon take back what a failed connection has left.
    TakeBack,
}

/// Clocks that differ by less are taken for equal: the answer itself takes time.
const CLOCK_GOOD: Duration = Duration::from_secs(30);
/// Entra's tokens are refused by clocks that differ by more (Microsoft's default skew).
const CLOCK_BAD: Duration = Duration::from_secs(300);

/// How the links of other programs' tunnels begin.
const TUNNELS: [&str; 10] = [
    "tun",
    "tap",
    "wg",
    "ppp",
    "tailscale",
    "nordlynx",
    "proton",
    "zt",
    "CloudflareWARP",
    "gpd",
];

/// What the facts come to, one line for each thing that was looked at.
#[must_use]
pub fn examine(facts: &Examination) -> Vec<Check> {
    let mut checks = Vec::new();
    checks.extend(facts.daemon.as_ref().map(|found| daemon(facts, found)));
    checks.extend(facts.tunnel_device.map(tunnel_device));
    if let Some(network) = &facts.network {
        let connection = facts
            .state
            .as_ref()
            .and_then(|state| state.connection.as_ref());
        checks.push(reaches_out(network));
        checks.push(leftovers(network, connection));
        checks.push(other_vpn(network, connection));
        checks.push(overlap(network, connection, facts.profile.as_ref()));
        checks.push(resolver(network, connection, facts.profile.as_ref()));
    }
    checks.extend(facts.keyring.as_ref().map(keyring));
    checks.extend(facts.clock.as_ref().map(clock));
    checks.extend(
        facts
            .proxy
            .as_deref()
            .map(|host| proxy(host, facts.profile.as_ref())),
    );
    if let Some(found) = &facts.profile {
        checks.push(profile(found));
        checks.extend(found.probe.as_ref().map(gateway));
    }
    checks
}

impl Check {
    fn new(subject: Subject, standing: Standing, finding: impl Into<String>) -> Self {
        Self {
            subject,
            standing,
            finding: finding.into(),
            next: None,
            repair: None,
        }
    }

    fn next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    fn of_problem(subject: Subject, problem: &Problem) -> Self {
        Self::new(subject, Standing::Bad, problem.summary.clone()).next(problem.hint.clone())
    }
}

fn daemon(facts: &Examination, found: &Result<String, Problem>) -> Check {
    match found {
        Err(problem) => Check::of_problem(Subject::Daemon, problem),
        Ok(version) if *version != facts.version => Check::new(
            Subject::Daemon,
            Standing::Careful,
            format!("spoked {version} runs, and this is spoke {}", facts.version),
        )
        .next("sudo systemctl restart spoked"),
        Ok(version) => Check::new(
            Subject::Daemon,
            Standing::Good,
            format!("spoked {version} runs"),
        ),
    }
}

fn tunnel_device(there: bool) -> Check {
    match there {
        true => Check::new(
            Subject::TunnelDevice,
            Standing::Good,
            "tunnels can be opened",
        ),
        false => Check::new(
            Subject::TunnelDevice,
            Standing::Bad,
            "there is no /dev/net/tun, so no tunnel can be opened",
        )
        .next("sudo modprobe tun   (a container needs --device /dev/net/tun)"),
    }
}

fn reaches_out(network: &HostNetwork) -> Check {
    let mut routes = network.routes.iter();
    let way_out = routes.find(|route| route.prefix.prefix_len() == 0 && !route.ours);
    match way_out.and_then(|route| route.interface.as_ref()) {
        Some(link) => Check::new(
            Subject::Network,
            Standing::Good,
            format!("this computer reaches others via {link}"),
        ),
        None => Check::new(
            Subject::Network,
            Standing::Bad,
            "this computer has no route to other networks",
        )
        .next("connect it to a network first"),
    }
}

fn leftovers(network: &HostNetwork, connection: Option<&Connection>) -> Check {
    let nothing = Check::new(
        Subject::Leftovers,
        Standing::Good,
        "nothing of an earlier connection is left",
    );
    let failed = connection.is_some_and(|connection| connection.phase == Phase::Failed);
    if connection.is_some() && !failed {
        return Check {
            finding: "a connection is there, and so is what it needs".to_owned(),
            ..nothing
        };
    }
    let routes = network.routes.iter().filter(|route| route.ours).count();
    let mut left = Vec::new();
    if routes > 0 {
        left.push(format!("{routes} routes"));
    }
    if network.resolver.ours {
        left.push("the list of name servers".to_owned());
    }
    if left.is_empty() {
        return nothing;
    }
    let check = Check::new(
        Subject::Leftovers,
        Standing::Bad,
        format!("an earlier connection has left {}", left.join(" and ")),
    );
    match failed {
        true => Check {
            repair: Some(Repair::TakeBack),
            ..check.next("spoke disconnect")
        },
        // The daemon takes back what its journal holds when it starts.
        false => check.next("sudo systemctl restart spoked"),
    }
}

fn other_vpn(network: &HostNetwork, connection: Option<&Connection>) -> Check {
    let own = connection.and_then(|connection| connection.interface.as_deref());
    let is_tunnel = |name: &str| TUNNELS.iter().any(|start| name.starts_with(start));
    let others: Vec<&str> = network
        .links
        .iter()
        .filter(|link| link.up && !link.addresses.is_empty())
        .map(|link| link.name.as_str())
        .filter(|name| Some(*name) != own && is_tunnel(name))
        .collect();
    let Some(first) = others.first() else {
        return Check::new(
            Subject::OtherVpn,
            Standing::Good,
            "no tunnel of another program is up",
        );
    };
    let wide = network.routes.iter().any(|route| {
        let theirs = route.interface.as_deref() == Some(*first);
        theirs && route.prefix.prefix_len() <= 1
    });
    let takes = if wide { " and takes all traffic" } else { "" };
    Check::new(
        Subject::OtherVpn,
        Standing::Careful,
        format!("{} of another program is up{takes}", others.join(", ")),
    )
    .next("spoke explain HOST, when something is not reached")
}

fn overlap(
    network: &HostNetwork,
    connection: Option<&Connection>,
    profile: Option<&ProfileFacts>,
) -> Check {
    let own = connection.and_then(|connection| connection.interface.as_deref());
    let connected = connection.map_or(&[][..], |connection| &connection.routes);
    let wished = profile.map_or(&[][..], |profile| &profile.include);
    let wanted = || connected.iter().chain(wished);
    for link in network
        .links
        .iter()
        .filter(|link| Some(link.name.as_str()) != own)
    {
        for local in link.addresses.iter().map(IpNet::trunc) {
            if local.addr().is_loopback() {
                continue;
            }
            let both = wanted()
                .find(|net| net.prefix_len() > 1 && (net.contains(&local) || local.contains(*net)));
            if let Some(net) = both {
                return Check::new(
                    Subject::Overlap,
                    Standing::Careful,
                    format!(
                        "{local} on {} lies in the same range as {net} of the virtual network",
                        link.name
                    ),
                )
                .next("spoke explain ADDRESS, for an address in both");
            }
        }
    }
    Check::new(
        Subject::Overlap,
        Standing::Good,
        "no network of this computer is in the way of the virtual one",
    )
}

fn resolver(
    network: &HostNetwork,
    connection: Option<&Connection>,
    profile: Option<&ProfileFacts>,
) -> Check {
    let manager = &network.resolver.manager;
    if network.resolver.servers.is_empty() && manager != "systemd-resolved" {
        return Check::new(
            Subject::Resolver,
            Standing::Bad,
            format!("no name server is set in {manager}"),
        )
        .next("spoke dns status");
    }
    let connected = connection.and_then(|connection| connection.dns.as_ref());
    let suffixes = connected.map(|dns| dns.suffixes.as_slice());
    let wished = profile.map_or(&[][..], |profile| &profile.suffixes);
    let splits = manager == "systemd-resolved";
    if !splits && !suffixes.unwrap_or(wished).is_empty() {
        return Check::new(
            Subject::Resolver,
            Standing::Careful,
            format!(
                "{manager} cannot ask for some names only: while connected all are asked inside"
            ),
        )
        .next("install systemd-resolved, if others shall be asked outside");
    }
    Check::new(
        Subject::Resolver,
        Standing::Good,
        format!("names are answered by {manager}"),
    )
}

fn keyring(found: &Result<(String, bool), Problem>) -> Check {
    match found {
        Ok((place, true)) => Check::new(
            Subject::Keyring,
            Standing::Good,
            format!("sign-ins are kept {place}"),
        ),
        Ok((place, false)) => Check::new(
            Subject::Keyring,
            Standing::Careful,
            format!("sign-ins are kept {place}: each connection may ask for one"),
        )
        .next("start a keyring (GNOME Keyring, KWallet), or set SPOKE_TOKEN_STORE=file"),
        Err(problem) => Check::of_problem(Subject::Keyring, problem),
    }
}

fn clock(found: &Result<(Duration, bool), String>) -> Check {
    let (skew, ahead) = match found {
        Ok(found) => *found,
        Err(why) => {
            return Check::new(
                Subject::Clock,
                Standing::Careful,
                format!("the clock could not be compared: {why}"),
            );
        }
    };
    if skew <= CLOCK_GOOD {
        return Check::new(Subject::Clock, Standing::Good, "the clock is right");
    }
    let side = if ahead { "ahead" } else { "behind" };
    let finding = format!(
        "the clock is {} s {side} of the sign-in server's",
        skew.as_secs()
    );
    let standing = match skew > CLOCK_BAD {
        true => Standing::Bad,
        false => Standing::Careful,
    };
    Check::new(Subject::Clock, standing, finding).next("sudo timedatectl set-ntp true")
}

fn proxy(host: &str, profile: Option<&ProfileFacts>) -> Check {
    let Some(profile) = profile.filter(|profile| !profile.has_proxy) else {
        return Check::new(
            Subject::Proxy,
            Standing::Good,
            format!("the sign-in goes through {host}, as HTTPS_PROXY says"),
        );
    };
    Check::new(
        Subject::Proxy,
        Standing::Careful,
        format!("HTTPS_PROXY names {host}, and the tunnel does not go through it"),
    )
    .next(format!(
        "spoke profile set {} proxy=http://{host}, if the gateway is not reached without",
        shell(&profile.name)
    ))
}

fn profile(found: &ProfileFacts) -> Check {
    match found.faults.as_slice() {
        [] => Check::new(
            Subject::Profile,
            Standing::Good,
            format!("{} is valid", found.name),
        ),
        [first, ..] => Check::new(
            Subject::Profile,
            Standing::Bad,
            format!("{} is not valid: {first}", found.name),
        )
        .next(format!("spoke profile check {}", shell(&found.name))),
    }
}

fn gateway(found: &Result<ProbeReport, Problem>) -> Check {
    let problem = match found {
        Ok(report) => report.problem.as_ref(),
        Err(problem) => Some(problem),
    };
    match problem {
        Some(problem) => Check::of_problem(Subject::Gateway, problem),
        None => Check::new(
            Subject::Gateway,
            Standing::Good,
            "the gateway is there and would take a sign-in",
        ),
    }
}
