//! Plays all cells of some pairings, several at a time.

use crate::cell::{Cell, Point};
use crate::cover::design;
use crate::failure::Failure;
use crate::party::{PAIRINGS, Pairing};
use crate::reasons::reason;
use crate::seat::Seat;
use crate::stage::Stage;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Cells played at once. Most of their time is waiting.
const AT_ONCE: usize = 12;

/// A pairing with its cells.
pub struct Plan {
    /// Who meets whom.
    pub pairing: &'static Pairing,
    /// The base case, and every value against it.
    pub single: Vec<Cell>,
    /// The cells that bring the remaining pairs of values.
    pub pairs: Vec<Cell>,
    /// Values without a cell: dimension and place.
    pub impossible: Vec<(usize, usize)>,
}

/// A cell that did not pass.
pub struct Failed {
    /// Who met whom.
    pub pairing: &'static Pairing,
    /// Its place in the pairing's table, from 1.
    pub number: usize,
    /// The cell.
    pub cell: Cell,
    /// What went wrong.
    pub failure: Failure,
}

impl Plan {
    /// The cells of a pairing.
    #[must_use]
    pub fn of(pairing: &'static Pairing) -> Self {
        let design = design(&|point| reason(pairing, &Cell::at(point)).is_none());
        let cells = |points: &[Point]| points.iter().map(Cell::at).collect();
        // One after the other takes long: there, values only.
        let pairs = match pairing.is_one_by_one() {
            true => &[][..],
            false => &design.pairs,
        };
        Self {
            pairing,
            single: cells(&design.single),
            pairs: cells(pairs),
            impossible: design.impossible,
        }
    }

    /// All cells, numbered from 1.
    pub fn cells(&self) -> impl Iterator<Item = (usize, &Cell)> {
        (1..).zip(self.single.iter().chain(&self.pairs))
    }
}

/// The pairings whose name contains one of `names`; all when there are none.
#[must_use]
pub fn pairings(names: &[String]) -> Vec<&'static Pairing> {
    let wanted = |pairing: &&Pairing| {
        names.is_empty()
            || names
                .iter()
                .any(|name| pairing.name.contains(name.as_str()))
    };
    PAIRINGS.iter().filter(wanted).collect()
}

/// Plays the cells of `plans`; with `only`, those with that number.
#[must_use]
pub fn play(stage: &Stage, plans: &[Plan], only: Option<usize>) -> Vec<Failed> {
    let cells: Vec<_> = plans
        .iter()
        .flat_map(|plan| {
            plan.cells()
                .map(|(number, cell)| (plan.pairing, number, *cell))
        })
        .filter(|(_, number, _)| only.is_none_or(|only| only == *number))
        .collect();
    let (alone, together): (Vec<_>, Vec<_>) = (0..)
        .zip(cells)
        .partition(|(_, (pairing, ..))| pairing.is_one_by_one());
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(Vec::new());
    let one = |(place, (pairing, number, cell)): &(u16, (&'static Pairing, usize, Cell))| {
        if let Err(failure) = stage.play(pairing, cell, Seat(*place))
            && let Ok(mut failed) = failed.lock()
        {
            let (number, cell) = (*number, *cell);
            failed.push(Failed {
                pairing,
                number,
                cell,
                failure,
            });
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| alone.iter().for_each(one));
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(cell) = together.get(next.fetch_add(1, Ordering::Relaxed)) {
                    one(cell);
                }
            });
        }
    });
    failed.into_inner().unwrap_or_default()
}
