//! `spoke route list|show IP`

use crate::context::Context;
use crate::exit::Outcome;
use crate::{document, explain_view, follow};
use serde::Serialize;
use spoke_agent::{host_network, source_towards};
use spoke_api::{ExitCode, HostNetwork, HostRoute, Phase, State};
use spoke_diagnose::{Way, link_with, way_to};
use std::net::IpAddr;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List the routes that Spoke has set; with --verbose all of this computer's.
    List,
    /// Show which way packets for an address go, and why.
    Show(ShowArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct ShowArgs {
    /// The address.
    #[arg(value_name = "IP")]
    address: IpAddr,
}

/// `spoke.routes/1`
#[derive(Debug, Serialize)]
pub(crate) struct ListBody<'a> {
    routes: &'a [&'a HostRoute],
    left_out: usize,
}

/// `spoke.route/1`
#[derive(Debug, Serialize)]
pub(crate) struct ShowBody<'a> {
    address: IpAddr,
    way: Way,
    route: Option<&'a HostRoute>,
    /// The address of this computer from which the system sends.
    source: Option<IpAddr>,
}

pub(crate) fn run(context: &Context, command: Command) -> Outcome {
    let (state, network) = context.run(async {
        let (daemon, _updates) = context.daemon().await?;
        Ok((follow::state(&daemon).await?, host_network(&daemon).await?))
    })?;
    match command {
        Command::List => list(context, &network),
        Command::Show(args) => show(context, &state, &network, args.address)?,
    }
    Ok(ExitCode::Success)
}

fn list(context: &Context, network: &HostNetwork) {
    let all = context.print.verbose();
    let wanted = network.routes.iter().filter(|route| all || route.ours);
    let routes: Vec<&HostRoute> = wanted.collect();
    if context.print.json() {
        let body = ListBody {
            routes: &routes,
            left_out: network.routes_left_out,
        };
        context
            .print
            .document(&document::of("spoke.routes/1", &body));
        return;
    }
    for route in &routes {
        let mark = match route.ours && all {
            true => "   (Spoke's)",
            false => "",
        };
        context
            .print
            .result(format_args!("{}{mark}", explain_view::route_text(route)));
    }
    if routes.is_empty() {
        context.print.note("Spoke has set no routes.");
    }
    if network.routes_left_out > 0 {
        context.print.note(format_args!(
            "{} more are left out.",
            network.routes_left_out
        ));
    }
}

fn show(
    context: &Context,
    state: &State,
    network: &HostNetwork,
    address: IpAddr,
) -> Result<(), spoke_api::Problem> {
    let source = context.run(async { Ok(source_towards(address).await) })?;
    let connection = state.connection.as_ref();
    let up = connection.filter(|connection| connection.phase == Phase::Connected);
    let (way, route) = way_to(network, up, address);
    if context.print.json() {
        let body = ShowBody {
            address,
            way,
            route,
            source,
        };
        context
            .print
            .document(&document::of("spoke.route/1", &body));
        return Ok(());
    }
    let words = match way {
        Way::Here => "is this computer's own",
        Way::Tunnel => "goes into the tunnel",
        Way::Link => "goes to a machine on a link of this computer",
        Way::Router => "goes past the tunnel",
        Way::Refused => "is refused by a route of this computer",
        Way::None => "goes nowhere: this computer has no route to it",
    };
    context.print.result(format_args!("{address} {words}."));
    if let Some(route) = route {
        context
            .print
            .result(explain_view::row("Route", &explain_view::route_text(route)));
    }
    if let Some(source) = source {
        let link = link_with(network, source).unwrap_or("?");
        let text = format!("{source} on {link}");
        context.print.result(explain_view::row("Sent from", &text));
    }
    Ok(())
}
