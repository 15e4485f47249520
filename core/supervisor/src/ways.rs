use spoke_api::{PrivateKey, ProxyPassword};
use spoke_profile::{Profile, Server, SignIn};
use std::sync::Arc;

/// A profile, with what its gateways and its proxy want to see of its owner.
#[derive(Clone)]
pub(crate) struct Way {
    pub(crate) profile: Arc<Profile>,
    /// Key of the profile's client certificate.
    pub(crate) private_key: Option<Arc<PrivateKey>>,
    /// Password for the profile's proxy.
    pub(crate) proxy_password: Option<Arc<ProxyPassword>>,
}

/// The gateways of a connection in their order: those of its own profile, then those of the
/// profile that it falls back to.
pub(crate) struct Ways {
    primary: Way,
    secondary: Option<Way>,
}

impl Way {
    pub(crate) fn new(
        profile: Profile,
        private_key: Option<PrivateKey>,
        proxy_password: Option<ProxyPassword>,
    ) -> Self {
        Self {
            profile: Arc::new(profile),
            private_key: private_key.map(Arc::new),
            proxy_password: proxy_password.map(Arc::new),
        }
    }
}

impl Ways {
    pub(crate) const fn new(primary: Way, secondary: Option<Way>) -> Self {
        Self { primary, secondary }
    }

    /// The profile that the connection is known by.
    pub(crate) const fn primary(&self) -> &Way {
        &self.primary
    }

    /// How many gateways there are.
    pub(crate) fn gateways(&self) -> usize {
        self.each().map(|way| way.profile.servers.len()).sum()
    }

    /// The profile of the gateway at this place, and the gateway's place in that profile.
    pub(crate) fn at(&self, position: usize) -> Option<(&Way, usize)> {
        let own = self.primary.profile.servers.len();
        match position.checked_sub(own) {
            None => Some((&self.primary, position)),
            Some(further) => Some((self.secondary.as_ref()?, further)),
        }
    }

    /// Whether the gateway at this place is one of the profile that is fallen back to.
    pub(crate) fn is_secondary(&self, position: usize) -> bool {
        self.secondary.is_some() && position >= self.primary.profile.servers.len()
    }

    /// Zeroes keys and passwords.
    pub(crate) fn forget_secrets(&mut self) {
        for way in std::iter::once(&mut self.primary).chain(&mut self.secondary) {
            way.private_key = None;
            way.proxy_password = None;
        }
    }

    /// Where the connection may go.
    pub(crate) fn places(&self) -> Vec<(&str, u16)> {
        self.each()
            .flat_map(|way| {
                let profile = &way.profile;
                let place = |server: &Server| profile.port_of(server);
                let gateways = profile.servers.iter();
                let gateways = gateways.map(move |server| (server.host.as_str(), place(server)));
                let proxy = profile.proxy.iter();
                gateways.chain(proxy.map(|proxy| (proxy.host.as_str(), proxy.port)))
            })
            .collect()
    }

    fn each(&self) -> impl Iterator<Item = &Way> {
        std::iter::once(&self.primary).chain(&self.secondary)
    }
}

/// Whether a token for one profile's gateways is one for the other's too. A password never
/// is: it belongs to the gateway that it was typed for.
pub(crate) fn share_tokens(one: &Profile, other: &Profile) -> bool {
    matches!(one.sign_in, SignIn::Entra(_)) && one.sign_in == other.sign_in
}
