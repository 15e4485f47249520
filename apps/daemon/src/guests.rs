use std::collections::BTreeMap;

/// Sockets that one user may have open at a time.
const OF_A_USER: usize = 32;
/// User ids that are handed out together to one user's containers (subuid(5)): whoever has
/// such a block can be every user in it.
const BLOCK: u32 = 65_536;
/// Sockets of all users of one block; the first block has people and services in it, whom
/// nobody can be at will.
const OF_A_BLOCK: usize = 2_048;

/// Whose sockets are open, so that nobody takes the room of all others.
#[derive(Debug, Default)]
pub(crate) struct Guests {
    users: BTreeMap<u32, usize>,
    blocks: BTreeMap<u32, usize>,
}

/// One socket more would be too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Full {
    #[error("user {0} has {OF_A_USER} sockets open already")]
    User(u32),
    #[error("users {0} to {last} have {OF_A_BLOCK} sockets open already", last = .0.saturating_add(BLOCK - 1))]
    Block(u32),
}

impl Guests {
    /// Lets one more socket of this user in.
    pub(crate) fn enter(&mut self, user: u32) -> Result<(), Full> {
        let block = user / BLOCK;
        let of_user = self.users.get(&user).copied().unwrap_or_default();
        let of_block = self.blocks.get(&block).copied().unwrap_or_default();
        if of_user >= OF_A_USER {
            return Err(Full::User(user));
        }
        if block > 0 && of_block >= OF_A_BLOCK {
            return Err(Full::Block(block * BLOCK));
        }
        self.users.insert(user, of_user + 1);
        self.blocks.insert(block, of_block + 1);
        Ok(())
    }

    /// A socket that was let in is closed.
    pub(crate) fn leave(&mut self, user: u32) {
        less(&mut self.users, user);
        less(&mut self.blocks, user / BLOCK);
    }
}

fn less(counts: &mut BTreeMap<u32, usize>, of: u32) {
    if let Some(count) = counts.get_mut(&of) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&of);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_has_so_many_and_gets_room_by_leaving() {
        let mut guests = Guests::default();
        for _ in 0..OF_A_USER {
            assert_eq!(guests.enter(1000), Ok(()));
        }
        assert_eq!(guests.enter(1000), Err(Full::User(1000)));
        assert_eq!(guests.enter(1001), Ok(()));
        guests.leave(1000);
        assert_eq!(guests.enter(1000), Ok(()));
    }

    #[test]
    fn the_users_of_one_block_may_all_be_one() {
        let mut guests = Guests::default();
        let mut let_in = 0;
        for user in 100_000..101_000 {
            for _ in 0..OF_A_USER {
                let_in += usize::from(guests.enter(user).is_ok());
            }
        }
        assert_eq!(let_in, OF_A_BLOCK);
        assert_eq!(guests.enter(120_000), Err(Full::Block(65_536)));
        assert_eq!(guests.enter(0), Ok(()));
        assert_eq!(guests.enter(200_000), Ok(()));
        guests.leave(100_000);
        assert_eq!(guests.enter(120_000), Ok(()));
    }

    #[test]
    fn nothing_is_remembered_of_those_who_left() {
        let mut guests = Guests::default();
        for user in [0, 1000, 100_000] {
            guests.enter(user).unwrap();
            guests.leave(user);
        }
        assert!(guests.users.is_empty() && guests.blocks.is_empty());
    }
}
