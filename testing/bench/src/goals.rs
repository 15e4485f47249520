//! What Spoke is to reach, beside OpenVPN's own client in the same run.

use crate::case::{Case, Client, Server, Transport};
use crate::quantity::{Better, Quantity};
use crate::results::Results;
use crate::scene::Scene;
use std::fmt;

/// A height of the bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mark {
    /// So many times as good as OpenVPN's client with OpenVPN's server over TCP.
    Times(f64),
    /// At most this, in the quantity's unit.
    AtMost(f64),
}

/// A row of the table of goals.
#[derive(Clone, Copy, Debug)]
pub struct Goal {
    /// The circumstances.
    pub scene: Scene,
    /// The server at the other end.
    pub server: Server,
    /// What is measured.
    pub quantity: Quantity,
    /// What a noisy machine still shows.
    pub gate: Mark,
    /// What is to be reached.
    pub goal: Mark,
    /// What would be better still.
    pub stretch: Option<Mark>,
}

/// How far a goal is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reached {
    /// Not even the gate.
    Nothing,
    /// The gate.
    Gate,
    /// The goal.
    Goal,
    /// More than that.
    Stretch,
}

/// A goal beside what was measured.
#[derive(Clone, Copy, Debug)]
pub struct Verdict {
    /// OpenVPN's value.
    pub baseline: f64,
    /// Spoke's.
    pub value: f64,
    /// How many times as good Spoke's is.
    pub times: f64,
    /// How far it goes.
    pub reached: Reached,
}

/// All goals, for connections over TCP.
pub const GOALS: &[Goal] = &[
    stock(Scene::Lab, Quantity::UpOne, [1.3, 1.6], Some(1.7)),
    stock(Scene::Lab, Quantity::DownOne, [1.3, 1.5], Some(1.7)),
    stock(Scene::Lab, Quantity::UpOneCpu, [4.0, 6.0], Some(10.0)),
    stock(Scene::Lab, Quantity::DownOneCpu, [3.0, 5.0], Some(7.5)),
    gateway(Quantity::UpOne, [8.0, 15.0], 18.0),
    gateway(Quantity::DownOne, [8.0, 15.0], 18.0),
    gateway(Quantity::UpOneCpu, [10.0, 17.0], 22.0),
    gateway(Quantity::DownOneCpu, [10.0, 17.0], 22.0),
    stock(Scene::Far, Quantity::UpOne, [2.0, 3.0], None),
    Goal {
        goal: Mark::AtMost(150.0),
        ..stock(Scene::Lab, Quantity::IdlePing, [1.0, 1.0], None)
    },
    stock(Scene::Lab, Quantity::UpPing, [1.0, 2.0], None),
    Goal {
        stretch: Some(Mark::AtMost(15.0)),
        ..stock(Scene::Uplink, Quantity::UpPing, [2.0, 4.0], None)
    },
    stock(Scene::Lab, Quantity::Flood, [1.1, 1.3], None),
    Goal {
        gate: Mark::AtMost(20.0),
        goal: Mark::AtMost(12.0),
        stretch: Some(Mark::AtMost(10.0)),
        ..stock(Scene::Lab, Quantity::Connect, [1.0, 1.0], None)
    },
    Goal {
        goal: Mark::AtMost(820.0),
        ..stock(Scene::Farther, Quantity::Connect, [1.0, 1.0], None)
    },
    Goal {
        goal: Mark::AtMost(620.0),
        ..stock(Scene::FartherNoDelay, Quantity::Connect, [1.0, 1.0], None)
    },
    Goal {
        goal: Mark::AtMost(8.0),
        stretch: Some(Mark::AtMost(6.0)),
        ..stock(Scene::Lab, Quantity::Memory, [1.0, 1.0], None)
    },
];

const fn stock(scene: Scene, quantity: Quantity, times: [f64; 2], stretch: Option<f64>) -> Goal {
    Goal {
        scene,
        server: Server::OpenVpn,
        quantity,
        gate: Mark::Times(times[0]),
        goal: Mark::Times(times[1]),
        stretch: match stretch {
            Some(times) => Some(Mark::Times(times)),
            None => None,
        },
    }
}

const fn gateway(quantity: Quantity, times: [f64; 2], stretch: f64) -> Goal {
    Goal {
        server: Server::Gateway,
        ..stock(Scene::Lab, quantity, times, Some(stretch))
    }
}

impl Goal {
    /// The case that is to reach it.
    #[must_use]
    pub const fn case(&self) -> Case {
        Case {
            transport: Transport::Tcp,
            server: self.server,
            client: Client::Spoke,
        }
    }

    /// What the results say of it, if it was measured.
    #[must_use]
    pub fn judge(&self, results: &Results) -> Option<Verdict> {
        let median = |case| {
            let summary = results.summary(self.scene, case, self.quantity)?;
            Some(summary.median)
        };
        let (baseline, value) = (median(Case::BASELINE)?, median(self.case())?);
        let times = match self.quantity.better() {
            Better::More => value / baseline,
            Better::Less => baseline / value,
        };
        let holds = |mark| match mark {
            Mark::Times(least) => times >= least,
            Mark::AtMost(most) => value <= most,
        };
        let reached = if self.stretch.is_some_and(holds) {
            Reached::Stretch
        } else if holds(self.goal) {
            Reached::Goal
        } else if holds(self.gate) {
            Reached::Gate
        } else {
            Reached::Nothing
        };
        Some(Verdict {
            baseline,
            value,
            times,
            reached,
        })
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Times(times) => write!(f, "×{times}"),
            Self::AtMost(most) => write!(f, "≤ {most}"),
        }
    }
}

impl fmt::Display for Reached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "below the gate",
            Self::Gate => "gate",
            Self::Goal => "**goal**",
            Self::Stretch => "**stretch**",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(goal: Goal, openvpn: f64, spoke: f64) -> Reached {
        let mut results = Results::default();
        results.add(goal.scene, Case::BASELINE, goal.quantity, openvpn);
        results.add(goal.scene, goal.case(), goal.quantity, spoke);
        goal.judge(&results).expect("both were measured").reached
    }

    #[test]
    fn a_goal_is_judged_the_way_its_quantity_gets_better() {
        let rate = stock(Scene::Lab, Quantity::UpOne, [1.3, 1.6], Some(1.7));
        assert_eq!(reached(rate, 1.0, 1.2), Reached::Nothing);
        assert_eq!(reached(rate, 1.0, 1.5), Reached::Gate);
        assert_eq!(reached(rate, 1.0, 1.65), Reached::Goal);
        assert_eq!(reached(rate, 1.0, 1.8), Reached::Stretch);
        let cost = stock(Scene::Lab, Quantity::UpOneCpu, [4.0, 6.0], None);
        assert_eq!(reached(cost, 8.0, 1.0), Reached::Goal);
        assert_eq!(reached(cost, 8.0, 2.0), Reached::Gate);
        assert_eq!(reached(cost, 8.0, 4.0), Reached::Nothing);
        let memory = Goal {
            goal: Mark::AtMost(8.0),
            ..stock(Scene::Lab, Quantity::Memory, [1.0, 1.0], None)
        };
        assert_eq!(reached(memory, 9.0, 8.0), Reached::Goal);
        assert_eq!(reached(memory, 9.0, 8.5), Reached::Gate);
    }
}
