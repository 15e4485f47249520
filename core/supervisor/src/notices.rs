//! What others found, as notices for the user.

use spoke_api::{Notice, NoticeCode as Code, Problem};
use spoke_plan::{Lockdown, Lost, MAX_ROUTES, Notice as OfPlan};

pub(crate) fn of_plan(found: &OfPlan) -> Notice {
    let new = |code| Notice::new(code, found.to_string());
    match found {
        OfPlan::AbsurdRoute(prefix) => new(Code::AbsurdRoute).about(prefix),
        OfPlan::RouteToGateway(prefix) => new(Code::RouteToGateway).about(prefix),
        OfPlan::NoAddressFor(prefix) => {
            let family = match prefix.addr().is_ipv4() {
                true => "IPv4",
                false => "IPv6",
            };
            new(Code::NoAddressFor).about(prefix).about(family)
        }
        OfPlan::Ipv6Off(address) => new(Code::Ipv6Off).about(address),
        OfPlan::TooManyRoutes { left_out } => {
            new(Code::TooManyRoutes).about(left_out).about(MAX_ROUTES)
        }
        OfPlan::Overlap {
            prefix,
            local,
            interface,
        } => {
            let overlap = new(Code::Overlap).about(prefix);
            overlap.about(local).about(interface)
        }
        OfPlan::Announced { prefix, interface } => {
            new(Code::Announced).about(interface).about(prefix)
        }
        OfPlan::NotOutdone { prefix, interface } => {
            new(Code::NotOutdone).about(interface).about(prefix)
        }
        OfPlan::SetAgain(Lost::Route(prefix)) => new(Code::RouteSetAgain).about(prefix),
        OfPlan::SetAgain(Lost::Device(name)) => new(Code::DeviceSetAgain).about(name),
        OfPlan::SetAgain(Lost::ResolvConf) => new(Code::DnsSetAgain).about("/etc/resolv.conf"),
        OfPlan::SetAgain(Lost::LinkDns(name)) => new(Code::LinkDnsSetAgain).about(name),
        OfPlan::SetAgain(Lost::Lockdown) => new(Code::LockdownSetAgain),
        OfPlan::NoWayTo(prefix) => new(Code::NoWayTo).about(prefix),
        OfPlan::Ipv6Outside => new(Code::Ipv6Outside),
        OfPlan::MtuRaised { asked, used } => new(Code::MtuRaised).about(asked).about(used),
        OfPlan::AbsurdAddress(address) => new(Code::AbsurdAddress).about(address),
        OfPlan::AbsurdServer(server) => new(Code::AbsurdServer).about(server),
        OfPlan::ServerOutside(server) => new(Code::ServerOutside).about(server),
        OfPlan::SuffixesWithoutServer => new(Code::SuffixesWithoutServer),
        OfPlan::BadSuffix(name) => new(Code::BadSuffix).about(format!("{name:?}")),
        OfPlan::CannotSplit => new(Code::CannotSplit),
        OfPlan::AskedBoth => new(Code::AskedBoth),
        OfPlan::AllAskedInside => new(Code::AllAskedInside),
    }
}

pub(crate) fn of_session(found: &spoke_engine::Notice) -> Notice {
    use spoke_engine::Notice as OfSession;
    let (code, about) = match found {
        OfSession::GatewaySays(words) => (Code::GatewaySays, words),
        OfSession::Ignored(what) => (Code::Ignored, what),
        OfSession::RenegotiationFailed(why) => (Code::RenegotiationFailed, why),
    };
    Notice::new(code, found.to_string()).about(about)
}

pub(crate) fn gateway_says(words: &str) -> Notice {
    of_session(&spoke_engine::Notice::GatewaySays(words.to_owned()))
}

pub(crate) fn way_troubled(why: &str) -> Notice {
    let text = format!("on the way to the gateway: {why}; waiting for it to come back");
    Notice::new(Code::WayTroubled, text).about(why)
}

pub(crate) fn not_set_again(why: &str) -> Notice {
    let text = format!("the network could not be set again: {why}");
    Notice::new(Code::NotSetAgain, text).about(why)
}

