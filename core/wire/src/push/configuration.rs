use super::reply::PushReply;
use super::text::PushText;
use super::unused::is_idle;
use super::update::{PushUpdate, UpdateError};
use crate::option_line::name_of;

/// The kinds of options that an update may change (OpenVPN 2.7).
const UPDATABLE: [&str; 15] = [
    "block-ipv6",
    "block-outside-dns",
    "dhcp-option",
    "dns",
    "ifconfig",
    "ifconfig-ipv6",
    "keepalive",
    "redirect-gateway",
    "redirect-private",
    "route",
    "route-gateway",
    "route-ipv6",
    "route-metric",
    "topology",
    "tun-mtu",
];

/// The configuration of a connection as the lines that make it up, so that updates of single kinds can be merged into
/// it. Session tokens are not part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    options: Vec<String>,
}

impl Configuration {
    /// The configuration in a complete (joined) push message.
    #[must_use]
    pub fn new(text: &PushText) -> Self {
        let kept = |option: &&str| !name_of(option).starts_with("auth-token");
        Self {
            options: text.options().filter(kept).map(str::to_owned).collect(),
        }
    }

    /// Its options, typed.
    ///
    /// # Errors
    /// As [`PushReply::parse`].
    pub fn reply(&self) -> Result<PushReply, UpdateError> {
        Ok(PushReply::parse(&PushText::new(self.options.join(",")))?)
    }

    /// The configuration after an update.
    ///
    /// The first item of a kind takes the place of all values that the kind had, further ones of the same update add to
    /// it; kinds that the update does not name stay.
    ///
    /// # Errors
    /// When an item that is not optional cannot be done.
    pub fn merge(&self, update: &PushUpdate) -> Result<Self, UpdateError> {
        let mut options = self.options.clone();
        let mut touched: Vec<&str> = Vec::new();
        for item in &update.items {
            let kind = kind(&item.option);
            if !UPDATABLE.contains(&kind) {
                if item.optional {
                    continue;
                }
                return Err(UpdateError::Fixed(kind.to_owned()));
            }
            if !item.remove && !is_usable(&item.option) {
                if item.optional {
                    continue;
                }
                return Err(UpdateError::Unusable(item.option.clone()));
            }
            if item.remove || !touched.contains(&kind) {
                options.retain(|option| self::kind(option) != kind);
                touched.push(kind);
            }
            if !item.remove {
                options.push(item.option.clone());
            }
        }
        let merged = Self { options };
        merged.reply()?;
        Ok(merged)
    }
}

fn kind(option: &str) -> &str {
    option.split_ascii_whitespace().next().unwrap_or_default()
}

fn is_usable(option: &str) -> bool {
    PushReply::parse(&PushText::new(option))
        .is_ok_and(|reply| reply.unused.iter().all(|option| is_idle(option)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(options: &str, update: &str) -> Result<String, UpdateError> {
        let update = PushUpdate::parse(&PushText::new(update))?;
        let before = Configuration::new(&PushText::new(options));
        before.merge(&update).map(|after| after.options.join(","))
    }

    #[test]
    fn the_first_item_of_a_kind_replaces_and_the_next_ones_add() {
        let before =
            "ping 5,route 10.1.0.0 255.255.0.0,route 10.2.0.0 255.255.0.0,dhcp-option DNS 10.1.0.1";
        assert_eq!(
            merged(
                before,
                "route 10.3.0.0 255.255.0.0,route 10.4.0.0 255.255.0.0"
            )
            .as_deref(),
            Ok(
                "ping 5,dhcp-option DNS 10.1.0.1,route 10.3.0.0 255.255.0.0,route 10.4.0.0 255.255.0.0"
            )
        );
        assert_eq!(
            merged(before, "-route,-?block-ipv6").as_deref(),
            Ok("ping 5,dhcp-option DNS 10.1.0.1")
        );
        assert_eq!(merged(before, "").as_deref(), Ok(before));
    }

    #[test]
    fn what_cannot_be_done_counts_only_when_it_must() {
        assert_eq!(
            merged("ping 5", "cipher none"),
            Err(UpdateError::Fixed("cipher".to_owned()))
        );
        assert_eq!(
            merged("ping 5", "?cipher none,?route nonsense,?topology ring").as_deref(),
            Ok("ping 5")
        );
        assert_eq!(
            merged("ping 5", "route nonsense"),
            Err(UpdateError::Unusable("route nonsense".to_owned()))
        );
    }

    #[test]
    fn what_is_not_of_the_grammar_is_refused() {
        for bad in ["?-route", "-", "?", "-route 10.0.0.0", "--route", "-?"] {
            assert_eq!(
                merged("ping 5", bad),
                Err(UpdateError::Malformed(bad.to_owned()))
            );
        }
    }

    #[test]
    fn a_token_is_not_kept() {
        let text = PushText::new("auth-token abc,ping 5,auth-token-user QQ==,'auth-token' abc");
        let expected = Configuration::new(&PushText::new("ping 5"));
        assert_eq!(Configuration::new(&text), expected);
    }
}
