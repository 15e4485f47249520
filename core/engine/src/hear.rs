use crate::error::{Error, Refusal};
use crate::output::Output;
use crate::phase::Phase;
use crate::role::Role;
use crate::session::Session;
use crate::slot::Slot;
use crate::timer::Timer;
use spoke_wire::{AuthFailure, ControlMessage, PushText};
use std::time::Duration;

/// The longest that a client waits for a sign-in that takes more steps, whatever the gateway says.
const PENDING_LIMIT: Duration = Duration::from_secs(30 * 60);

/// Text messages under TLS.
impl Session {
    /// Acts on all messages that have come over the link of `key_id`.
    pub(crate) fn hear(&mut self, key_id: u8) -> Result<(), Error> {
        while let Some(message) = self.slot(key_id).and_then(Slot::next_message) {
            match ControlMessage::parse(&message) {
                Ok(message) => self.take_message(key_id, message)?,
                Err(error) => self.notice(format!("ignored a control message: {error}")),
            }
        }
        Ok(())
    }

    fn slot(&mut self, key_id: u8) -> Option<&mut Slot> {
        if self.newest.place.key_id == key_id {
            return Some(&mut self.newest);
        }
        self.older
            .as_mut()
            .filter(|slot| slot.place.key_id == key_id)
    }

    fn take_message(&mut self, key_id: u8, message: ControlMessage) -> Result<(), Error> {
        match (&mut self.role, message) {
            (Role::Server(server), ControlMessage::PushRequest) => {
                server.request();
                Ok(())
            }
            (_, ControlMessage::Exit) => Err(Refusal::Exit.into()),
            (Role::Client(_), ControlMessage::PushReply(part)) => self.take_push(key_id, &part),
            (Role::Client(_), ControlMessage::AuthFailed(failure)) => Err(refused(failure).into()),
            (Role::Client(_), ControlMessage::AuthPending { timeout }) => {
                self.wait_longer(timeout);
                Ok(())
            }
            (Role::Client(_), ControlMessage::Restart { reason, .. }) => {
                Err(Refusal::Restart(text(reason)).into())
            }
            (Role::Client(_), ControlMessage::Halt { reason }) => {
                Err(Refusal::Halt(text(reason)).into())
            }
            (Role::Client(_), ControlMessage::Info(info) | ControlMessage::InfoPre(info)) => {
                self.notice(format!("the gateway says: {info}"));
                Ok(())
            }
            (_, other) => {
                self.notice(format!("ignored a control message: {}", kind(&other)));
                Ok(())
            }
        }
    }

    fn take_push(&mut self, key_id: u8, part: &PushText) -> Result<(), Error> {
        let Role::Client(client) = &mut self.role else {
            return Ok(());
        };
        let Some(reply) = client.join(part)? else {
            return Ok(());
        };
        let awaited =
            self.newest.place.key_id == key_id && matches!(self.newest.phase, Phase::AwaitPush(_));
        if awaited && let Phase::AwaitPush(state) = std::mem::take(&mut self.newest.phase) {
            let mut context = self.common.context();
            let (place, link) = (self.newest.place, &self.newest.link);
            self.newest.phase = client.configured(place, state, &reply, link, &mut context)?;
            self.start_keepalive(&reply);
        }
        let reply = Box::new(reply);
        let again = !awaited;
        self.common
            .events
            .push_back(Output::Pushed { reply, again });
        Ok(())
    }

    fn wait_longer(&mut self, timeout: Option<u32>) {
        let window = self.timing.hand_window;
        let longest = PENDING_LIMIT.max(window);
        let asked = timeout.map_or(window, |seconds| Duration::from_secs(seconds.into()));
        if matches!(self.newest.phase, Phase::AwaitPush(_)) {
            let until = self.common.now + asked.clamp(window, longest);
            self.timers.set(Timer::HandWindow, until);
        }
        self.notice("the gateway waits for a further step of the sign-in".to_owned());
    }

    fn notice(&mut self, text: String) {
        self.common.events.push_back(Output::Notice(text));
    }
}

fn refused(failure: AuthFailure) -> Refusal {
    match failure {
        AuthFailure::Refused { reason } => Refusal::Credentials(text(reason)),
        AuthFailure::SessionExpired { reason } => Refusal::SessionExpired(text(reason)),
        AuthFailure::Challenge(challenge) => Refusal::Challenge(challenge.text),
        AuthFailure::Temporary {
            backoff, reason, ..
        } => Refusal::Temporary {
            reason: text(reason),
            backoff: backoff.map(|seconds| Duration::from_secs(seconds.into())),
        },
    }
}

fn text(reason: String) -> Option<String> {
    Some(reason).filter(|reason| !reason.is_empty())
}

/// What a message is, without what it says: it may hold secrets.
const fn kind(message: &ControlMessage) -> &'static str {
    match message {
        ControlMessage::PushRequest => "PUSH_REQUEST",
        ControlMessage::PushReply(_) => "PUSH_REPLY",
        ControlMessage::PushUpdate(_) => "PUSH_UPDATE",
        ControlMessage::AuthFailed(_) => "AUTH_FAILED",
        ControlMessage::AuthPending { .. } => "AUTH_PENDING",
        ControlMessage::InfoPre(_) => "INFO_PRE",
        ControlMessage::Info(_) => "INFO",
        ControlMessage::ChallengeResponse(_) => "CR_RESPONSE",
        ControlMessage::Restart { .. } => "RESTART",
        ControlMessage::Halt { .. } => "HALT",
        ControlMessage::Exit => "EXIT",
        ControlMessage::Unknown(_) => "an unknown one",
    }
}
