use spoke_api::{ProbeReport, Problem};
use spoke_desk::Desk;
use spoke_view::{
    ExportRequest, FormReport, ImportChoice, ImportPlan, ProfileDetail, ProfileForm, RootChoice,
};
use std::path::PathBuf;
use tauri::State;

#[tauri::command]
pub(super) async fn inspect_files(
    desk: State<'_, Desk>,
    paths: Vec<PathBuf>,
) -> Result<ImportPlan, Problem> {
    desk.inspect_files(paths).await
}

#[tauri::command]
pub(super) async fn inspect_azure_vpn_client(desk: State<'_, Desk>) -> Result<ImportPlan, Problem> {
    desk.inspect_azure_vpn_client().await
}

#[tauri::command]
pub(super) async fn save_import(
    desk: State<'_, Desk>,
    plan: u32,
    choices: Vec<ImportChoice>,
) -> Result<Vec<String>, Problem> {
    desk.save_import(plan, choices).await
}

#[tauri::command]
pub(super) fn drop_import(desk: State<'_, Desk>, plan: u32) {
    desk.drop_import(plan);
}

#[tauri::command]
pub(super) async fn profile(desk: State<'_, Desk>, name: String) -> Result<ProfileDetail, Problem> {
    desk.profile(&name).await
}

#[tauri::command]
pub(super) fn blank_form() -> ProfileForm {
    ProfileForm::blank()
}

#[tauri::command]
pub(super) async fn check_form(
    desk: State<'_, Desk>,
    form: ProfileForm,
    was: Option<String>,
) -> Result<FormReport, Problem> {
    desk.check_form(&form, was.as_deref())
}

#[tauri::command]
pub(super) async fn save_form(
    desk: State<'_, Desk>,
    form: ProfileForm,
    was: Option<String>,
) -> Result<String, Problem> {
    desk.save_form(&form, was.as_deref()).await
}

#[tauri::command]
pub(super) async fn probe_form(
    desk: State<'_, Desk>,
    form: ProfileForm,
    was: Option<String>,
) -> Result<ProbeReport, Problem> {
    desk.probe_form(&form, was.as_deref()).await
}

#[tauri::command]
pub(super) async fn read_root(desk: State<'_, Desk>, path: PathBuf) -> Result<RootChoice, Problem> {
    desk.read_root(&path)
}

#[tauri::command]
pub(super) async fn repair(desk: State<'_, Desk>, profile: String) -> Result<(), Problem> {
    desk.repair(&profile).await
}

#[tauri::command]
pub(super) async fn rename(
    desk: State<'_, Desk>,
    profile: String,
    to: String,
) -> Result<(), Problem> {
    desk.rename(&profile, &to).await
}

#[tauri::command]
pub(super) async fn duplicate(desk: State<'_, Desk>, profile: String) -> Result<String, Problem> {
    desk.duplicate(&profile).await
}

#[tauri::command]
pub(super) async fn remove(desk: State<'_, Desk>, profile: String) -> Result<(), Problem> {
    desk.remove(&profile).await
}

#[tauri::command]
pub(super) async fn export_profile(
    desk: State<'_, Desk>,
    request: ExportRequest,
) -> Result<(), Problem> {
    desk.export_profile(&request).await
}
