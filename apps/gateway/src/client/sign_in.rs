//! Who a client says it is: judged, asked for more, let in or turned away.

use super::{Client, End};
use crate::second_factor::Given;
use crate::verdict::{Accepted, Refusal};
use spoke_engine::Check;
use spoke_wire::{AuthFailure, DynamicChallenge, PushReply, SignInStep, TextChallenge};
use std::sync::Arc;
use std::time::Duration;

/// How long a user may take to answer a question.
const ANSWER: Duration = Duration::from_secs(120);

impl Client {
    pub(super) fn check(&mut self, check: Check) {
        if self.silent || self.end.is_some() {
            return;
        }
        self.event(
            "credentials",
            &[
                ("user", &check.username),
                ("characters", &check.password.chars().count()),
                ("renegotiation", &check.renegotiation),
            ],
        );
        if self.gateway.faults.stock_only && !check.options.contains("link-mtu 1500,") {
            self.end = Some(End::Text("as configured, on ordinary words".to_owned()));
            return;
        }
        self.judge(check);
    }

    pub(super) fn judge(&mut self, check: Check) {
        let gateway = Arc::clone(&self.gateway);
        let answered = self.answered.clone();
        self.judging = Some(Box::pin(async move {
            let answered = answered.as_ref().map(|answer| answer.as_str());
            let verdict = gateway.judge.judge(&check, answered).await;
            (check, verdict)
        }));
    }

    pub(super) fn decide(&mut self, check: Check, verdict: Result<Accepted, Refusal>) {
        let now = self.now();
        let changed = |accepted: &Accepted| {
            let before = self.account.as_deref();
            before.is_some_and(|account| account != accepted.account)
        };
        let refusal = match verdict {
            Ok(accepted) if changed(&accepted) => "another account than before".to_owned(),
            Ok(accepted) => match self.push() {
                Some(push) => {
                    self.event("accepted_credentials", &[("account", &accepted.account)]);
                    self.account = Some(accepted.account);
                    if matches!(Given::read(&check.password), Given::Answer { .. }) {
                        self.answered.get_or_insert(check.password);
                    }
                    let push = if check.renegotiation {
                        PushReply::default()
                    } else {
                        push
                    };
                    self.session.accept_credentials(now, check.key_id, push);
                    self.carry_out();
                    self.accepted = true;
                    self.stranger = None;
                    return;
                }
                None => "no address is free".to_owned(),
            },
            Err(Refusal::Challenge(challenge)) => {
                self.ask(check, challenge);
                return;
            }
            Err(refusal) => refusal.to_string(),
        };
        self.event("refused_credentials", &[("why", &refusal)]);
        self.session.reject_credentials(
            now,
            check.key_id,
            AuthFailure::Refused { reason: refusal },
        );
    }

    /// Puts a question to the user: within the session where the client can do that,
    /// else for its next one.
    fn ask(&mut self, check: Check, challenge: DynamicChallenge) {
        let now = self.now();
        let abilities = check.peer_info.value("IV_SSO").unwrap_or_default();
        let within = abilities.split(',').any(|one| one == "crtext");
        let how = if within { "within" } else { "next" };
        self.event("asked", &[("user", &challenge.username), ("how", &how)]);
        if !within {
            let question = AuthFailure::Challenge(challenge);
            self.session.reject_credentials(now, check.key_id, question);
            return;
        }
        let step = SignInStep::Challenge(TextChallenge {
            echo: challenge.echo,
            response_required: challenge.response_required,
            text: challenge.text.clone(),
        });
        self.session
            .defer_credentials(now, check.key_id, ANSWER, Some(&step));
        self.posed = Some((check, challenge));
        self.carry_out();
    }

    /// The configuration for this client, with its address taken from the pool.
    fn push(&mut self) -> Option<PushReply> {
        if self.place.is_none() {
            self.place = self.gateway.board.join(&self.departures);
        }
        let addresses = self.place.as_ref()?.addresses;
        self.event("address", &[("address", &addresses.v4)]);
        Some(self.gateway.push_reply(addresses))
    }
}
