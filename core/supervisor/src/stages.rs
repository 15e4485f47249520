use spoke_api::{Stage, StageReport, StageStatus};
use spoke_moment::Moment;
use std::time::Duration;

/// The stages of one attempt, with how long each took.
#[derive(Debug, Default)]
pub(crate) struct Stages {
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    report: StageReport,
    /// Since when its time runs; none while it waits for another stage.
    running_since: Option<Moment>,
    spent: Duration,
}

impl Stages {
    /// Forgets a former attempt, but for `keep` where it is under way.
    pub(crate) fn restart(&mut self, keep: Stage) {
        self.entries.retain(|entry| {
            entry.report.stage == keep && entry.report.status == StageStatus::Running
        });
    }

    /// Begins a stage, or lets its time run again.
    pub(crate) fn begin(&mut self, now: Moment, stage: Stage) {
        if let Some(entry) = self.entry(stage) {
            if entry.report.status == StageStatus::Running && entry.running_since.is_none() {
                entry.running_since = Some(now);
            }
            return;
        }
        let at = self
            .entries
            .partition_point(|entry| entry.report.stage < stage);
        self.entries.insert(
            at,
            Entry {
                report: StageReport {
                    stage,
                    status: StageStatus::Running,
                    took_ms: None,
                    detail: String::new(),
                },
                running_since: Some(now),
                spent: Duration::ZERO,
            },
        );
    }

    /// Stops a stage's time while it waits for another stage.
    pub(crate) fn pause(&mut self, now: Moment, stage: Stage, detail: impl Into<String>) {
        if let Some(entry) = self.running(stage) {
            entry.stop(now);
            entry.report.detail = detail.into();
        }
    }

    /// Ends a stage well, beginning it first when nobody has.
    pub(crate) fn finish(&mut self, now: Moment, stage: Stage, detail: impl Into<String>) {
        self.end(now, stage, StageStatus::Done, detail.into());
    }

    /// Ends the earliest stage under way badly.
    pub(crate) fn fail(&mut self, now: Moment, stage: Stage, detail: impl Into<String>) {
        self.end(now, stage, StageStatus::Failed, detail.into());
    }

    /// What was last said about a stage.
    pub(crate) fn detail(&mut self, stage: Stage) -> String {
        self.entry(stage)
            .map_or_else(String::new, |entry| entry.report.detail.clone())
    }

    /// The latest stage that is under way.
    pub(crate) fn last_running(&self) -> Option<Stage> {
        self.entries
            .iter()
            .rev()
            .find(|entry| entry.report.status == StageStatus::Running)
            .map(|entry| entry.report.stage)
    }

    /// The stage that has failed.
    pub(crate) fn failed(&self) -> Option<Stage> {
        let mut entries = self.entries.iter();
        let failed = entries.find(|entry| entry.report.status == StageStatus::Failed)?;
        Some(failed.report.stage)
    }

    /// What clients see.
    pub(crate) fn reports(&self) -> Vec<StageReport> {
        self.entries
            .iter()
            .map(|entry| entry.report.clone())
            .collect()
    }

    fn end(&mut self, now: Moment, stage: Stage, status: StageStatus, detail: String) {
        self.begin(now, stage);
        if let Some(entry) = self.running(stage) {
            entry.stop(now);
            entry.report.status = status;
            entry.report.took_ms = Some(u64::try_from(entry.spent.as_millis()).unwrap_or(u64::MAX));
            entry.report.detail = detail;
        }
    }

    fn running(&mut self, stage: Stage) -> Option<&mut Entry> {
        self.entry(stage)
            .filter(|entry| entry.report.status == StageStatus::Running)
    }

    fn entry(&mut self, stage: Stage) -> Option<&mut Entry> {
        self.entries
            .iter_mut()
            .find(|entry| entry.report.stage == stage)
    }
}

impl Entry {
    fn stop(&mut self, now: Moment) {
        if let Some(since) = self.running_since.take() {
            self.spent = self.spent.saturating_add(now.since(since));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Moment {
        Moment::from_origin(Duration::from_millis(ms))
    }

    #[test]
    fn stages_are_listed_in_order_and_timed_once() {
        let mut stages = Stages::default();
        stages.begin(at(0), Stage::Auth);
        stages.begin(at(0), Stage::Resolve);
        stages.finish(at(7), Stage::Resolve, "192.0.2.1");
        stages.finish(at(9), Stage::Resolve, "again");
        let reports = stages.reports();
        assert_eq!(reports[0].stage, Stage::Resolve);
        assert_eq!(reports[0].took_ms, Some(7));
        assert_eq!(reports[0].detail, "192.0.2.1");
        assert_eq!(reports[1].status, StageStatus::Running);
    }

    #[test]
    fn a_paused_stage_counts_only_its_own_time() {
        let mut stages = Stages::default();
        stages.begin(at(0), Stage::Auth);
        stages.pause(at(90), Stage::Auth, "ana@contoso.com (silent)");
        stages.begin(at(500), Stage::Auth);
        stages.finish(at(510), Stage::Auth, "ana@contoso.com (silent)");
        assert_eq!(stages.reports()[0].took_ms, Some(100));
    }

    #[test]
    fn a_new_attempt_keeps_only_what_is_still_under_way() {
        let mut stages = Stages::default();
        stages.begin(at(0), Stage::Auth);
        stages.finish(at(1), Stage::Resolve, "");
        stages.restart(Stage::Auth);
        assert_eq!(stages.reports().len(), 1);
        stages.finish(at(2), Stage::Auth, "");
        stages.restart(Stage::Auth);
        assert!(stages.reports().is_empty());
    }
}
