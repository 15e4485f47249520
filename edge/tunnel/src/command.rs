use crate::bell::Bell;
use crate::tun_io::TunIo;
use spoke_engine::Credentials;
use spoke_wire::{AuthFailure, ChallengeAnswer, PushReply};
use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// What a pump is told by other threads.
pub(crate) enum Command {
    Supply(Credentials),
    Answer(ChallengeAnswer),
    Accept(u8, Box<PushReply>),
    Reject(u8, AuthFailure),
    Attach(TunIo),
    Renegotiate,
    Roam,
    Close(String),
}

/// Commands on their way to the pump's thread, which is woken for them.
pub(crate) struct Mailbox {
    commands: Mutex<VecDeque<Command>>,
    /// So that looking for one takes no lock.
    waiting: AtomicBool,
    bell: Bell,
}

impl Mailbox {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            commands: Mutex::default(),
            waiting: AtomicBool::new(false),
            bell: Bell::new()?,
        })
    }

    pub(crate) fn put(&self, command: Command) {
        let mut commands = self.commands.lock().unwrap_or_else(PoisonError::into_inner);
        commands.push_back(command);
        self.waiting.store(true, Ordering::Release);
        drop(commands);
        self.bell.ring();
    }

    pub(crate) fn take(&self) -> Option<Command> {
        if !self.waiting.load(Ordering::Acquire) {
            return None;
        }
        let mut commands = self.commands.lock().unwrap_or_else(PoisonError::into_inner);
        let command = commands.pop_front();
        self.waiting.store(!commands.is_empty(), Ordering::Release);
        command
    }

    /// Silences the bell before the commands are taken.
    pub(crate) fn silence(&self) {
        self.bell.silence();
    }
}

impl AsFd for Mailbox {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.bell.as_fd()
    }
}
