use crate::clock::Clock;
use crate::command::{Command, Mailbox};
use crate::counters::Counters;
use crate::event::Event;
use crate::flow::Flow;
use crate::transport::Transport;
use crate::tun_io::TunIo;
use spoke_engine::{Credentials, Session};
use spoke_wire::{AuthFailure, ChallengeAnswer, PushReply};
use std::io;
use std::sync::Arc;

/// One tunnel at work on a thread of its own.
///
/// The thread ends after [`Event::Ended`], at the latest a second after
/// [`Pump::close`]. Dropping this value closes the tunnel.
pub struct Pump {
    mailbox: Arc<Mailbox>,
    counters: Arc<Counters>,
}

impl Pump {
    /// Starts to move packets between `transport` and `session`, and data packets
    /// once there is a [`TunIo`]. `clock` must be the one that the session was made
    /// with. `tell` is called on the pump's thread and must not block.
    ///
    /// # Errors
    /// When there is no thread or no descriptor to be had.
    pub fn start(
        transport: Transport,
        session: Session,
        clock: Clock,
        tell: impl FnMut(Event) + Send + 'static,
    ) -> io::Result<Self> {
        let mailbox = Arc::new(Mailbox::new()?);
        let counters = Arc::new(Counters::default());
        let mut flow = Flow::new(
            transport,
            session,
            clock,
            Arc::clone(&mailbox),
            Arc::clone(&counters),
            Box::new(tell),
        );
        std::thread::Builder::new()
            .name("tunnel".to_owned())
            .stack_size(256 * 1024)
            .spawn(move || {
                let ending = flow.run();
                // Both descriptors are closed before anyone hears of the end.
                let mut tell = flow.into_tell();
                tell(Event::Ended(ending));
            })?;
        Ok(Self { mailbox, counters })
    }

    /// Client: answers [`Event::CredentialsWanted`].
    pub fn supply_credentials(&self, credentials: Credentials) {
        self.mailbox.put(Command::Supply(credentials));
    }

    /// Client: answers a question of [`Event::SignInStep`].
    pub fn answer_challenge(&self, answer: ChallengeAnswer) {
        self.mailbox.put(Command::Answer(answer));
    }

    /// Server: answers [`Event::CheckCredentials`] of `key_id` with a yes.
    pub fn accept(&self, key_id: u8, push: PushReply) {
        self.mailbox.put(Command::Accept(key_id, Box::new(push)));
    }

    /// Server: answers [`Event::CheckCredentials`] of `key_id` with a no.
    pub fn reject(&self, key_id: u8, reason: AuthFailure) {
        self.mailbox.put(Command::Reject(key_id, reason));
    }

    /// Gives the tunnel its inner side; one that was there before is closed.
    pub fn attach(&self, tun: TunIo) {
        self.mailbox.put(Command::Attach(tun));
    }

    /// Has new keys negotiated.
    pub fn renegotiate(&self) {
        self.mailbox.put(Command::Renegotiate);
    }

    /// This machine's end of the transport is gone. Over UDP to a peer that knows
    /// its client by number (peer-id) the tunnel goes on from another address;
    /// otherwise it ends.
    pub fn roam(&self) {
        self.mailbox.put(Command::Roam);
    }

    /// Ends the tunnel, telling the peer.
    pub fn close(&self, why: impl Into<String>) {
        self.mailbox.put(Command::Close(why.into()));
    }

    /// The bytes moved so far.
    #[must_use]
    pub fn counters(&self) -> &Arc<Counters> {
        &self.counters
    }
}

impl Drop for Pump {
    fn drop(&mut self) {
        self.close("no longer wanted");
    }
}
