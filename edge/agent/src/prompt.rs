use spoke_api::{Notice, SignInProgress};
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;
use zeroize::Zeroizing;

/// How a sign-in speaks with the person in front of it.
///
/// The command line prints, the window shows; both get the same calls.
pub trait Prompt: Send {
    /// The sign-in waits for the user here. Called again when that changes.
    fn waiting(&mut self, waiting: &Waiting);

    /// Something to know that is no failure: where tokens are kept, what about
    /// the token the gateway may not like.
    fn notice(&mut self, notice: Notice);

    /// Asks for user name and password (RADIUS profiles). `None`: the user
    /// would not, or nobody can be asked.
    fn password<'a>(
        &'a mut self,
        profile: &'a str,
        username: Option<&'a str>,
    ) -> Pin<Box<dyn Future<Output = Option<PasswordAnswer>> + Send + 'a>>;

    /// Asks a question of the gateway's or the profile's, such as for a one-time code.
    /// `None`: the user would not answer, or nobody can be asked.
    fn question<'a>(
        &'a mut self,
        question: &'a Question,
    ) -> Pin<Box<dyn Future<Output = Option<Zeroizing<String>>> + Send + 'a>>;

    /// There is no keyring service: may tokens be kept in this 0600 file
    /// instead? Without a yes they stay in memory.
    fn allow_token_file<'a>(
        &'a mut self,
        file: &'a Path,
    ) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>>;
}

/// Where a sign-in waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// In the browser.
    Browser {
        /// The page, to be shown for copying; it holds no secret.
        url: String,
        /// Why no browser could be opened; the user has to open the page then.
        not_opened: Option<String>,
    },
    /// On another device.
    DeviceCode {
        /// Page to open there.
        url: String,
        /// Code to type there.
        code: String,
        /// How long the code is good for.
        valid_for: Duration,
    },
}

impl Waiting {
    /// What every client of the daemon may see of it.
    #[must_use]
    pub fn progress(&self) -> SignInProgress {
        match self {
            Self::Browser { .. } => SignInProgress::Browser,
            Self::DeviceCode { url, code, .. } => SignInProgress::DeviceCode {
                url: url.clone(),
                code: code.clone(),
            },
        }
    }
}

/// What the user typed.
pub struct PasswordAnswer {
    /// The user name.
    pub username: String,
    /// The password.
    pub password: Zeroizing<String>,
    /// Whether it is to be kept.
    pub remember: bool,
}

/// A question whose answer is sent to the gateway. The text may come from the gateway,
/// a stranger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Name of the profile that is being connected.
    pub profile: String,
    /// The question.
    pub text: String,
    /// Whether the answer may be seen while it is typed.
    pub echo: bool,
}

/// A prompt for processes that nobody sits in front of: it shows nothing, and
/// nobody answers.
#[derive(Debug, Default)]
pub struct Unattended;

impl Prompt for Unattended {
    fn waiting(&mut self, _waiting: &Waiting) {}

    fn notice(&mut self, notice: Notice) {
        tracing::info!("{notice}");
    }

    fn password<'a>(
        &'a mut self,
        _profile: &'a str,
        _username: Option<&'a str>,
    ) -> Pin<Box<dyn Future<Output = Option<PasswordAnswer>> + Send + 'a>> {
        Box::pin(std::future::ready(None))
    }

    fn question<'a>(
        &'a mut self,
        _question: &'a Question,
    ) -> Pin<Box<dyn Future<Output = Option<Zeroizing<String>>> + Send + 'a>> {
        Box::pin(std::future::ready(None))
    }

    fn allow_token_file<'a>(
        &'a mut self,
        _file: &'a Path,
    ) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>> {
        Box::pin(std::future::ready(false))
    }
}
