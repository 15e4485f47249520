//! This computer's network, as clients see it.

use crate::driver::Inner;
use spoke_api::{
    HostLink, HostNetwork, HostResolver, HostRoute, Problem, ProblemCode, Remedy, Response,
};
use spoke_host::{Host, HostError};
use spoke_plan::{DnsManager, HostView};
use spoke_supervisor::Ticket;
use tokio::sync::mpsc::UnboundedSender;

/// Looks that may be under way together: each asks the kernel and the system bus.
pub(crate) const AT_ONCE: usize = 8;
/// Routes that a client is told of. Routers of providers have a million.
const MOST_ROUTES: usize = 4000;

/// Looks at the network; the answer comes back as [`Inner::Surveyed`].
pub(crate) fn begin(ticket: Ticket, to_driver: UnboundedSender<Inner>) {
    tokio::spawn(async move {
        let response = match look().await {
            Ok(network) => Response::Network {
                network: Box::new(network),
            },
            Err(error) => Response::Failed {
                problem: Problem::new(
                    ProblemCode::Other,
                    format!("this computer's network cannot be looked at: {error}"),
                    "spoke log show --since 5m",
                ),
            },
        };
        // The driver is gone only when the process ends.
        let _ = to_driver.send(Inner::Surveyed(ticket, response));
    });
}

/// The answer to one look too many.
pub(crate) fn too_many() -> Problem {
    Problem::new(
        ProblemCode::Conflict,
        "too many programs look at this computer's network at the same time",
        "try again in a moment",
    )
    .remedy(Remedy::Backoff)
}

async fn look() -> Result<HostNetwork, HostError> {
    Ok(shown(Host::open()?.view().await?))
}

fn shown(view: HostView) -> HostNetwork {
    let (servers, ours) = view.name_servers();
    let resolver = HostResolver {
        manager: DnsManager::of(&view).word().to_owned(),
        servers,
        ours,
    };
    let routes_left_out = view.routes.len().saturating_sub(MOST_ROUTES);
    let mut routes: Vec<HostRoute> = view
        .routes
        .into_iter()
        .map(|route| HostRoute {
            prefix: route.prefix,
            interface: route.interface,
            gateway: route.gateway,
            metric: route.metric,
            ours: route.ours,
        })
        .collect();
    // What is left out is the least of it: Spoke's own come first, then the widest.
    routes.sort_by_key(|route| (!route.ours, route.prefix.prefix_len(), route.prefix));
    routes.truncate(MOST_ROUTES);
    HostNetwork {
        links: view
            .links
            .into_iter()
            .map(|link| HostLink {
                name: link.name,
                up: link.up,
                mtu: link.mtu,
                addresses: link.addresses,
            })
            .collect(),
        routes,
        routes_left_out,
        resolver,
    }
}
