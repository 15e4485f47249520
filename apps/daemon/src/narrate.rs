use spoke_api::{StageStatus, State};

/// Puts into the log what has changed from one state to the next. States hold no
/// secrets.
pub(crate) fn narrate(before: &State, now: &State) {
    let Some(connection) = &now.connection else {
        if let Some(gone) = &before.connection {
            tracing::info!("{}: disconnected", gone.profile);
        }
        return;
    };
    let old = before
        .connection
        .as_ref()
        .filter(|old| old.profile == connection.profile);
    let name = &connection.profile;
    for report in &connection.stages {
        let same = old.is_some_and(|old| old.stages.contains(report));
        if same || report.status == StageStatus::Running {
            continue;
        }
        let stage = report.stage.word();
        let took = report.took_ms.unwrap_or(0);
        match report.status {
            StageStatus::Failed => tracing::warn!("{name}: {stage} failed: {}", report.detail),
            _ => tracing::info!("{name}: {stage}: {} ({took} ms)", report.detail),
        }
    }
    for notice in &connection.notices {
        if old.is_none_or(|old| !old.notices.contains(notice)) {
            tracing::warn!("{name}: {notice}");
        }
    }
    let problem = connection
        .problem
        .as_ref()
        .filter(|problem| old.and_then(|old| old.problem.as_ref()) != Some(problem));
    if let Some(problem) = problem {
        tracing::warn!("{name}: {problem}");
        for detail in &problem.details {
            tracing::warn!("{name}: {detail}");
        }
    }
    if old.is_none_or(|old| old.phase != connection.phase) {
        tracing::info!("{name}: {}", connection.phase.word());
    }
}
