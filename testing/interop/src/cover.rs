//! Chooses the cells of a pairing: a covering design.
//!
//! Every value occurs once in the cell nearest to the base case, and every pair of values of any two dimensions that
//! can go together occurs in some cell. The same rules give the same cells on every machine.

use crate::cell::{AXES, BASE, Point};

/// Candidates that are tried for each further cell.
const CANDIDATES: usize = 60;
/// Attempts to complete a pair to a possible cell by chance, before all are looked through.
const ATTEMPTS: usize = 400;

/// The chosen cells, in order.
#[derive(Debug, Default)]
pub struct Design {
    /// The base case, then one value after the other against it.
    pub single: Vec<Point>,
    /// The cells that bring the remaining pairs.
    pub pairs: Vec<Point>,
    /// Values that occur in no cell: dimension and place.
    pub impossible: Vec<(usize, usize)>,
}

/// Chooses among the cells that are `possible`.
#[must_use]
pub fn design(possible: &dyn Fn(&Point) -> bool) -> Design {
    let mut design = Design::default();
    let mut covered = Pairs::default();
    for (axis, (_, values)) in AXES.iter().enumerate() {
        for value in 0..*values {
            let mut wanted = [None; BASE.len()];
            wanted[axis] = Some(value);
            let Some(point) = nearest(&wanted, possible) else {
                design.impossible.push((axis, value));
                continue;
            };
            if !design.single.contains(&point) {
                covered.add(&point);
                design.single.push(point);
            }
        }
    }
    let mut chance = Chance(0x5eed);
    for (first, second) in all_pairs() {
        let hopeless = |value| design.impossible.contains(&value);
        if covered.has(first, second) || hopeless(first) || hopeless(second) {
            continue;
        }
        let mut wanted = [None; BASE.len()];
        wanted[first.0] = Some(first.1);
        wanted[second.0] = Some(second.1);
        let best = (0..CANDIDATES)
            .filter_map(|_| candidate(&wanted, &covered, &mut chance, possible))
            .max_by_key(|(gain, point)| (*gain, std::cmp::Reverse(*point)))
            .map(|(_, point)| point)
            .or_else(|| nearest(&wanted, possible));
        if let Some(point) = best {
            covered.add(&point);
            design.pairs.push(point);
        }
    }
    design
}

/// The possible cell with the `wanted` values that differs from the base case in the fewest others.
fn nearest(
    wanted: &[Option<usize>; BASE.len()],
    possible: &dyn Fn(&Point) -> bool,
) -> Option<Point> {
    let free: Vec<usize> = (0..AXES.len())
        .filter(|axis| wanted[*axis].is_none())
        .collect();
    let mut point = BASE;
    for (axis, value) in wanted.iter().enumerate() {
        point[axis] = value.unwrap_or_default();
    }
    (0..=free.len()).find_map(|changes| change(&mut point, &free, changes, possible))
}

/// Changes exactly `changes` of the `free` values until the cell is possible.
fn change(
    point: &mut Point,
    free: &[usize],
    changes: usize,
    possible: &dyn Fn(&Point) -> bool,
) -> Option<Point> {
    if changes == 0 {
        return possible(point).then_some(*point);
    }
    for (position, axis) in free.iter().enumerate() {
        for value in 1..AXES[*axis].1 {
            point[*axis] = value;
            if let Some(found) = change(point, &free[position + 1..], changes - 1, possible) {
                return Some(found);
            }
        }
        point[*axis] = 0;
    }
    None
}

/// A cell by chance with the `wanted` values, bettered one value at a time, and how many new pairs it brings.
fn candidate(
    wanted: &[Option<usize>; BASE.len()],
    covered: &Pairs,
    chance: &mut Chance,
    possible: &dyn Fn(&Point) -> bool,
) -> Option<(usize, Point)> {
    let mut point = (0..ATTEMPTS).find_map(|_| {
        let mut point = BASE;
        for (axis, value) in wanted.iter().enumerate() {
            point[axis] = value.unwrap_or_else(|| chance.below(AXES[axis].1));
        }
        possible(&point).then_some(point)
    })?;
    let mut gain = covered.gain(&point);
    for (axis, (_, values)) in AXES.iter().enumerate() {
        for value in 0..*values {
            let mut other = point;
            other[axis] = value;
            let better = covered.gain(&other);
            if wanted[axis].is_none() && better > gain && possible(&other) {
                (point, gain) = (other, better);
            }
        }
    }
    Some((gain, point))
}

type Value = (usize, usize);

/// Every pair of values of two dimensions.
fn all_pairs() -> impl Iterator<Item = (Value, Value)> {
    let values = || {
        AXES.iter()
            .enumerate()
            .flat_map(|(axis, (_, count))| (0..*count).map(move |value| (axis, value)))
    };
    values().flat_map(move |first| {
        values()
            .filter(move |second| first.0 < second.0)
            .map(move |second| (first, second))
    })
}

/// The pairs that occur already.
#[derive(Default)]
struct Pairs(std::collections::BTreeSet<(Value, Value)>);

impl Pairs {
    fn of(point: &Point) -> impl Iterator<Item = (Value, Value)> {
        let values: Vec<Value> = point.iter().copied().enumerate().collect();
        let firsts = values.clone();
        firsts.into_iter().flat_map(move |first| {
            let seconds: Vec<Value> = values.iter().copied().filter(|s| first.0 < s.0).collect();
            seconds.into_iter().map(move |second| (first, second))
        })
    }

    fn add(&mut self, point: &Point) {
        self.0.extend(Self::of(point));
    }

    fn has(&self, first: Value, second: Value) -> bool {
        self.0.contains(&(first, second))
    }

    fn gain(&self, point: &Point) -> usize {
        Self::of(point)
            .filter(|pair| !self.0.contains(pair))
            .count()
    }
}

/// Numbers that look random and are the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or_default() % bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(design: &Design, possible: &dyn Fn(&Point) -> bool) -> usize {
        let mut covered = Pairs::default();
        for point in design.single.iter().chain(&design.pairs) {
            assert!(possible(point), "{point:?}");
            covered.add(point);
        }
        let open = all_pairs().filter(|(first, second)| !covered.has(*first, *second));
        open.filter(|(first, second)| {
            let mut wanted = [None; BASE.len()];
            wanted[first.0] = Some(first.1);
            wanted[second.0] = Some(second.1);
            nearest(&wanted, possible).is_some()
        })
        .count()
    }

    #[test]
    fn every_pair_occurs_and_few_cells_are_needed() {
        let design = design(&|_| true);
        assert_eq!(missing(&design, &|_| true), 0);
        assert_eq!(design.single[0], BASE);
        assert!(design.pairs.len() < 75, "{}", design.pairs.len());
    }

    #[test]
    fn every_possible_pair_occurs_where_some_are_not() {
        let possible = |point: &Point| point[1] == 0 && (point[9] != 2 || point[3] < 4);
        let design = design(&possible);
        assert_eq!(missing(&design, &possible), 0);
        assert_eq!(design.impossible, [(1, 1)]);
    }

    #[test]
    fn the_design_is_always_the_same() {
        let (one, other) = (design(&|_| true), design(&|_| true));
        assert_eq!(one.pairs, other.pairs);
    }
}
