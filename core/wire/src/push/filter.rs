use super::parse::shown;
use super::text::PushText;
use super::update::PushUpdate;
use crate::option_line::{name_of, split_words};
use zeroize::Zeroizing;

/// What the user lets a server push, option by option (`pull-filter`, `route-nopull`). The default lets all through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PushFilter {
    /// Texts by which options begin, and what is done with those; the first that fits decides.
    pub rules: Vec<(FilterRule, String)>,
    /// Whether routes and names are left out (`route-nopull`).
    pub no_routes: bool,
}

/// What is done with an option that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterRule {
    /// It is taken.
    Accept,
    /// It is passed over.
    Ignore,
    /// The connection ends.
    Reject,
}

/// What `route-nopull` leaves out (OpenVPN 2.6).
const ROUTES: [&str; 11] = [
    "block-ipv6",
    "block-outside-dns",
    "client-nat",
    "dhcp-option",
    "dns",
    "redirect-gateway",
    "redirect-private",
    "route",
    "route-delay",
    "route-ipv6",
    "route-metric",
];

impl PushFilter {
    /// What passes of a complete (joined) push message.
    ///
    /// # Errors
    /// With the first option that is to end the connection.
    pub fn pass(&self, text: &PushText) -> Result<PushText, String> {
        let mut passed: Vec<&str> = Vec::new();
        for option in text.options() {
            if self.takes(option)? {
                passed.push(option);
            }
        }
        Ok(PushText::new(passed.join(",")))
    }

    /// What passes of an update.
    ///
    /// # Errors
    /// As [`PushFilter::pass`].
    pub fn pass_update(&self, update: PushUpdate) -> Result<PushUpdate, String> {
        let mut items = Vec::new();
        for item in update.items {
            if self.takes(&item.option)? {
                items.push(item);
            }
        }
        Ok(PushUpdate { items })
    }

    fn takes(&self, option: &str) -> Result<bool, String> {
        if *self == Self::default() {
            return Ok(true);
        }
        // The words as they are acted on: quotes do not carry an option past a filter.
        let plain = split_words(option).map(|words| Zeroizing::new(words.join(" ")));
        let begins = |text: &str| {
            option.starts_with(text) || plain.as_ref().is_ok_and(|plain| plain.starts_with(text))
        };
        let rule = self.rules.iter().find(|(_, text)| begins(text));
        let name = name_of(option);
        match rule {
            Some((FilterRule::Reject, _)) => Err(shown(&name, option)),
            Some((FilterRule::Ignore, _)) => Ok(false),
            Some((FilterRule::Accept, _)) | None => {
                Ok(!self.no_routes || !ROUTES.contains(&name.as_str()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(filter: &PushFilter, options: &str) -> Result<String, String> {
        let passed = filter.pass(&PushText::new(options))?;
        Ok(passed.as_str().to_owned())
    }

    #[test]
    fn the_first_rule_that_fits_decides() {
        let rule = |rule, text: &str| (rule, text.to_owned());
        let filter = PushFilter {
            rules: vec![
                rule(FilterRule::Accept, "route 10.1."),
                rule(FilterRule::Ignore, "route"),
                rule(FilterRule::Reject, "dhcp-option DNS"),
            ],
            no_routes: false,
        };
        let options =
            "route 10.1.0.0,route 10.2.0.0,route-ipv6 fd00::/8,dhcp-option DOMAIN x,ping 5";
        assert_eq!(
            passed(&filter, options).as_deref(),
            Ok("route 10.1.0.0,dhcp-option DOMAIN x,ping 5")
        );
        assert_eq!(
            passed(&filter, "ping 5,dhcp-option DNS 10.0.0.1"),
            Err("dhcp-option DNS 10.0.0.1".to_owned())
        );
    }

    #[test]
    fn without_routes_the_tunnel_still_has_its_address() {
        let filter = PushFilter {
            no_routes: true,
            ..PushFilter::default()
        };
        let options = "ifconfig 10.8.0.2 255.255.255.0,route-gateway 10.8.0.1,route 10.1.0.0,dns search-domains x";
        assert_eq!(
            passed(&filter, options).as_deref(),
            Ok("ifconfig 10.8.0.2 255.255.255.0,route-gateway 10.8.0.1")
        );
    }

    #[test]
    fn quotes_carry_no_option_past_it() {
        let filter = PushFilter {
            rules: vec![(FilterRule::Ignore, "redirect-gateway def1".to_owned())],
            no_routes: true,
        };
        let options = "\"route\" 0.0.0.0 0.0.0.0,'dhcp-option' DNS 10.6.6.6,\"redirect-gateway\" 'def1',ping 5";
        assert_eq!(passed(&filter, options).as_deref(), Ok("ping 5"));
    }

    #[test]
    fn a_token_is_not_named_in_a_refusal() {
        let filter = PushFilter {
            rules: vec![(FilterRule::Reject, "auth-token".to_owned())],
            no_routes: false,
        };
        for option in ["auth-token SESS_ID_x", "\"auth-token\" SESS_ID_x"] {
            assert_eq!(
                passed(&filter, option),
                Err("auth-token (hidden)".to_owned())
            );
        }
    }
}
