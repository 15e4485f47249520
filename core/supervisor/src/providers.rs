use crate::peer::{ClientId, Peer};

/// Clients that offered to answer for tokens, newest last.
#[derive(Debug, Default)]
pub(crate) struct Providers {
    offers: Vec<(ClientId, u32)>,
}

impl Providers {
    /// Notes an offer; a repeated one becomes the newest.
    pub(crate) fn offer(&mut self, client: ClientId, peer: Peer) {
        self.leave(client);
        self.offers.push((client, peer.uid));
    }

    /// Forgets a client.
    pub(crate) fn leave(&mut self, client: ClientId) {
        self.offers.retain(|(known, _)| *known != client);
    }

    /// The newest offer of a user.
    pub(crate) fn of(&self, uid: u32) -> Option<ClientId> {
        self.offers
            .iter()
            .rev()
            .find(|(_, owner)| *owner == uid)
            .map(|(client, _)| *client)
    }

    /// The offer of a user that was the newest before `client` made one.
    pub(crate) fn before(&self, client: ClientId, uid: u32) -> Option<ClientId> {
        let at = self.offers.iter().position(|(known, _)| *known == client)?;
        let earlier = self.offers.iter().take(at).rev();
        let mut theirs = earlier.filter(|(_, owner)| *owner == uid);
        theirs.next().map(|(client, _)| *client)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_offer_of_the_same_user_counts_until_it_leaves() {
        let mut providers = Providers::default();
        let peer = |uid| Peer {
            uid,
            gid: 0,
            pid: 0,
        };
        providers.offer(ClientId(1), peer(5));
        providers.offer(ClientId(2), peer(6));
        providers.offer(ClientId(3), peer(5));
        assert_eq!(providers.of(5), Some(ClientId(3)));
        assert_eq!(providers.before(ClientId(3), 5), Some(ClientId(1)));
        assert_eq!(providers.before(ClientId(1), 5), None);
        providers.leave(ClientId(3));
        assert_eq!(providers.of(5), Some(ClientId(1)));
        assert_eq!(providers.of(7), None);
    }
}
