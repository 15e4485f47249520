//! What went wrong, in words that lead on.

use crate::timer::Step;
use spoke_api::{Problem, ProblemCode, Remedy};
use spoke_profile::{FieldError, Proxy};
use std::net::SocketAddr;
use std::time::Duration;

/// The causes of a gateway that does not take the first packet: the two that
/// public reports name, in the order of their frequency.
const FIRST_PACKET_CAUSE: &str = "the server secret of the profile is wrong or out of date, \
     this computer's clock is wrong, or something on the way intercepts port 443";

pub(crate) fn no_servers(profile: &str) -> Problem {
    Problem::new(
        ProblemCode::ProfileInvalid,
        format!("profile {profile} names no VPN server"),
        format!("spoke profile check {profile}"),
    )
    .remedy(Remedy::GiveUp)
}

pub(crate) fn invalid_profile(profile: &str, faults: &[FieldError]) -> Problem {
    let sentence = |fault: &FieldError| format!("{}: {}", fault.field, fault.message);
    let faults: Vec<_> = faults.iter().map(sentence).collect();
    Problem::new(
        ProblemCode::ProfileInvalid,
        format!("the profile is not valid: {}", faults.join(" ")),
        format!("spoke profile check {}", profile.escape_debug()),
    )
    .remedy(Remedy::GiveUp)
}

pub(crate) fn no_certificate(profile: &str) -> Problem {
    Problem::new(
        ProblemCode::SignInNeeded,
        format!(
            "profile {profile} signs in with a client certificate, and it or its key is missing"
        ),
        format!("spoke profile certificate {profile} FILE"),
    )
    .remedy(Remedy::GiveUp)
}

pub(crate) fn conflict(present: &str, same_user: bool) -> Problem {
    if same_user {
        Problem::new(
            ProblemCode::Conflict,
            format!("{present} is connected, and there is one connection at a time"),
            format!("spoke disconnect {present}"),
        )
    } else {
        Problem::new(
            ProblemCode::Conflict,
            "another user of this computer is connected, and there is one connection at a time",
            "ask them to disconnect, or run sudo spoke disconnect",
        )
    }
}

pub(crate) fn not_connected() -> Problem {
    Problem::new(
        ProblemCode::NotConnected,
        "nothing is connected or connecting",
        "spoke connect",
    )
}

/// There is no further attempt that could come sooner.
pub(crate) fn given_up(profile: &str) -> Problem {
    Problem::new(
        ProblemCode::NotConnected,
        format!("{profile} is not being connected any more"),
        format!("spoke connect {profile}"),
    )
}

pub(crate) fn not_up(profile: &str) -> Problem {
    Problem::new(
        ProblemCode::NotConnected,
        format!("{profile} is not connected, so there is no sign-in to renew"),
        format!("spoke wait {profile} --for connected"),
    )
}

pub(crate) fn nothing_to_renew(profile: &str) -> Problem {
    Problem::new(
        ProblemCode::Usage,
        format!("the sign-in of {profile} does not expire"),
        "nothing needs to be done",
    )
}

/// A newer test has taken the place of one.
pub(crate) fn another_test() -> Problem {
    Problem::new(
        ProblemCode::Cancelled,
        "another test of a gateway was begun instead",
        "wait for the newer one",
    )
}

pub(crate) fn too_many_tests() -> Problem {
    Problem::new(
        ProblemCode::Conflict,
        "too many tests of gateways are under way",
        "try again in some seconds",
    )
}

pub(crate) fn not_asked() -> Problem {
    Problem::new(
        ProblemCode::NotPermitted,
        "this token was asked of another program",
        "nothing needs to be done: the program that was asked will answer",
    )
}

pub(crate) fn not_wanted_any_more(request: u64) -> Problem {
    Problem::new(
        ProblemCode::Usage,
        format!("no token is wanted under number {request} (any more)"),
        "spoke status",
    )
}

pub(crate) fn nobody_to_ask(profile: &str) -> Problem {
    Problem::new(
        ProblemCode::SignInNeeded,
        format!("{profile} needs a sign-in, and no program of its owner is there to do it"),
        format!("spoke connect {profile}"),
    )
}

pub(crate) fn sign_in_too_slow(profile: &str, patience: Duration) -> Problem {
    let minutes = match patience.as_secs() / 60 {
        1 => "a minute".to_owned(),
        n => format!("{n} minutes"),
    };
    Problem::new(
        ProblemCode::TimedOut,
        format!("the sign-in for {profile} was not finished within {minutes}"),
        format!("spoke connect {profile}"),
    )
}

/// A program that was not to ask a person does not answer: it may be stopped, or wait for a
/// sign-in service that is out of reach.
pub(crate) fn program_too_slow(profile: &str, patience: Duration) -> Problem {
    Problem::new(
        ProblemCode::TimedOut,
        format!(
            "the program that signs in for {profile} has not answered for {} s",
            patience.as_secs()
        ),
        format!("spoke connect {profile}"),
    )
}

