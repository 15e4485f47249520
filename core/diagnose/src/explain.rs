use crate::explanation::{AddressReport, Explanation, Mend, NameReport, Setting, Verdict};
use crate::facts::{AddressFacts, Answer, Facts, NameFacts, PortReply};
use crate::names::{asked_inside, is_private, shell, suffix_for, suffix_of};
use crate::way::{Way, best_route, link_with, way_to};
use ipnet::IpNet;
use spoke_api::{Connection, Phase};
use std::net::IpAddr;

/// What the facts mean, and what to do about it.
#[must_use]
pub fn explain(facts: &Facts) -> Explanation {
    let case = Case::of(facts);
    let Finding {
        verdict,
        summary,
        causes,
        fix,
        mend,
    } = case.finding();
    Explanation {
        target: facts.target.to_string(),
        port: case.port,
        verdict,
        reached: matches!(
            verdict,
            Verdict::ReachedInside | Verdict::ReachedOutside | Verdict::ThisComputer
        ),
        summary,
        causes,
        fix,
        mend,
        name: facts.name.as_ref().map(|answers| NameReport {
            asked_inside: case.asked_inside,
            suffix: case.suffix().map(str::to_owned),
            resolver: facts.network.resolver.manager.clone(),
            answers: answers.clone(),
        }),
        addresses: facts.addresses.iter().map(|one| case.report(one)).collect(),
    }
}

/// One thing that was found.
struct Finding {
    verdict: Verdict,
    summary: String,
    causes: Vec<String>,
    fix: Option<String>,
    mend: Option<Mend>,
}

impl Finding {
    fn new(verdict: Verdict, summary: impl Into<String>) -> Self {
        Self {
            verdict,
            summary: summary.into(),
            causes: Vec::new(),
            fix: None,
            mend: None,
        }
    }

    fn cause(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// The change of a setting that mends it, by a command or by a window.
    fn mend(self, profile: &str, setting: Setting, value: impl ToString) -> Self {
        let mend = Mend {
            profile: profile.to_owned(),
            setting,
            value: value.to_string(),
        };
        let fix = in_the_shell(profile, &mend.assignment());
        Self {
            mend: Some(mend),
            ..self.fix(fix)
        }
    }
}

/// The facts, with what each part of the verdict needs of them.
struct Case<'a> {
    facts: &'a Facts,
    /// The connection, when traffic flows.
    up: Option<&'a Connection>,
    port: u16,
    asked_inside: bool,
}

impl<'a> Case<'a> {
    fn of(facts: &'a Facts) -> Self {
        let connection = facts.state.connection.as_ref();
        let up = connection.filter(|connection| connection.phase == Phase::Connected);
        let dns = up.and_then(|connection| connection.dns.as_ref());
        let name = facts.target.name();
        Self {
            facts,
            up,
            port: facts.target.port_to_try(),
            asked_inside: name.is_some_and(|name| asked_inside(dns, name)),
        }
    }

