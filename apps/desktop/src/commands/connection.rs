use spoke_api::Problem;
use spoke_desk::Desk;
use spoke_diagnose::{Explanation, Mend};
use spoke_view::{Answer, Leaving};
use tauri::State;

#[tauri::command]
pub(super) async fn connect(desk: State<'_, Desk>, profile: String) -> Result<(), Problem> {
    desk.connect(&profile).await
}

#[tauri::command]
pub(super) async fn disconnect(desk: State<'_, Desk>) -> Result<(), Problem> {
    desk.disconnect().await
}

#[tauri::command]
pub(super) async fn retry_now(desk: State<'_, Desk>) -> Result<(), Problem> {
    desk.retry_now().await
}

#[tauri::command]
pub(super) async fn renew_now(desk: State<'_, Desk>) -> Result<(), Problem> {
    desk.renew_now().await
}

#[tauri::command]
pub(super) async fn answer(desk: State<'_, Desk>, id: u32, answer: Answer) -> Result<(), Problem> {
    desk.answer(id, answer).await
}

#[tauri::command]
pub(super) async fn open_again(desk: State<'_, Desk>, id: u32) -> Result<(), Problem> {
    desk.open_again(id).await
}

#[tauri::command]
pub(super) async fn use_another_device(desk: State<'_, Desk>, id: u32) -> Result<(), Problem> {
    desk.use_another_device(id).await
}

#[tauri::command]
pub(super) fn watch_traffic(desk: State<'_, Desk>, on: bool) {
    desk.watch_traffic(on);
}

#[tauri::command]
pub(super) async fn sign_out(desk: State<'_, Desk>, leaving: Leaving) -> Result<(), Problem> {
    desk.sign_out(&leaving).await
}

#[tauri::command]
pub(super) async fn explain(desk: State<'_, Desk>, target: String) -> Result<Explanation, Problem> {
    desk.explain(&target).await
}

#[tauri::command]
pub(super) async fn mend(desk: State<'_, Desk>, mend: Mend) -> Result<(), Problem> {
    desk.mend(&mend).await
}
