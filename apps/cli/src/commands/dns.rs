//! `spoke dns status|query NAME`

use crate::context::Context;
use crate::exit::Outcome;
use crate::{document, explain_view, follow, status_view};
use serde::Serialize;
use spoke_agent::{host_network, inquire_name};
use spoke_api::{DnsMode, DnsState, ExitCode, HostResolver, Phase, Problem, ProblemCode, State};
use spoke_diagnose::{NameFacts, Target, TargetHost, asked_inside};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Show who answers names, inside the tunnel and outside.
    Status,
    /// Ask for a name as programs do, and at each of the tunnel's servers.
    Query(QueryArgs),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Exit code 1 says: programs get no address for it.")]
pub(crate) struct QueryArgs {
    /// The name.
    #[arg(value_name = "NAME")]
    name: Target,
}

/// `spoke.dns/1`
#[derive(Debug, Serialize)]
pub(crate) struct StatusBody<'a> {
    resolver: &'a HostResolver,
    tunnel: Option<&'a DnsState>,
}

/// `spoke.dns-query/1`
#[derive(Debug, Serialize)]
pub(crate) struct QueryBody<'a> {
    name: &'a str,
    asked_inside: bool,
    #[serde(flatten)]
    answers: &'a NameFacts,
}

pub(crate) fn run(context: &Context, command: Command) -> Outcome {
    match command {
        Command::Status => status(context),
        Command::Query(args) => query(context, &args.name),
    }
}

fn status(context: &Context) -> Outcome {
    let (state, network) = context.run(async {
        let (daemon, _updates) = context.daemon().await?;
        Ok((follow::state(&daemon).await?, host_network(&daemon).await?))
    })?;
    let (resolver, tunnel) = (&network.resolver, tunnel_dns(&state));
    if context.print.json() {
        let body = StatusBody { resolver, tunnel };
        context.print.document(&document::of("spoke.dns/1", &body));
        return Ok(ExitCode::Success);
    }
    for line in status_lines(resolver, tunnel) {
        context.print.result(line);
    }
    Ok(ExitCode::Success)
}

fn query(context: &Context, target: &Target) -> Outcome {
    let TargetHost::Name(name) = &target.host else {
        return Err(Problem::new(
            ProblemCode::Usage,
            format!("{target} is an address; there is nothing to ask for."),
            format!("spoke route show {target}"),
        ));
    };
    let (state, answers) = context.run(async {
        let (daemon, _updates) = context.daemon().await?;
        let state = follow::state(&daemon).await?;
        context.print.wait_for(format!("Asking for {name}"));
        let answers = inquire_name(&state, name).await;
        context.print.stop_waiting();
        Ok((state, answers))
    })?;
    let inside = asked_inside(tunnel_dns(&state), name);
    if context.print.json() {
        let body = QueryBody {
            name,
            asked_inside: inside,
            answers: &answers,
        };
        context
            .print
            .document(&document::of("spoke.dns-query/1", &body));
    } else {
        let place = if inside { "inside" } else { "outside" };
        let here = explain_view::answer(&answers.here);
        context.print.result(explain_view::row(
            "Programs",
            &format!("{here}   (asked {place} the tunnel)"),
        ));
        for asked in &answers.inside {
            let text = format!(
                "{}, by {}",
                explain_view::answer(&asked.answer),
                asked.server
            );
            context.print.result(explain_view::row("Inside", &text));
        }
    }
    Ok(match answers.here.addresses() {
        [] => ExitCode::Failure,
        _ => ExitCode::Success,
    })
}

/// DNS of the tunnel, while traffic flows.
fn tunnel_dns(state: &State) -> Option<&DnsState> {
    let connection = state.connection.as_ref()?;
    let up = connection.phase == Phase::Connected;
    connection.dns.as_ref().filter(|_| up)
}

fn status_lines(resolver: &HostResolver, tunnel: Option<&DnsState>) -> Vec<String> {
    let list = |servers: &[std::net::IpAddr]| {
        let texts: Vec<String> = servers.iter().map(ToString::to_string).collect();
        match texts.is_empty() {
            true => "nobody".to_owned(),
            false => texts.join(", "),
        }
    };
    let by_spoke = if resolver.ours { ", set by Spoke" } else { "" };
    let mut lines = vec![
        explain_view::row("Answered by", &resolver.manager),
        explain_view::row(
            "Programs ask",
            &format!(" {}{by_spoke}", list(&resolver.servers)),
        ),
    ];
    let inside = match tunnel {
        None => "no name".to_owned(),
        Some(dns) => {
            let names = match dns.mode {
                DnsMode::Full => "all names".to_owned(),
                DnsMode::Split => status_view::dotted(&dns.suffixes),
            };
            format!("{names} → {}", list(&dns.servers))
        }
    };
    lines.push(explain_view::row("Inside", &inside));
    lines
}
