use ipnet::IpNet;

/// How all traffic is written as routes: a default route, or the two halves that stand
/// for one; and the same of IPv6, which may go with it.
const WHOLE: [&str; 2] = ["0.0.0.0/0", "::/0"];
const HALVES: [[&str; 2]; 2] = [["0.0.0.0/1", "128.0.0.0/1"], ["::/1", "8000::/1"]];

/// The routes among these that together send all traffic of IPv4 into the tunnel, with
/// those that do the same for IPv6; none when they do not.
#[must_use]
pub fn all_traffic(routes: &[IpNet]) -> Vec<IpNet> {
    let has = |text: &str| routes.iter().any(|route| route.to_string() == text);
    let mut texts: Vec<&str> = WHOLE.into_iter().filter(|text| has(text)).collect();
    for halves in HALVES {
        if halves.iter().all(|half| has(half)) {
            texts.extend(halves);
        }
    }
    let of_ipv4 = texts.iter().any(|text| !text.contains(':'));
    if !of_ipv4 {
        return Vec::new();
    }
    let stands = |route: &&IpNet| texts.contains(&route.to_string().as_str());
    routes.iter().filter(stands).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_traffic_is_a_default_route_or_both_halves() {
        for (routes, all) in [
            ("", ""),
            ("10.0.0.0/8", ""),
            ("0.0.0.0/1", ""),
            ("::/0", ""),
            ("0.0.0.0/0 10.0.0.0/8", "0.0.0.0/0"),
            ("0.0.0.0/0 ::/0", "0.0.0.0/0 ::/0"),
            ("128.0.0.0/1 10.0.0.0/8 0.0.0.0/1", "128.0.0.0/1 0.0.0.0/1"),
            (
                "0.0.0.0/0 0.0.0.0/1 ::/1 8000::/1",
                "0.0.0.0/0 ::/1 8000::/1",
            ),
        ] {
            let read = |text: &str| -> Vec<IpNet> {
                text.split_whitespace()
                    .map(|one| one.parse().unwrap())
                    .collect()
            };
            assert_eq!(all_traffic(&read(routes)), read(all), "{routes}");
        }
    }
}
