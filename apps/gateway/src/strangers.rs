//! Clients that have not signed in: anybody can be one, and each costs memory and
//! descriptors, so there are only so many of them.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// At once, of all addresses together.
const MOST: usize = 500;
/// At once, of one address: enough for an office behind one, and too few to keep
/// everybody else out.
const MOST_OF_ONE: usize = 100;

/// Who is at the door.
#[derive(Clone, Default)]
pub(crate) struct Strangers(Arc<Mutex<Counts>>);

#[derive(Default)]
struct Counts {
    all: usize,
    by_address: BTreeMap<IpAddr, usize>,
}

/// One of them; given back when dropped.
pub(crate) struct Stranger {
    address: IpAddr,
    door: Strangers,
}

impl Strangers {
    /// Room for one more from `address`; `None` when there are too many.
    pub(crate) fn admit(&self, address: IpAddr) -> Option<Stranger> {
        let mut counts = self.counts();
        if counts.all >= MOST {
            return None;
        }
        let of_one = counts.by_address.entry(address).or_default();
        if *of_one >= MOST_OF_ONE {
            return None;
        }
        *of_one += 1;
        counts.all += 1;
        Some(Stranger {
            address,
            door: self.clone(),
        })
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let mut counts = self.door.counts();
        counts.all = counts.all.saturating_sub(1);
        if let Some(of_one) = counts.by_address.get_mut(&self.address) {
            *of_one = of_one.saturating_sub(1);
            if *of_one == 0 {
                counts.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    #[test]
    fn one_address_cannot_keep_the_others_out() {
        let door = Strangers::default();
        let crowd: Vec<_> = std::iter::from_fn(|| door.admit(address(1))).collect();
        assert_eq!(crowd.len(), MOST_OF_ONE);
        assert!(door.admit(address(2)).is_some());
        drop(crowd);
        assert!(door.admit(address(1)).is_some());
        assert!(door.counts().by_address.is_empty());
    }

    #[test]
    fn there_is_an_end_to_all_of_them_together() {
        let door = Strangers::default();
        let crowd: Vec<_> = (0..=u8::MAX)
            .flat_map(|last| [last; 4])
            .map_while(|last| door.admit(address(last)))
            .collect();
        assert_eq!(crowd.len(), MOST);
    }
}
