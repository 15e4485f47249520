//! What was measured.

use crate::case::Case;
use crate::quantity::Quantity;
use crate::scene::Scene;
use std::collections::BTreeMap;

/// Every value of every round.
#[derive(Debug, Default)]
pub struct Results(BTreeMap<(Scene, Case, Quantity), Vec<f64>>);

/// The rounds of one quantity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// As many rounds gave more as gave less.
    pub median: f64,
    /// The smallest.
    pub least: f64,
    /// The largest.
    pub most: f64,
}

impl Results {
    pub(crate) fn add(&mut self, scene: Scene, case: Case, quantity: Quantity, value: f64) {
        self.0
            .entry((scene, case, quantity))
            .or_default()
            .push(value);
    }

    /// What the rounds gave, if it was measured.
    #[must_use]
    pub fn summary(&self, scene: Scene, case: Case, quantity: Quantity) -> Option<Summary> {
        let mut values = self.0.get(&(scene, case, quantity))?.clone();
        values.sort_unstable_by(f64::total_cmp);
        Some(Summary {
            median: middle(&values)?,
            least: *values.first()?,
            most: *values.last()?,
        })
    }

    /// How many values there are in all.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }

    /// Whether nothing was measured.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn middle(sorted: &[f64]) -> Option<f64> {
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *sorted.get(sorted.len() / 2 - 1)?;
    Some(f64::midpoint(lower, upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_tells_the_middle_and_the_ends() {
        let mut results = Results::default();
        let place = (Scene::Lab, Case::BASELINE, Quantity::UpOne);
        assert_eq!(results.summary(place.0, place.1, place.2), None);
        for value in [3.0, 1.0, 2.0, 10.0] {
            results.add(place.0, place.1, place.2, value);
        }
        let expected = Summary {
            median: 2.5,
            least: 1.0,
            most: 10.0,
        };
        assert_eq!(results.summary(place.0, place.1, place.2), Some(expected));
    }
}
