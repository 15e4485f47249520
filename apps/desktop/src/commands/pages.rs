use spoke_api::{LogLine, Problem};
use spoke_desk::Desk;
use spoke_view::{About, Picture, Preferences};
use tauri::{AppHandle, State};

#[tauri::command]
pub(super) fn picture(desk: State<'_, Desk>) -> Picture {
    desk.pictures().borrow().clone()
}

#[tauri::command]
pub(super) async fn set_preferences(
    desk: State<'_, Desk>,
    preferences: Preferences,
) -> Result<(), Problem> {
    desk.set_preferences(preferences)
}

#[tauri::command]
pub(super) async fn log(
    desk: State<'_, Desk>,
    since_seconds: u64,
) -> Result<Vec<LogLine>, Problem> {
    desk.log(since_seconds).await
}

#[tauri::command]
pub(super) async fn about(desk: State<'_, Desk>) -> Result<About, Problem> {
    desk.about().await
}

#[tauri::command]
pub(super) async fn quit(app: AppHandle) -> Result<(), Problem> {
    crate::door::quit(&app).await;
    Ok(())
}
