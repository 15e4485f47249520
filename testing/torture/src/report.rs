//! What was seen, beside what was wanted.

use std::fmt;
use std::time::Duration;

/// Everything that one trial has seen.
#[derive(Clone, Debug, Default)]
pub struct Report {
    rows: Vec<Row>,
    circumstances: Vec<String>,
}

/// One thing that was looked at.
#[derive(Clone, Debug)]
pub struct Row {
    /// What.
    pub what: String,
    /// What it should be; empty where nothing is demanded.
    pub goal: String,
    /// What it was.
    pub seen: String,
    /// Whether that is as it should be.
    pub kept: bool,
}

impl Report {
    /// A number that nothing is demanded of.
    pub(crate) fn note(&mut self, what: impl Into<String>, seen: impl fmt::Display) {
        self.rows.push(Row {
            what: what.into(),
            goal: String::new(),
            seen: seen.to_string(),
            kept: true,
        });
    }

    /// Something that has to be so.
    pub(crate) fn demand(
        &mut self,
        what: impl Into<String>,
        goal: impl fmt::Display,
        seen: impl fmt::Display,
        kept: bool,
    ) {
        self.rows.push(Row {
            what: what.into(),
            goal: goal.to_string(),
            seen: seen.to_string(),
            kept,
        });
    }

    /// A time that may not be longer than this.
    pub(crate) fn at_most(&mut self, what: impl Into<String>, limit: Duration, seen: Duration) {
        let goal = format!("≤ {}", in_words(limit));
        self.demand(what, goal, in_words(seen), seen <= limit);
    }

    /// What was going on when something was not as it should be.
    pub(crate) fn add_circumstances(&mut self, text: String) {
        self.circumstances.push(text);
    }

    /// What was going on whenever something was not as it should be, for whoever looks for the cause.
    #[must_use]
    pub fn circumstances(&self) -> &[String] {
        &self.circumstances
    }

    /// Whether everything was as it should be.
    #[must_use]
    pub fn kept(&self) -> bool {
        self.rows.iter().all(|row| row.kept)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| what | goal | seen | |\n|---|---|---|---|")?;
        for row in &self.rows {
            let verdict = match (row.goal.is_empty(), row.kept) {
                (true, _) => "",
                (false, true) => "kept",
                (false, false) => "**missed**",
            };
            let Row {
                what, goal, seen, ..
            } = row;
            writeln!(f, "| {what} | {goal} | {seen} | {verdict} |")?;
        }
        Ok(())
    }
}

/// A time with the digits that matter.
pub(crate) fn in_words(time: Duration) -> String {
    match time.as_secs_f64() {
        seconds if seconds < 0.1 => format!("{:.1} ms", seconds * 1e3),
        seconds if seconds < 120.0 => format!("{seconds:.2} s"),
        seconds => format!("{:.0} min", seconds / 60.0),
    }
}

/// The time that so many of a hundred do not exceed; zero when there is none.
pub(crate) fn at_percent(times: &[Duration], percent: usize) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    let place = (times.len() * percent).div_ceil(100).saturating_sub(1);
    times.get(place).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundredth_is_the_one_that_so_many_do_not_exceed() {
        let times: Vec<Duration> = (1..=200).rev().map(Duration::from_millis).collect();
        assert_eq!(at_percent(&times, 95), Duration::from_millis(190));
        assert_eq!(at_percent(&times, 100), Duration::from_millis(200));
        assert_eq!(at_percent(&[], 95), Duration::ZERO);
    }

    #[test]
    fn what_was_missed_shows() {
        let mut report = Report::default();
        report.note("transitions", 3);
        assert!(report.kept());
        report.at_most("roam", Duration::from_secs(2), Duration::from_secs(3));
        assert!(!report.kept());
        assert!(
            report
                .to_string()
                .contains("| roam | ≤ 2.00 s | 3.00 s | **missed** |")
        );
    }
}
