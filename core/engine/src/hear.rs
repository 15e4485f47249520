use crate::client::text;
use crate::error::{Error, Refusal};
use crate::output::{Notice, Output};
use crate::phase::Phase;
use crate::role::Role;
use crate::session::Session;
use crate::slot::Slot;
use spoke_wire::{ControlMessage, PushReply, PushText, readable};

/// Text messages under TLS.
impl Session {
    /// Acts on all messages that have come over the link of `key_id`.
    pub(crate) fn hear(&mut self, key_id: u8) -> Result<(), Error> {
        while let Some(message) = self.slot(key_id).and_then(Slot::next_message) {
            match ControlMessage::parse(&message) {
                Ok(message) => self.take_message(key_id, message)?,
                Err(error) => self.ignored(format!("a control message: {error}")),
            }
        }
        Ok(())
    }

    pub(crate) fn slot(&mut self, key_id: u8) -> Option<&mut Slot> {
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
            (Role::Server(_), ControlMessage::ChallengeResponse(answer)) => {
                self.tell(Output::ChallengeAnswered(answer));
                Ok(())
            }
            (Role::Client(_), ControlMessage::PushReply(part)) => self.take_push(key_id, &part),
            (Role::Client(_), ControlMessage::PushUpdate(part)) => self.take_update(&part),
            (Role::Client(client), ControlMessage::AuthFailed(failure)) => {
                Err(client.refused(failure).into())
            }
            (Role::Client(_), ControlMessage::AuthPending { timeout }) => {
                self.wait_longer(timeout);
                Ok(())
            }
            (
                Role::Client(_),
                ControlMessage::Restart {
                    keep_credentials,
                    next_server,
                    reason,
                },
            ) => Err(Refusal::Restart {
                reason: text(reason),
                keep_credentials,
                next_server,
            }
            .into()),
            (Role::Client(_), ControlMessage::Halt { reason }) => {
                Err(Refusal::Halt(text(reason)).into())
            }
            (Role::Client(_), ControlMessage::Info(info)) => {
                let words = readable(&info);
                self.tell(Output::Notice(Notice::GatewaySays(words)));
                Ok(())
            }
            (Role::Client(_), ControlMessage::InfoPre(info)) => {
                self.take_step(&info);
                Ok(())
            }
            (_, other) => {
                self.ignored(format!("a control message: {}", kind(&other)));
                Ok(())
            }
        }
    }

    fn take_push(&mut self, key_id: u8, part: &PushText) -> Result<(), Error> {
        let Role::Client(client) = &mut self.role else {
            return Ok(());
        };
        let Some(whole) = client.join(part)? else {
            return Ok(());
        };
        let awaited =
            self.newest.place.key_id == key_id && matches!(self.newest.phase, Phase::AwaitPush(_));
        if !awaited && client.agreed().is_none() {
            self.ignored("a configuration before it was asked for".to_owned());
            return Ok(());
        }
        let reply = PushReply::parse(&whole)?;
        let mut context = self.common.context();
        client.take_token(&reply, &mut context);
        if awaited && let Phase::AwaitPush(state) = std::mem::take(&mut self.newest.phase) {
            let (place, link) = (self.newest.place, &self.newest.link);
            let configuration = (&whole, &reply);
            self.newest.phase =
                client.configured(place, state, configuration, link, &mut context)?;
            self.timing.take(&reply);
            self.take_configuration(reply, false);
        } else if client.would_change(&whole) {
            // As OpenVPN's clients: what is in force is changed by PUSH_UPDATE alone.
            self.ignored("another configuration; only a token in it is taken".to_owned());
        }
        Ok(())
    }

    fn take_update(&mut self, part: &PushText) -> Result<(), Error> {
        let Role::Client(client) = &mut self.role else {
            return Ok(());
        };
        let Some(update) = client.join_update(part)? else {
            return Ok(());
        };
        if client.agreed().is_none() {
            self.ignored("an update before any configuration".to_owned());
            return Ok(());
        }
        if let Some(reply) = client.update(&update)? {
            self.take_configuration(reply, true);
        }
        Ok(())
    }

    fn take_configuration(&mut self, reply: PushReply, again: bool) {
        self.start_keepalive(&reply);
        let reply = Box::new(reply);
        self.tell(Output::Pushed { reply, again });
    }

    pub(crate) fn ignored(&mut self, what: String) {
        self.tell(Output::Notice(Notice::Ignored(what)));
    }

    pub(crate) fn tell(&mut self, output: Output) {
        self.common.events.push_back(output);
    }
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
