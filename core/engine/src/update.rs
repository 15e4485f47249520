use crate::error::Error;
use crate::role::Role;
use crate::session::Session;
use spoke_moment::Moment;
use spoke_wire::{ControlMessage, ProtocolBits, PushError, PushUpdate};

/// Changes of a configuration that is in force.
impl Session {
    /// Server: sends a change of single settings to a connected client. Says whether the client understands updates;
    /// one that does not is sent nothing.
    ///
    /// # Errors
    /// When an item cannot be sent; nothing is sent then.
    pub fn push_update(&mut self, now: Moment, update: &PushUpdate) -> Result<bool, PushError> {
        let parts = update.to_parts()?;
        let understands = match &self.role {
            Role::Server(server) => server.abilities().has(ProtocolBits::PUSH_UPDATE),
            Role::Client(_) => false,
        };
        if !understands || self.role.agreed().is_none() || !self.goes_on(now, self.common.wall) {
            return Ok(false);
        }
        let slot = match &mut self.older {
            Some(older) if !self.newest.is_active() => older,
            _ => &mut self.newest,
        };
        let mut said: Result<(), Error> = Ok(());
        for part in parts {
            let words = ControlMessage::PushUpdate(part);
            said = said.and_then(|()| slot.link.say(&words));
        }
        let done = said.and_then(|()| slot.link.flush());
        self.check(done);
        Ok(true)
    }
}