pub(crate) fn not_resolved(host: &str, why: &str) -> Problem {
    Problem::new(
        ProblemCode::GatewayNotFound,
        format!("the name of the gateway {host} cannot be resolved: {why}"),
        format!("getent hosts {host}   (whether this computer knows the name at all)"),
    )
    .cause("there is no network, the resolver does not answer, or the gateway was deleted")
    .remedy(Remedy::WaitForNetwork)
}

pub(crate) fn proxy_not_resolved(proxy: &str, profile: &str, why: &str) -> Problem {
    Problem::new(
        ProblemCode::GatewayUnreachable,
        format!("the name of the proxy {proxy} cannot be resolved: {why}"),
        format!("spoke profile set {profile} proxy=   (without a proxy)"),
    )
    .cause("there is no network, the resolver does not answer, or the proxy has another name")
    .remedy(Remedy::WaitForNetwork)
}

pub(crate) fn proxy(proxy: &Proxy, profile: &str, why: &str, credentials: bool) -> Problem {
    let summary = format!("no way through the proxy {proxy}: {why}");
    if credentials {
        let hint = match &proxy.username {
            Some(_) => {
                format!("spoke connect {profile}   (in a terminal it asks for the password)")
            }
            None => format!(
                "spoke profile set {profile} proxy={}   (with your name there, connecting asks for the password)",
                with_user(proxy)
            ),
        };
        return Problem::new(ProblemCode::ProxyRefused, summary, hint)
            .cause("the proxy wants a user name and password, or other ones");
    }
    let hint = format!("spoke profile show {profile}   (the proxy is part of the profile)");
    Problem::new(ProblemCode::GatewayUnreachable, summary, hint)
        .cause("the proxy is down, does not allow this gateway, or cannot reach it")
        .remedy(Remedy::Backoff)
}

/// The proxy's address with a place for the name that it lacks.
fn with_user(proxy: &Proxy) -> String {
    let address = proxy.to_string();
    match address.split_once("://") {
        Some((scheme, rest)) => format!("{scheme}://USER@{rest}"),
        None => address,
    }
}

pub(crate) fn unreachable(host: &str, tried: &[(SocketAddr, String)]) -> Problem {
    let mut problem = Problem::new(
        ProblemCode::GatewayUnreachable,
        match tried {
            [(address, why)] => format!("no connection to the gateway {host} ({address}): {why}"),
            _ => format!(
                "no connection to the gateway {host} at any of its {} addresses",
                tried.len()
            ),
        },
        "spoke log show",
    )
    .cause("there is no network, a firewall blocks port 443, or the gateway is down")
    .remedy(Remedy::Backoff);
    for (address, why) in tried {
        problem = problem.detail(format!("{address}: {why}"));
    }
    problem
}

const PORTAL: &str =
    "this network lets nothing through before you sign in to it on its own web page";

/// Why a gateway is not reached on a network that wants a sign-in of its own first.
pub(crate) fn behind_portal(profile: &str, comes_back: bool, problem: Problem) -> Problem {
    if problem.summary == PORTAL {
        return problem;
    }
    let mut told = Problem::new(
        problem.code,
        PORTAL,
        match comes_back {
            true => {
                "open any page in your browser and sign in there; Spoke goes on by itself".into()
            }
            false => format!(
                "open any page in your browser and sign in there, then: spoke connect {profile}"
            ),
        },
    )
    .cause("a hotel, a train or an airport often has such a page (a captive portal)")
    .remedy(Remedy::WaitForNetwork)
    .detail(problem.summary);
    for detail in problem.details {
        told = told.detail(detail);
    }
    told
}

/// A step that took longer than it may.
pub(crate) fn too_slow(step: Step, host: &str, profile: &str, seconds: u64) -> Problem {
    match step {
        Step::Resolving => not_resolved(host, &format!("no answer within {seconds} s")),
        Step::Leading | Step::Connecting => Problem::new(
            ProblemCode::GatewayUnreachable,
            format!("no connection to the gateway {host} within {seconds} s"),
            "spoke log show",
        )
        .cause("a firewall drops the packets, or the gateway is down")
        .remedy(Remedy::Backoff),
        Step::Answer => Problem::new(
            ProblemCode::GatewaySilent,
            format!("the gateway {host} does not answer the first packet (waited {seconds} s)"),
            format!("spoke profile check {profile}"),
        )
        .cause(FIRST_PACKET_CAUSE)
        .remedy(Remedy::Backoff),
        Step::Tls => Problem::new(
            ProblemCode::TlsFailed,
            format!("the TLS handshake with {host} was not finished within {seconds} s"),
            "spoke log show",
        )
        .cause("large packets are lost on the way, or something inspects the traffic")
        .remedy(Remedy::Backoff),
        Step::Credentials | Step::Parked | Step::Auth => Problem::new(
            ProblemCode::TimedOut,
            format!(
                "the gateway {host} neither accepted nor refused the sign-in within {seconds} s"
            ),
            format!("spoke connect {profile}"),
        )
        .remedy(Remedy::Backoff),
        Step::HostSetup | Step::Up => Problem::new(
            ProblemCode::HostSetup,
            format!("this computer's network was not set up within {seconds} s"),
            "spoke log show",
        )
        .remedy(Remedy::Backoff),
    }
}