    fn suffix(&self) -> Option<&'a str> {
        let dns = self.up?.dns.as_ref()?;
        suffix_of(dns, self.facts.target.name()?)
    }

    fn report(&self, facts: &AddressFacts) -> AddressReport {
        let (way, route) = way_to(&self.facts.network, self.up, facts.address);
        let here = self.facts.name.as_ref().map(|name| name.here.addresses());
        AddressReport {
            address: facts.address,
            only_inside: here.is_some_and(|here| !here.contains(&facts.address)),
            way,
            route: route.cloned(),
            reply: facts.reply.clone(),
        }
    }

    fn finding(&self) -> Finding {
        let by_name = match (&self.facts.name, self.facts.target.name()) {
            (Some(answers), Some(name)) => self.name_finding(name, answers),
            _ => None,
        };
        by_name.unwrap_or_else(|| self.address_finding())
    }

    /// What is wrong with the name; none when it leads to an address that counts.
    fn name_finding(&self, name: &str, answers: &NameFacts) -> Option<Finding> {
        let here = answers.here.addresses();
        let inside = answers
            .inside
            .iter()
            .find(|asked| !asked.answer.addresses().is_empty());
        let known_inside = inside.and_then(|asked| {
            let address = asked.answer.addresses().first()?;
            Some((asked.server, *address))
        });
        match (here.first(), known_inside) {
            (Some(first), Some((server, address))) => {
                self.other_answer(name, *first, here, server, address)
            }
            (Some(_), None) => None,
            (None, Some((server, address))) => Some(self.unanswered(name, server, address)),
            (None, None) => Some(self.unknown(name, answers)),
        }
    }

    /// Outside says another address than inside, which is the one that counts.
    fn other_answer(
        &self,
        name: &str,
        first: IpAddr,
        here: &[IpAddr],
        server: IpAddr,
        address: IpAddr,
    ) -> Option<Finding> {
        let profile = &self.up?.profile;
        let inside = |address| self.way(address) == Way::Tunnel;
        if here.contains(&address) || here.iter().any(|one| inside(*one)) || !inside(address) {
            return None;
        }
        let kind = if is_private(first) {
            "another"
        } else {
            "a public"
        };
        let finding = Finding::new(
            Verdict::OutsideAnswer,
            format!("{name} resolves to {kind} address, {first}, asked outside the tunnel"),
        )
        .cause(format!(
            "asked through the tunnel, {server} says {address}{}",
            self.in_words(address)
        ));
        Some(if self.asked_inside {
            finding
                .cause(format!(
                    "the tunnel's servers are to be asked for it, but {} answers otherwise",
                    self.facts.network.resolver.manager
                ))
                .fix("spoke dns status")
        } else {
            finding
                .cause(format!(
                    "the tunnel's DNS has no rule for {}",
                    suffix_for(name)
                ))
                .mend(profile, Setting::AskInside, suffix_for(name))
        })
    }

    /// Inside knows the name, and programs are answered nothing.
    fn unanswered(&self, name: &str, server: IpAddr, address: IpAddr) -> Finding {
        let profile = self.up.map_or("", |connection| &connection.profile);
        let says = format!("asked through the tunnel, {server} says {address}");
        if self.asked_inside {
            return Finding::new(
                Verdict::ResolverInTheWay,
                format!("{name} is known to the tunnel's DNS, but programs get no answer"),
            )
            .cause(says)
            .cause(format!(
                "{} is to ask there and does not, or keeps an old answer",
                self.facts.network.resolver.manager
            ))
            .fix("spoke dns status");
        }
        Finding::new(
            Verdict::NotAskedInside,
            format!("{name} is asked outside the tunnel, where nobody knows it"),
        )
        .cause(says)
        .cause(format!(
            "the tunnel's DNS has no rule for {}",
            suffix_for(name)
        ))
        .mend(profile, Setting::AskInside, suffix_for(name))
    }

    /// Nobody says an address.
    fn unknown(&self, name: &str, answers: &NameFacts) -> Finding {
        let Some(connection) = self.up else {
            return self.not_connected(&format!("{name} does not resolve"));
        };
        let profile = &connection.profile;
        let servers = connection.dns.as_ref().map_or(&[][..], |dns| &dns.servers);
        if servers.is_empty() {
            return Finding::new(
                Verdict::NoTunnelDns,
                format!("{name} does not resolve, and the tunnel has no DNS server"),
            )
            .cause("neither the gateway nor the profile names one")
            .fix(in_the_shell(profile, "dns.servers+=ADDRESS"));
        }
        let dead = |answer: &Answer| matches!(answer, Answer::Silent | Answer::Failed { .. });
        if !answers.inside.is_empty() && answers.inside.iter().all(|one| dead(&one.answer)) {
            return self.silent_servers(name, connection, servers);
        }
        Finding::new(
            Verdict::NoSuchName,
            format!("there is no name {name}, neither inside the tunnel nor outside"),
        )
        .cause("check its spelling, or ask whoever runs the virtual network's DNS")
    }

    fn silent_servers(&self, name: &str, connection: &Connection, servers: &[IpAddr]) -> Finding {
        let list: Vec<String> = servers.iter().map(IpAddr::to_string).collect();
        let finding = Finding::new(
            Verdict::TunnelDnsSilent,
            format!(
                "{name} does not resolve: the tunnel's DNS ({}) does not answer",
                list.join(", ")
            ),
        );
        let outside = servers
            .iter()
            .find(|server| self.way(**server) != Way::Tunnel);
        match outside {
            Some(server) => finding
                .cause(format!("no route leads to {server} through the tunnel"))
                .mend(
                    &connection.profile,
                    Setting::LeadInside,
                    IpNet::from(*server),
                ),
            None => finding
                .cause("it is down, or something inside lets no questions through (port 53)")
                .fix("spoke report, for whoever runs the virtual network"),
        }
    }

    /// What becomes of the addresses that programs get.
    fn address_finding(&self) -> Finding {
        let here = self.facts.addresses.iter().filter(|facts| {
            let name = self.facts.name.as_ref();
            name.is_none_or(|name| name.here.addresses().contains(&facts.address))
        });
        let here: Vec<_> = here.collect();
        let answered = here.iter().find(|facts| facts.reply == PortReply::Open);
        let answered = answered.or_else(|| here.iter().find(|facts| facts.reply.answered()));
        match answered.or_else(|| here.first()) {
            Some(facts) => self.of_address(facts),
            None => Finding::new(
                Verdict::NoNetwork,
                format!("nothing is known of {}", self.facts.target),
            ),
        }
    }

    fn of_address(&self, facts: &AddressFacts) -> Finding {
        let address = facts.address;
        let way = self.way(address);
        if way == Way::Here {
            return Finding::new(
                Verdict::ThisComputer,
                format!("{address} is this computer itself"),
            );
        }
        if let Some(finding) = self.led_away(facts, way) {
            return finding;
        }
        match way {
            Way::Tunnel => self.inside(facts),
            _ if facts.reply.answered() => self.answers(facts, Verdict::ReachedOutside, "past"),
            _ => self.outside(facts, way),
        }
    }

    /// It belongs into the tunnel and goes elsewhere, whoever may answer there.
    fn led_away(&self, facts: &AddressFacts, way: Way) -> Option<Finding> {
        let connection = self.up?;
        let address = facts.address;
        let profile = &connection.profile;
        if way == Way::Tunnel {
            return self.other_rule(facts, connection);
        }
        let kept_out = connection.excluded.iter().any(|net| net.contains(&address));
        let wanted = longest(&connection.routes, address).filter(|_| !kept_out)?;
        let route = best_route(&self.facts.network, address)?;
        let link = route.interface.as_deref().unwrap_or("nowhere");
        if route.gateway.is_none() && route.interface.is_some() {
            return Some(
                Finding::new(
                    Verdict::Overlap,
                    format!(
                        "{address} belongs to the virtual network, and {} on {link} has the same addresses",
                        route.prefix
                    ),
                )
                .cause(format!(
                    "the longer prefix wins: {} of this computer's network before {wanted} of the tunnel",
                    route.prefix
                ))
                .mend(profile, Setting::LeadInside, IpNet::from(address)),
            );
        }
        let by = route
            .gateway
            .map_or_else(String::new, |gateway| format!(" by {gateway}"));
        Some(
            Finding::new(
                Verdict::OtherRoute,
                format!(
                    "a route that Spoke did not set leads {address} past the tunnel: {} via {link}{by}",
                    route.prefix
                ),
            )
            .cause(format!(
                "it is more exact than {wanted} of the tunnel; another VPN or the network's DHCP may have set it"
            ))
            .mend(profile, Setting::LeadInside, IpNet::from(address)),
        )
    }

    fn other_rule(&self, facts: &AddressFacts, connection: &Connection) -> Option<Finding> {
        let source = facts.source?;
        let own = connection.addresses.iter().any(|net| net.addr() == source);
        if own || facts.reply == PortReply::Open {
            return None;
        }
        let link = link_with(&self.facts.network, source).unwrap_or("another link");
        Some(
            Finding::new(
                Verdict::OtherRule,
                format!(
                    "a rule of another program leads {} to {link} instead of the tunnel",
                    facts.address
                ),
            )
            .cause("the routes lead into the tunnel; rules before them do not (another VPN?)")
            .fix("ip rule show, and stop the program that set the rule"),
        )
    }

    fn inside(&self, facts: &AddressFacts) -> Finding {
        let address = facts.address;
        match &facts.reply {
            PortReply::Open | PortReply::Closed => {
                self.answers(facts, Verdict::ReachedInside, "through")
            }
            PortReply::Silent => Finding::new(
                Verdict::SilentInside,
                format!("{address} is led into the tunnel, and nothing comes back from it"),
            )
            .cause(format!(
                "the host is down, or a firewall or network security group inside does not let port {} through",
                self.port
            ))
            .cause("or the virtual network has no route back to this connection's addresses")
            .fix("spoke report, for whoever runs the virtual network"),
            PortReply::Unreachable { why } => Finding::new(
                Verdict::UnreachableInside,
                format!("{address} is led into the tunnel, where there is no way to it"),
            )
            .cause(why.clone())
            .fix("spoke report, for whoever runs the virtual network"),
        }
    }

    /// It goes past the tunnel and does not answer.
    fn outside(&self, facts: &AddressFacts, way: Way) -> Finding {
        let address = facts.address;
        let Some(connection) = self.up else {
            return match way {
                _ if is_private(address) => {
                    self.not_connected(&format!("{address} does not answer"))
                }
                Way::None => no_network(address),
                _ => self.silent_outside(facts),
            };
        };
        let profile = &connection.profile;
        if let Some(net) = longest(&connection.excluded, address) {
            return Finding::new(
                Verdict::Excluded,
                format!("{address} is kept out of the tunnel ({net}) and does not answer outside"),
            )
            .cause("the profile or the gateway excludes it")
            .mend(profile, Setting::KeepOutNoLonger, net);
        }
        match way {
            Way::Refused => Finding::new(
                Verdict::RouteRefuses,
                format!("a route of this computer refuses {address}"),
            )
            .fix(format!("spoke route show {address}")),
            _ if is_private(address) => Finding::new(
                Verdict::NoRoute,
                format!("no route leads {address} into the tunnel"),
            )
            .cause("the gateway did not name its network, and the profile does not either")
            .mend(profile, Setting::LeadInside, IpNet::from(address)),
            Way::None => no_network(address),
            _ => self.silent_outside(facts),
        }
    }

    fn silent_outside(&self, facts: &AddressFacts) -> Finding {
        let finding = Finding::new(
            Verdict::SilentOutside,
            format!(
                "{} is a public address past the tunnel and does not answer at port {}",
                facts.address, self.port
            ),
        );
        match &facts.reply {
            PortReply::Unreachable { why } => finding.cause(why.clone()),
            _ => {
                finding.cause("the host is down, or a firewall on the way does not let it through")
            }
        }
    }

    fn answers(&self, facts: &AddressFacts, verdict: Verdict, how: &str) -> Finding {
        let target = &self.facts.target;
        let Self { port, .. } = self;
        if facts.reply == PortReply::Closed {
            let finding = Finding::new(
                Verdict::PortClosed,
                format!(
                    "{target} answers {how} the tunnel, and nothing listens at its port {port}"
                ),
            );
            return match self.facts.target.port {
                Some(_) => finding.cause("the program there is not running, or has another port"),
                None => finding.fix(format!(
                    "spoke explain {target}:PORT, with the port you need"
                )),
            };
        }
        let way = match self.up {
            None => String::new(),
            Some(_) => format!(" {how} the tunnel"),
        };
        Finding::new(
            verdict,
            format!("{target} is reached{way}, port {port} is open"),
        )
    }

    fn not_connected(&self, what: &str) -> Finding {
        let finding = Finding::new(
            Verdict::NotConnected,
            format!("{what}, and no tunnel is up"),
        );
        match &self.facts.state.connection {
            Some(connection) if !connection.profile.is_empty() => finding
                .cause(format!(
                    "{} is {}",
                    connection.profile,
                    connection.phase.word().replace('_', " ")
                ))
                .fix("spoke status"),
            _ => finding.fix("spoke connect"),
        }
    }

    fn way(&self, address: IpAddr) -> Way {
        way_to(&self.facts.network, self.up, address).0
    }

    /// What is known of an address, to be put behind it.
    fn in_words(&self, address: IpAddr) -> String {
        let mut words = Vec::new();
        if is_private(address) {
            words.push("private".to_owned());
        }
        if let (_, Some(route)) = way_to(&self.facts.network, self.up, address) {
            let link = route.interface.as_deref().unwrap_or("nowhere");
            words.push(format!("route {} via {link}", route.prefix));
        }
        let tried = self.facts.addresses.iter();
        let mut reply = tried
            .filter(|facts| facts.address == address)
            .map(|facts| &facts.reply);
        match reply.next() {
            Some(PortReply::Open) => words.push(format!("port {} open", self.port)),
            Some(PortReply::Closed) => words.push(format!("port {} closed", self.port)),
            _ => {}
        }
        match words.is_empty() {
            true => String::new(),
            false => format!(" ({})", words.join(", ")),
        }
    }
}

fn no_network(address: IpAddr) -> Finding {
    Finding::new(
        Verdict::NoNetwork,
        format!("this computer has no route to {address}: it is not on any network"),
    )
    .fix("spoke doctor")
}

/// The longest of the prefixes that hold an address.
fn longest(nets: &[IpNet], address: IpAddr) -> Option<IpNet> {
    let holding = nets.iter().filter(|net| net.contains(&address));
    holding.max_by_key(|net| net.prefix_len()).copied()
}

fn in_the_shell(profile: &str, assignment: &str) -> String {
    // A connection keeps the settings that it was made with.
    format!(
        "spoke profile set {} {assignment} && spoke reconnect",
        shell(profile)
    )
}
