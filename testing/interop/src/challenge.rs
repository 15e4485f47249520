//! The dynamic challenge: a server refuses the password with a question, and the client's next connection has the answer.

use crate::failure::{Failure, require};
use crate::pki::USER;
use crate::place::{ANSWER, PASSWORD};
use crate::play::{End, PATIENCE, Play};
use spoke_engine::{Closed, Error, Refusal};
use spoke_wire::AuthFailure;
use std::time::Instant;

/// What the server says when it refuses the password: flags, state, user name in base64, text.
pub(crate) const QUESTION: &str = "CRV1:R,E:c3Rh-dGUx:YW5h:Which code: now";

/// The password that has the answer.
pub(crate) fn answered() -> String {
    format!("CRV1::c3Rh-dGUx::{ANSWER}")
}

/// What a program for `auth-user-pass-verify` does to ask whoever has the password.
pub(crate) fn ask() -> String {
    format!(
        "[ \"$password\" = '{PASSWORD}' ] && echo '{QUESTION}' >\"$auth_failed_reason_file\"\nexit 1\n"
    )
}

/// The password for the next connection, where `line` of the management interface says that OpenVPN's client was
/// refused with a question.
#[must_use]
pub(crate) fn answer_to(line: &str) -> Option<String> {
    let question = line.strip_prefix(">PASSWORD:Verification Failed: 'Auth' ['")?;
    match AuthFailure::parse(question.strip_suffix("']")?) {
        AuthFailure::Challenge(challenge) => Some(String::clone(&challenge.password(ANSWER))),
        _ => None,
    }
}

/// OpenVPN's `log` without the refusal that has the question.
///
/// # Errors
/// When it has no such refusal.
pub(crate) fn without_question(log: &str) -> Result<String, Failure> {
    let (asking, others): (Vec<&str>, Vec<&str>) =
        log.lines().partition(|line| line.contains(QUESTION));
    require(!asking.is_empty(), || {
        "OpenVPN says nothing of the question".to_owned()
    })?;
    Ok(others.join("\n"))
}

impl Play<'_> {
    /// Lets our ends begin with the password: the client has no answer yet, the server asks.
    pub(crate) fn begin_with_password(&mut self) {
        let password = Some((USER.to_owned(), PASSWORD.to_owned()));
        if let End::Ours(client) = &mut self.client {
            client.login.clone_from(&password);
        }
        if let End::Ours(server) = &mut self.server {
            server.login = password;
            server.question = Some(AuthFailure::parse(QUESTION));
        }
    }

    /// Goes on until the password is refused. Gives what our client is to say next, where the client is ours.
    ///
    /// # Errors
    /// When it is not refused, or for another reason than the question.
    pub(crate) fn until_asked(&mut self) -> Result<Option<(String, String)>, Failure> {
        let end = Instant::now() + PATIENCE;
        while self.ours().any(|ours| ours.seen.closed.is_none()) {
            require(Instant::now() < end, || {
                "the question does not come".to_owned()
            })?;
            self.step()?;
        }
        if let End::Ours(server) = &self.server {
            let closed = &server.seen.closed;
            require(*closed == Some(Closed::Rejected), || {
                format!("our server ended with {closed:?}")
            })?;
        }
        let End::Ours(client) = &self.client else {
            return Ok(None);
        };
        match &client.seen.closed {
            Some(Closed::Failed(Error::PeerRefused(Refusal::Challenge(challenge)))) => {
                let password = String::clone(&challenge.password(ANSWER));
                Ok(Some((challenge.username.clone(), password)))
            }
            other => Err(Failure::new(format!("our client ended with {other:?}"))),
        }
    }
}
