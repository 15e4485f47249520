use spoke_api::{Problem, Remedy};
use std::time::Duration;

/// First pause between attempts after a connection was lost.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// How often a first connect is put off by gateways that refuse for now.
const PUT_OFF: u32 = 5;
/// Longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Which gateway is next, and whether there is to be a next attempt at all.
#[derive(Debug, Default)]
pub(crate) struct Tries {
    servers: usize,
    server: usize,
    /// Failures since the last success; on the first connect one for each server.
    failures: u32,
    /// Whether this connection was ever up, in this run of the service or in the one before.
    was_up: bool,
    /// Whether it was in this one.
    was_up_here: bool,
    /// Whether the gateway has refused a token since the last success.
    refused: bool,
    /// What went wrong at the first server of the first pass.
    first: Option<Problem>,
    /// What the gateway wants of the next attempt.
    advice: Advice,
    /// Temporary refusals since the last success.
    put_off: u32,
    /// How many addresses of the present server are passed over.
    passed: usize,
}

/// What a gateway wants of the next attempt.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Advice {
    /// Wait so long at least.
    pub(crate) at_least: Duration,
    /// Go to the next server, or stay with this one; none leaves it open.
    pub(crate) next_server: Option<bool>,
    /// Go to the next address of the server.
    pub(crate) next_address: bool,
    /// The refusal is for now only: it does not speak against this server.
    pub(crate) is_temporary: bool,
}

/// What follows a failure.
#[derive(Debug)]
pub(crate) enum Next {
    /// Another attempt after this pause.
    Again(Duration),
    /// Another attempt, with a token that is not the present one.
    AgainWithNewToken,
    /// No more attempts.
    GiveUp(Problem),
}

impl Tries {
    pub(crate) fn new(servers: usize) -> Self {
        Self {
            servers,
            ..Self::default()
        }
    }

    /// Begins with the first of so many servers. What was up once is still to be up.
    pub(crate) fn restart(&mut self, servers: usize) {
        *self = Self {
            was_up: self.was_up,
            was_up_here: self.was_up_here,
            ..Self::new(servers)
        };
    }

    /// Place of the gateway to try.
    pub(crate) const fn server(&self) -> usize {
        self.server
    }

    /// Puts the server's addresses in the order to try: those that the gateway sent us away from come last.
    pub(crate) fn order<T>(&self, addresses: &mut [T]) {
        let passed = self.passed.checked_rem(addresses.len()).unwrap_or(0);
        addresses.rotate_left(passed);
    }

    /// The connection was up when the service ended, and is to be up again.
    pub(crate) const fn comes_back(&mut self) {
        self.was_up = true;
    }

    /// Whether the connection was ever up.
    pub(crate) const fn was_up(&self) -> bool {
        self.was_up
    }

    /// Whether it was since the service began.
    pub(crate) const fn was_up_here(&self) -> bool {
        self.was_up_here
    }

    /// Whether the gateway has refused a token since the last success.
    pub(crate) const fn refused(&self) -> bool {
        self.refused
    }

    /// The next gateway is one of another profile, which has refused nothing yet.
    pub(crate) const fn other_profile(&mut self) {
        self.refused = false;
    }

    /// The connection is up.
    pub(crate) fn up(&mut self) {
        self.was_up = true;
        self.was_up_here = true;
        self.refused = false;
        self.put_off = 0;
        self.first = None;
    }

    /// Traffic flows: pauses start from the shortest again.
    pub(crate) const fn proven(&mut self) {
        self.failures = 0;
    }

    /// Keeps what the gateway wants of the next attempt, for the next call of [`Tries::after`].
    pub(crate) fn heed(&mut self, advice: Advice) {
        self.advice = advice;
    }

