use crate::error::Error;
use crate::role::Role;
use crate::session::Session;
use spoke_moment::Moment;
use spoke_wire::{ControlMessage, ProtocolBits, PushError, PushUpdate};

/// Changes of a configuration that is in force.
impl Session {
    /// Server: sends a change of single settings to a connected client, after a negotiation that is under way. Says
    /// whether the client understands updates; one that does not is sent nothing.
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
        let words = parts.into_iter().map(ControlMessage::PushUpdate);
        self.waiting.extend(words);
        let done = self.say_waiting();
        self.check(done);
        Ok(true)
    }

    /// Says what has waited for the end of a negotiation, if none is under way.
    pub(crate) fn say_waiting(&mut self) -> Result<(), Error> {
        if self.waiting.is_empty() || !self.newest.is_active() {
            return Ok(());
        }
        for words in std::mem::take(&mut self.waiting) {
            self.newest.link.say(&words)?;
        }
        self.newest.link.flush()
    }
}
