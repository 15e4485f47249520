use crate::problems;
use crate::timer::Step;
use spoke_api::{Problem, ProblemCode, Remedy};
use spoke_engine::trust::Untrusted;
use spoke_engine::{Breach, Error, Refusal, Remedy as EngineRemedy, Silence};

/// What a session's error means to a user who connects to `host` with `profile`.
pub(crate) fn session_problem(error: &Error, step: Step, host: &str, profile: &str) -> Problem {
    let remedy = remedy(error.remedy());
    match error {
        Error::PeerRefused(refusal) => refused(refusal, host, profile).remedy(remedy),
        Error::PeerBrokeRules(Breach::Unwrap(why)) if step == Step::Answer => Problem::new(
            ProblemCode::GatewaySilent,
            format!("the answer of the gateway {host} cannot be verified"),
            format!("spoke profile check {profile}"),
        )
        .cause("the server secret of the profile is wrong or out of date")
        .detail(why.to_string())
        .remedy(remedy),
        Error::PeerBrokeRules(breach) => Problem::new(
            ProblemCode::ProtocolError,
            format!("the gateway {host} broke the protocol: {breach}"),
            "spoke log show",
        )
        .remedy(remedy),
        Error::SignIn(fault) => Problem::new(
            ProblemCode::SignInNeeded,
            format!("the sign-in cannot be used: {fault}"),
            format!("spoke login {profile}"),
        )
        .remedy(remedy),
        Error::Untrusted(refusal) => untrusted(refusal, host, profile).remedy(remedy),
        Error::Tls(what) => Problem::new(
            ProblemCode::TlsFailed,
            format!("TLS with the gateway {host} failed: {what}"),
            "spoke log show",
        )
        .remedy(remedy),
        Error::PeerClosedTls => {
            problems::transport_lost(step, host, profile, "TLS was closed by the gateway")
        }
        Error::Silence(silence) => silent(*silence, step, host, profile, remedy),
        Error::Expired(expiry) => Problem::new(
            ProblemCode::SessionEnded,
            format!("{host}: {expiry}"),
            format!("spoke connect {profile}"),
        )
        .remedy(remedy),
        Error::Local(what) => problems::local(what),
    }
}

fn untrusted(refusal: &Untrusted, host: &str, profile: &str) -> Problem {
    let seen = &refusal.seen;
    Problem::new(
        ProblemCode::GatewayUntrusted,
        format!("the certificate of the gateway {host} is not trusted: {refusal}"),
        format!("spoke profile check {profile}"),
    )
    .cause(
        "the profile is out of date, this computer's clock is wrong, \
         or something on the way intercepts the connection",
    )
    .detail(format!("names seen: {}", seen.names.join(", ")))
    .detail(format!(
        "names accepted: {}",
        refusal.expected_names.join(", ")
    ))
    .detail(format!("issued by: {}", seen.issuers.join(", then ")))
    .detail(format!("root expected: {}", refusal.expected_root))
}

fn refused(refusal: &Refusal, host: &str, profile: &str) -> Problem {
    let ended = || {
        Problem::new(
            ProblemCode::SessionEnded,
            format!("{host}: {refusal}"),
            format!("spoke connect {profile}"),
        )
    };
    match refusal {
        Refusal::Credentials(reason) | Refusal::SessionExpired(reason) => {
            problems::credentials_refused(host, profile, reason.as_deref().unwrap_or_default())
        }
        Refusal::Challenge(_) => Problem::new(
            ProblemCode::CredentialsRefused,
            format!("{host}: {refusal}"),
            "sign in with another method, or ask the gateway's administrator",
        ),
        Refusal::Certificate(why) => Problem::new(
            ProblemCode::CredentialsRefused,
            format!("the gateway {host} does not accept the client certificate: {why}"),
            format!("spoke profile certificate {profile} FILE"),
        ),
        Refusal::Temporary { .. }
        | Refusal::Restart { .. }
        | Refusal::Update(_)
        | Refusal::Halt(_)
        | Refusal::Exit => ended(),
        Refusal::Filtered(_) => Problem::new(
            ProblemCode::ProtocolError,
            format!("{host}: {refusal}"),
            format!("spoke profile show {profile}"),
        ),
        Refusal::NoCommonCipher { .. }
        | Refusal::Compressed
        | Refusal::Payload(_)
        | Refusal::NotOffered(_)
        | Refusal::UserChanged => Problem::new(
            ProblemCode::ProtocolError,
            format!("{host}: {refusal}"),
            "spoke log show",
        ),
    }
}

fn silent(silence: Silence, step: Step, host: &str, profile: &str, remedy: Remedy) -> Problem {
    let seconds = |after: std::time::Duration| after.as_secs();
    match silence {
        Silence::NoAnswer(after) => problems::too_slow(Step::Answer, host, profile, seconds(after)),
        Silence::NoTls(after) => problems::too_slow(Step::Tls, host, profile, seconds(after)),
        Silence::NoKeys(after) | Silence::NoPush(after) => {
            problems::too_slow(Step::Auth, host, profile, seconds(after))
        }
        Silence::KeepaliveLost(after) => problems::transport_lost(
            step,
            host,
            profile,
            &format!("nothing came for {} s", after.as_secs()),
        ),
    }
    .remedy(remedy)
}

fn remedy(remedy: EngineRemedy) -> Remedy {
    match remedy {
        EngineRemedy::RetryNow => Remedy::RetryNow,
        EngineRemedy::Backoff => Remedy::Backoff,
        EngineRemedy::NewToken => Remedy::NewToken,
        EngineRemedy::WaitForNetwork => Remedy::WaitForNetwork,
        EngineRemedy::AskUser => Remedy::AskUser,
        EngineRemedy::GiveUp => Remedy::GiveUp,
    }
}
