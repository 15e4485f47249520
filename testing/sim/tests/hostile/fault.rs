use spoke_engine::{Closed, Side, TransportKind};
use spoke_sim::puppet::{Point, Puppet, Stage};
use spoke_sim::{Scenario, SimIdentity};
use spoke_wire::Opcode;
use std::time::Duration;

/// What a fault leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// The session ends with this error (its variants, outermost first).
    Ends(&'static str),
    /// The session does not answer, and goes on as if nothing had come.
    Dropped,
    /// The session may answer, and goes on.
    Borne,
    /// Only the renegotiation fails; the key before it goes on.
    Survived,
    /// Where there is no session: the outcome in words.
    Says(&'static str),
}

use Expected::{Borne, Dropped, Ends, Says, Survived};

/// One thing that a peer does wrong.
pub(crate) struct Fault {
    pub(crate) what: String,
    pub(crate) attacked: Side,
    pub(crate) when: Point,
    pub(crate) udp: Expected,
    pub(crate) tcp: Expected,
    /// Whether it may change a client's configuration in part of what it says.
    changes: bool,
    /// Why the outcome is as it is, where one may wonder.
    pub(crate) because: &'static str,
    act: Act,
    setup: fn(&mut Scenario<'_>),
}

enum Act {
    /// Against a session.
    Staged(Box<dyn Fn(&mut Stage)>),
    /// Against something else, which gives the outcome itself.
    Plain(Box<dyn Fn() -> String>),
}

impl Fault {
    pub(crate) fn new(
        what: impl Into<String>,
        attacked: Side,
        when: Point,
        expected: Expected,
        act: impl Fn(&mut Stage) + 'static,
    ) -> Self {
        Self {
            what: what.into(),
            attacked,
            when,
            udp: expected,
            tcp: expected,
            changes: false,
            because: "",
            act: Act::Staged(Box::new(act)),
            setup: |_| {},
        }
    }

    /// A fault against something other than a session, with the outcome that `judge` must give.
    pub(crate) fn plain(
        what: impl Into<String>,
        attacked: Side,
        when: Point,
        expected: &'static str,
        judge: impl Fn() -> String + 'static,
    ) -> Self {
        Self {
            act: Act::Plain(Box::new(judge)),
            ..Self::new(what, attacked, when, Says(expected), |_| {})
        }
    }

    /// As [`Fault::new`], once against each role.
    pub(crate) fn both(
        what: &str,
        when: Point,
        expected: Expected,
        act: impl Fn(&mut Stage) + Clone + 'static,
    ) -> [Self; 2] {
        [Side::Client, Side::Server]
            .map(|attacked| Self::new(what, attacked, when, expected, act.clone()))
    }

    /// A packet that is dropped on UDP and ends a TCP connection with `error`.
    pub(crate) fn packet(
        what: &str,
        when: Point,
        error: &'static str,
        make: impl Fn(&mut Puppet) -> Vec<u8> + Clone + 'static,
    ) -> [Self; 2] {
        Self::both(what, when, Ends(error), move |stage| {
            let packet = make(&mut stage.puppet);
            stage.deliver(packet);
        })
        .map(|fault| fault.on_udp(Dropped))
    }

    pub(crate) fn on_udp(mut self, expected: Expected) -> Self {
        self.udp = expected;
        self
    }

    /// What is right in it changes the client's configuration.
    pub(crate) fn with_change(mut self) -> Self {
        self.changes = true;
        self
    }

    pub(crate) fn because(mut self, why: &'static str) -> Self {
        self.because = why;
        self
    }

    pub(crate) fn with(mut self, setup: fn(&mut Scenario<'_>)) -> Self {
        self.setup = setup;
        self
    }

    pub(crate) fn expected(&self, transport: TransportKind) -> Expected {
        match transport {
            TransportKind::Udp => self.udp,
            TransportKind::Tcp => self.tcp,
        }
    }
}

/// The longest that a fault may keep a session from its end or from going on: a hand window for each of reset, TLS
/// and keys, one for the configuration, and the longest wait for a sign-in elsewhere.
const LONGEST: Duration = Duration::from_secs(40 * 60);

/// What a victim may still hold once a fault is over, in bytes. (A configuration of 256 KiB may be one of 100,000
/// options, which are kept to be compared with the next.)
const HELD: usize = 4 * 1024 * 1024;

/// What a victim may say in answer, beside twice as much as it was sent.
const ANSWER: usize = 64 * 1024;

/// What came of a fault: the outcome as written in the table, the error's own words, and the rules that were broken.
pub(crate) struct Seen {
    pub(crate) outcome: String,
    pub(crate) words: String,
    pub(crate) wrong: Vec<String>,
}

/// Plays one fault.
pub(crate) fn play(fault: &Fault, identity: &SimIdentity, transport: TransportKind) -> Seen {
    let act = match &fault.act {
        Act::Staged(act) => act,
        Act::Plain(judge) => {
            return Seen {
                outcome: judge(),
                words: String::new(),
                wrong: Vec::new(),
            };
        }
    };
    let mut scenario = Scenario::plain(identity, transport);
    (fault.setup)(&mut scenario);
    let mut stage = Stage::new(&scenario, fault.attacked).expect("a stage");
    stage.reach(fault.when).expect("the point of the fault");
    stage.victim.forget();
    stage.traffic = (0, 0);
    let (held, started) = (crate::MEMORY.current_usage(), stage.now());
    let notices = stage.victim.known().notices.len();
    let changes = stage.victim.known().changed.len();

    act(&mut stage);
    stage.pump();

    let mut wrong = Vec::new();
    let (sent, said) = stage.traffic;
    stage.victim.forget();
    stage.puppet.received = Vec::new();
    let grown = crate::MEMORY.current_usage().saturating_sub(held);
    if grown > HELD {
        wrong.push(format!("{grown} bytes are held"));
    }
    if said > 2 * sent + ANSWER {
        wrong.push(format!("{sent} bytes were answered with {said}"));
    }
    let took = stage.now().since(started);
    if took > LONGEST {
        wrong.push(format!("it took {took:?}"));
    }
    let more = stage.victim.known().notices.len() - notices;
    if more > 20_000 {
        wrong.push(format!("{more} notices"));
    }
    let changed = stage.victim.known().changed.len() > changes;
    if changed != fault.changes {
        wrong.push(format!("the configuration has changed: {changed}"));
    }
    let expected = fault.expected(transport);
    let mut words = String::new();
    let outcome = match stage.victim.known().closed.clone() {
        Some(closed) => {
            if let Closed::Failed(error) = &closed {
                words = error.to_string();
            }
            check_ended(&mut stage, fault, &mut wrong);
            format!("ends: {}", path(&closed))
        }
        None => check_alive(&mut stage, expected, said, &mut wrong),
    };
    Seen {
        outcome,
        words,
        wrong,
    }
}

/// Nothing that reaches the host has come out of an attempt that failed, and the dead stay dead.
fn check_ended(stage: &mut Stage, fault: &Fault, wrong: &mut Vec<String>) {
    let known = stage.victim.known();
    let touched = known.pushed.is_some() || !known.installed.is_empty();
    if fault.attacked == Side::Client && stage.point < Point::Up && touched {
        wrong.push("a configuration or a key has come out".to_owned());
    }
    let reset = stage.puppet.reset();
    let packet = stage.puppet.message(reset, 0, &[]);
    if stage.deliver(packet) > 0 || stage.victim.deadline().is_some() {
        wrong.push("the dead session still acts".to_owned());
    }
}

fn check_alive(
    stage: &mut Stage,
    expected: Expected,
    said: usize,
    wrong: &mut Vec<String>,
) -> String {
    let failed = stage
        .victim
        .known()
        .notices
        .iter()
        .any(|notice| notice.contains("the renegotiation failed"));
    let gone_on = if failed {
        stage.exchange(stage.current)
    } else {
        stage.finish()
    };
    if let Err(why) = gone_on {
        return format!("stuck: {why}");
    }
    if expected == Dropped && said > 0 {
        wrong.push(format!("it was answered with {said} bytes"));
    }
    match (failed, expected) {
        (true, _) => Survived.to_string(),
        (false, Dropped) => Dropped.to_string(),
        (false, _) => Borne.to_string(),
    }
}

impl std::fmt::Display for Expected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Ends(error) => write!(f, "ends: {error}"),
            Says(outcome) => f.write_str(outcome),
            Dropped => f.write_str("dropped"),
            Borne => f.write_str("goes on"),
            Survived => f.write_str("the old key goes on"),
        }
    }
}

/// The variants of an ending, outermost first, without what is in them.
fn path(closed: &Closed) -> String {
    let text = match closed {
        Closed::Failed(error) => format!("{error:?}"),
        Closed::Asked { .. } | Closed::Rejected => format!("{closed:?}"),
    };
    let mut path = String::new();
    for part in text.split('(') {
        let name: String = part
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        let is_variant = name
            .chars()
            .next()
            .is_some_and(|first| first.is_ascii_uppercase());
        if !is_variant || name == "Some" || name == "None" {
            break;
        }
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(&name);
        if name.len() < part.trim_end_matches([')', ' ']).len() {
            break;
        }
    }
    path
}

/// Says a control message that is right in all but what it says.
pub(crate) fn say(
    opcode: Opcode,
    key_id: u8,
    payload: &[u8],
) -> impl Fn(&mut Puppet) -> Vec<u8> + Clone {
    let payload = payload.to_vec();
    move |puppet| puppet.message(opcode, key_id, &payload)
}