/// The transport closed or broke while `step` was under way.
pub(crate) fn transport_lost(step: Step, host: &str, profile: &str, why: &str) -> Problem {
    match step {
        Step::Resolving | Step::Leading | Step::Connecting => {
            unreachable(host, &[]).detail(why.to_owned())
        }
        Step::Answer => Problem::new(
            ProblemCode::GatewayClosed,
            format!("the gateway {host} closed the connection after the first packet"),
            format!("spoke profile check {profile}"),
        )
        .cause(FIRST_PACKET_CAUSE)
        .remedy(Remedy::Backoff)
        .detail(why.to_owned()),
        Step::Tls => Problem::new(
            ProblemCode::GatewayClosed,
            format!("the gateway {host} closed the connection during the TLS handshake"),
            "spoke log show",
        )
        .cause("a proxy inspects the traffic, or the gateway wants a client certificate")
        .remedy(Remedy::Backoff)
        .detail(why.to_owned()),
        Step::Credentials | Step::Parked => Problem::new(
            ProblemCode::GatewayClosed,
            format!("the gateway {host} closed the connection before the sign-in was sent"),
            format!("spoke connect {profile}"),
        )
        .remedy(Remedy::Backoff)
        .detail(why.to_owned()),
        Step::Auth => credentials_refused(
            host,
            profile,
            "it closed the connection instead of answering",
        )
        .detail(why.to_owned()),
        Step::HostSetup | Step::Up => Problem::new(
            ProblemCode::SessionEnded,
            format!("the connection to {host} was lost: {why}"),
            format!("spoke connect {profile}"),
        )
        .remedy(Remedy::Backoff),
    }
}

/// The gateway did not take the token or password.
pub(crate) fn credentials_refused(host: &str, profile: &str, reason: &str) -> Problem {
    let summary = if reason.is_empty() {
        format!("the gateway {host} refused the sign-in")
    } else {
        format!("the gateway {host} refused the sign-in: {reason}")
    };
    Problem::new(
        ProblemCode::CredentialsRefused,
        summary,
        format!("spoke login {profile}"),
    )
    .cause(
        "the token is for another tenant, audience or issuer than the gateway expects, \
         it has expired or this computer's clock is wrong, \
         or the user has no leave to use the gateway",
    )
    .remedy(Remedy::NewToken)
}

pub(crate) fn host_setup(what: &str) -> Problem {
    Problem::new(
        ProblemCode::HostSetup,
        format!("this computer's network could not be set up: {what}"),
        "spoke log show",
    )
    .remedy(Remedy::AskUser)
}

pub(crate) fn not_restored(what: &str) -> Problem {
    Problem::new(
        ProblemCode::HostSetup,
        format!("this computer's network could not be set back: {what}"),
        "spoke disconnect   (tries again; restarting the daemon does too)",
    )
    .remedy(Remedy::AskUser)
}

pub(crate) fn not_locked(what: &str) -> Problem {
    Problem::new(
        ProblemCode::HostSetup,
        format!("nothing could be kept from going past the tunnel: {what}"),
        "spoke settings set lockdown=false   (connects without)",
    )
    .remedy(Remedy::AskUser)
}

pub(crate) fn local(what: &str) -> Problem {
    Problem::new(
        ProblemCode::Other,
        format!("the tunnel could not run on this computer: {what}"),
        "spoke log show",
    )
    .remedy(Remedy::Backoff)
}

pub(crate) fn no_address(host: &str) -> Problem {
    Problem::new(
        ProblemCode::ProtocolError,
        format!("the gateway {host} gave this computer no address"),
        "ask the gateway's administrator whether its address pool is used up",
    )
    .remedy(Remedy::Backoff)
}

pub(crate) fn leaving() -> Problem {
    Problem::new(
        ProblemCode::DaemonUnavailable,
        "the daemon is shutting down",
        "sudo systemctl restart spoked",
    )
}

pub(crate) fn disconnecting(profile: &str) -> Problem {
    Problem::new(
        ProblemCode::Conflict,
        format!("{profile} is being disconnected"),
        format!("spoke wait {profile} --for disconnected, then spoke connect {profile}"),
    )
}

pub(crate) fn untrustable(profile: &str, what: &str) -> Problem {
    Problem::new(
        ProblemCode::GatewayUntrusted,
        format!("the gateway of {profile} could not be checked: {what}"),
        format!("spoke profile check {profile}"),
    )
}
