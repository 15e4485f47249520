use crate::problems;
use crate::shared::Shared;
use spoke_agent::DaemonClient;
use spoke_api::{Notice, NoticeCode, Request};
use spoke_view::{Answer, PromptKind};
use std::sync::Arc;

/// Asks the user about a page that the gateway wants opened, and opens it after a yes. The
/// sign-in goes on by itself once the user is done there; after a no it waits for the user
/// to come round, since the page stays in the daemon's state.
pub(crate) async fn ask(desk: Arc<Shared>, daemon: DaemonClient, profile: String, url: String) {
    let kind = PromptKind::Page { url: url.clone() };
    match desk.prompts.ask(&profile, kind).await {
        Some(Answer::Yes) => {
            if let Err(why) = open(&desk, &url).await {
                let problem = problems::not_opened(&why);
                let text = format!("{} {}", problem.summary, problem.hint);
                let notice = Notice::new(NoticeCode::PageNotOpened, text);
                desk.board.notice(notice.about(why));
            }
        }
        Some(Answer::Cancel) => {
            let profile = Some(profile);
            // A daemon that has gone away has nothing to be disconnected.
            let _ = daemon.request(Request::Disconnect { profile }).await;
        }
        _ => {}
    }
}

async fn open(desk: &Shared, url: &str) -> Result<(), String> {
    let provider = desk
        .provider()
        .await
        .map_err(|problem| problem.to_string())?;
    provider.open_page(url).await
}