    /// What follows `problem`.
    pub(crate) fn after(&mut self, problem: Problem) -> Next {
        let advice = std::mem::take(&mut self.advice);
        let waits = advice.is_temporary && !self.was_up && self.put_off < PUT_OFF;
        match problem.remedy {
            Remedy::AskUser | Remedy::GiveUp => Next::GiveUp(problem),
            Remedy::NewToken if self.refused => Next::GiveUp(settled(problem)),
            Remedy::NewToken => {
                self.refused = true;
                Next::AgainWithNewToken
            }
            Remedy::RetryNow | Remedy::Backoff | Remedy::WaitForNetwork if self.was_up => {
                let pause = FIRST_PAUSE
                    .saturating_mul(2_u32.saturating_pow(self.failures))
                    .min(LONGEST_PAUSE);
                self.failures = self.failures.saturating_add(1);
                self.advance(advice);
                Next::Again(pause.max(advice.at_least))
            }
            Remedy::RetryNow | Remedy::Backoff | Remedy::WaitForNetwork if waits => {
                self.put_off += 1;
                self.advance(Advice {
                    next_server: advice.next_server.or(Some(false)),
                    ..advice
                });
                Next::Again(advice.at_least.max(FIRST_PAUSE))
            }
            Remedy::RetryNow | Remedy::Backoff | Remedy::WaitForNetwork => {
                self.failures = self.failures.saturating_add(1);
                let all_tried = usize::try_from(self.failures).is_ok_and(|n| n >= self.servers);
                if all_tried {
                    return Next::GiveUp(settled(self.sum_up(problem)));
                }
                if self.first.is_none() {
                    self.first = Some(problem);
                }
                self.advance(advice);
                Next::Again(Duration::ZERO)
            }
        }
    }

    fn advance(&mut self, advice: Advice) {
        if advice.next_server == Some(false) {
            self.passed += usize::from(advice.next_address);
            return;
        }
        self.passed = 0;
        self.server = (self.server + 1).checked_rem(self.servers).unwrap_or(0);
    }

    /// The primary's problem with the others' beside it.
    fn sum_up(&mut self, last: Problem) -> Problem {
        match self.first.take() {
            Some(first) => first.detail(format!("and then: {}", last.summary)),
            None => last,
        }
    }
}

/// A problem that nothing more will be done about.
fn settled(problem: Problem) -> Problem {
    problem.remedy(Remedy::AskUser)
}

#[cfg(test)]
mod tests {
    use super::*;
    use spoke_api::ProblemCode;

    fn problem(summary: &str, remedy: Remedy) -> Problem {
        Problem::new(ProblemCode::Other, summary, "").remedy(remedy)
    }

    #[test]
    fn the_first_connect_passes_once_over_the_servers() {
        let mut tries = Tries::new(2);
        assert!(matches!(
            tries.after(problem("one", Remedy::Backoff)),
            Next::Again(Duration::ZERO)
        ));
        assert_eq!(tries.server(), 1);
        let Next::GiveUp(end) = tries.after(problem("two", Remedy::Backoff)) else {
            panic!("a third attempt");
        };
        assert_eq!(end.summary, "one");
        assert_eq!(end.details, ["and then: two"]);
        assert_eq!(end.remedy, Remedy::AskUser);
    }

    #[test]
    fn a_refused_token_is_replaced_once() {
        let mut tries = Tries::new(1);
        assert!(matches!(
            tries.after(problem("no", Remedy::NewToken)),
            Next::AgainWithNewToken
        ));
        assert!(matches!(
            tries.after(problem("no", Remedy::NewToken)),
            Next::GiveUp(_)
        ));
    }

    #[test]
    fn a_gateways_advice_on_pause_and_server_is_heeded() {
        let mut tries = Tries::new(2);
        let put_off = Advice {
            at_least: Duration::from_secs(42),
            next_server: None,
            next_address: true,
            is_temporary: true,
        };
        for _ in 0..PUT_OFF {
            tries.heed(put_off);
            let Next::Again(pause) = tries.after(problem("full", Remedy::Backoff)) else {
                panic!("gave up");
            };
            assert_eq!((pause.as_secs(), tries.server()), (42, 0));
        }
        let mut addresses = [0, 1, 2];
        tries.order(&mut addresses);
        assert_eq!(addresses, [2, 0, 1], "sent on {PUT_OFF} times");
        tries.heed(put_off);
        tries.after(problem("still full", Remedy::Backoff));
        assert_eq!(tries.server(), 1);

        tries.up();
        for (next_server, expected) in [(Some(false), 1), (Some(true), 0), (None, 1)] {
            tries.heed(Advice {
                next_server,
                ..Advice::default()
            });
            tries.after(problem("restart", Remedy::RetryNow));
            assert_eq!(tries.server(), expected, "{next_server:?}");
        }
    }

    #[test]
    fn after_having_been_up_the_pauses_double_to_a_minute() {
        let mut tries = Tries::new(1);
        tries.up();
        let mut pauses = Vec::new();
        for _ in 0..9 {
            let Next::Again(pause) = tries.after(problem("gone", Remedy::RetryNow)) else {
                panic!("gave up");
            };
            pauses.push(pause.as_secs());
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert!(matches!(
            tries.after(problem("halt", Remedy::GiveUp)),
            Next::GiveUp(_)
        ));
    }
}