pub(crate) fn forbidden_option(option: &str) -> Notice {
    let text =
        format!("the gateway tried to set \"{option}\", which no gateway may; it was ignored");
    Notice::new(Code::ForbiddenOption, text).about(option)
}

pub(crate) fn translation_wanted() -> Notice {
    Notice::new(
        Code::TranslationWanted,
        "the gateway wants addresses to be translated (client-nat), which Spoke does not do; \
         what is behind them cannot be reached",
    )
}

pub(crate) fn secondary_gateway(profile: &str) -> Notice {
    let text = format!("this is a gateway of the secondary profile {profile}");
    Notice::new(Code::SecondaryGateway, text).about(profile)
}

pub(crate) fn sign_in_not_renewed(problem: &Problem) -> Notice {
    let why = &problem.summary;
    let text = format!("the sign-in could not be renewed: {why}; {}", problem.hint);
    Notice::new(Code::SignInNotRenewed, text).about(why)
}

/// What everybody is told who looks at a connection with a lockdown.
pub(crate) fn locked(lockdown: &Lockdown) -> Notice {
    let closed = "lockdown: nothing leaves this computer but through the tunnel";
    match lockdown.sign_in {
        Some(_) => {
            let text = format!("{closed}, and the web pages of a sign-in");
            Notice::new(Code::LockedForSignIn, text)
        }
        None => Notice::new(Code::Locked, closed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipnet::IpNet;
    use std::net::IpAddr;

    fn of_all_plans() -> Vec<OfPlan> {
        let net: IpNet = "10.20.0.0/16".parse().unwrap();
        let local: IpNet = "10.20.30.0/24".parse().unwrap();
        let server: IpAddr = "10.20.0.4".parse().unwrap();
        let interface = || "eth0".to_owned();
        vec![
            OfPlan::AbsurdRoute(net),
            OfPlan::RouteToGateway(net),
            OfPlan::NoAddressFor(net),
            OfPlan::NoAddressFor("fd00::/8".parse().unwrap()),
            OfPlan::Ipv6Off(net),
            OfPlan::TooManyRoutes { left_out: 7 },
            OfPlan::Overlap {
                prefix: net,
                local,
                interface: interface(),
            },
            OfPlan::Announced {
                prefix: net,
                interface: interface(),
            },
            OfPlan::NotOutdone {
                prefix: net,
                interface: interface(),
            },
            OfPlan::SetAgain(Lost::Route(net)),
            OfPlan::SetAgain(Lost::Device("spoke0".to_owned())),
            OfPlan::SetAgain(Lost::ResolvConf),
            OfPlan::SetAgain(Lost::LinkDns("spoke0".to_owned())),
            OfPlan::SetAgain(Lost::Lockdown),
            OfPlan::NoWayTo(net),
            OfPlan::Ipv6Outside,
            OfPlan::MtuRaised {
                asked: 100,
                used: 576,
            },
            OfPlan::AbsurdAddress(net),
            OfPlan::AbsurdServer(server),
            OfPlan::ServerOutside(server),
            OfPlan::SuffixesWithoutServer,
            OfPlan::BadSuffix("a b".to_owned()),
            OfPlan::CannotSplit,
            OfPlan::AskedBoth,
            OfPlan::AllAskedInside,
        ]
    }

    /// A translation puts them into a sentence of its own.
    #[test]
    fn what_a_sentence_is_about_stands_in_it_in_that_order() {
        for notice in of_all_plans().iter().map(of_plan) {
            let mut rest = notice.text.as_str();
            for about in &notice.about {
                let (_, after) = rest.split_once(about).unwrap_or_else(|| {
                    panic!("{about:?} of {:?} is not in {:?}", notice.code, notice.text)
                });
                rest = after;
            }
        }
    }

    #[test]
    fn each_has_a_code_of_its_own() {
        let mut codes: Vec<Code> = of_all_plans().iter().map(|it| of_plan(it).code).collect();
        let both_families = 1;
        let all = codes.len() - both_families;
        codes.sort();
        codes.dedup();
        assert_eq!(codes.len(), all);
        assert!(!codes.contains(&Code::Other));
    }
}
