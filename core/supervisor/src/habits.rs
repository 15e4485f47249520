use spoke_api::Description;
use spoke_profile::Compat;

/// What is known of gateways from former connections: which of them want to be told
/// what the stock client says of itself. Apart for each user, so that none can teach
/// another's connections.
///
/// The daemon keeps it: it learns it first, needs it before any program of the user's
/// is there, and it is no secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Habits {
    stock: Vec<(u32, String)>,
}

/// Gateways that are remembered; beyond it the oldest is forgotten.
const MOST: usize = 200;

impl Habits {
    /// The habits in a list of user ids and host names, oldest first.
    #[must_use]
    pub fn from_list(stock: Vec<(u32, String)>) -> Self {
        Self { stock }
    }

    /// The list that [`Habits::from_list`] takes.
    #[must_use]
    pub fn list(&self) -> &[(u32, String)] {
        &self.stock
    }

    /// Whether this user's gateway wants the stock client's values.
    pub(crate) fn wants_stock(&self, uid: u32, host: &str) -> bool {
        let mut known = self.stock.iter();
        known.any(|(owner, name)| *owner == uid && name == host)
    }

    /// Takes in what a gateway has accepted; says whether that is news.
    pub(crate) fn learn(&mut self, uid: u32, host: &str, stock: bool) -> bool {
        if self.wants_stock(uid, host) == stock {
            return false;
        }
        if stock {
            self.stock.push((uid, host.to_owned()));
            if self.stock.len() > MOST {
                self.stock.remove(0);
            }
        } else {
            self.stock
                .retain(|(owner, name)| *owner != uid || name != host);
        }
        true
    }
}

/// What this client tells the gateways of one connection of itself.
#[derive(Debug, Default)]
pub(crate) struct Describing {
    setting: Compat,
    /// The present gateway.
    host: String,
    remembered: bool,
    /// The present gateway has closed the connection on what it was told first.
    turned: bool,
}

impl Describing {
    pub(crate) fn new(setting: Compat) -> Self {
        Self {
            setting,
            ..Self::default()
        }
    }

    /// An attempt at `host` begins.
    pub(crate) fn begin(&mut self, host: &str, remembered: bool) {
        if self.host != host {
            host.clone_into(&mut self.host);
            self.remembered = remembered;
            self.turned = false;
        }
    }

    /// The gateway closed the connection on this description without a word; says
    /// whether there is another one to try.
    pub(crate) fn turn(&mut self) -> bool {
        let left = self.setting == Compat::Auto && !self.turned;
        self.turned |= left;
        left
    }

    /// Whether the stock client's values are told.
    pub(crate) fn stock(&self) -> bool {
        match self.setting {
            Compat::Auto => self.remembered != self.turned,
            Compat::On => true,
            Compat::Off => false,
        }
    }

    /// What is worth remembering once the gateway has accepted it.
    pub(crate) fn lesson(&self) -> Option<(&str, bool)> {
        (self.setting == Compat::Auto).then(|| (self.host.as_str(), self.stock()))
    }

    /// For clients.
    pub(crate) fn report(&self) -> Description {
        match (self.stock(), self.setting, self.turned) {
            (false, ..) => Description::Ordinary,
            (true, Compat::Auto, true) => Description::StockAfterRefusal,
            (true, Compat::Auto, false) => Description::StockRemembered,
            (true, ..) => Description::Stock,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auto_tries_each_description_once_and_begins_with_what_is_remembered() {
        for remembered in [false, true] {
            let mut describing = Describing::new(Compat::Auto);
            describing.begin("a", remembered);
            assert_eq!(describing.stock(), remembered);
            assert!(describing.turn());
            describing.begin("a", remembered);
            assert_eq!(describing.stock(), !remembered);
            assert!(!describing.turn());
            describing.begin("b", false);
            assert_eq!(describing.report(), Description::Ordinary);
            assert!(describing.turn(), "another gateway, another try");
            assert_eq!(describing.report(), Description::StockAfterRefusal);
        }
    }

    #[test]
    fn a_setting_is_not_overruled() {
        for (setting, stock) in [(Compat::On, true), (Compat::Off, false)] {
            let mut describing = Describing::new(setting);
            describing.begin("a", !stock);
            assert!(!describing.turn());
            assert_eq!(describing.stock(), stock);
            assert_eq!(describing.lesson(), None);
        }
    }

    #[test]
    fn users_teach_their_own_connections_only() {
        let mut habits = Habits::default();
        assert!(!habits.learn(5, "a", false));
        assert!(habits.learn(5, "a", true) && !habits.learn(5, "a", true));
        assert!(habits.wants_stock(5, "a") && !habits.wants_stock(6, "a"));
        assert!(habits.learn(5, "a", false) && !habits.wants_stock(5, "a"));
        for number in 0..2 * MOST {
            habits.learn(5, &number.to_string(), true);
        }
        assert_eq!(habits.list().len(), MOST);
        assert!(habits.wants_stock(5, &(2 * MOST - 1).to_string()));
    }
}
