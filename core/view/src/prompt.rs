use serde::{Deserialize, Serialize};
use ts_rs::TS;
use zeroize::Zeroizing;

/// A place where something waits for the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UserPrompt {
    /// Number to be given back with the answer.
    pub id: u32,
    /// Name of the profile that is concerned.
    pub profile: String,
    /// What is waited for.
    pub kind: PromptKind,
}

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PromptKind {
    /// A sign-in in the browser.
    Browser {
        /// The page, to be shown for copying; it holds no secret.
        url: String,
        /// Why no browser could be opened; the user has to open the page then.
        not_opened: Option<String>,
    },
    /// A sign-in on another device.
    DeviceCode {
        /// Page to open there.
        url: String,
        /// Code to type there.
        code: String,
        /// Until when the code is good, Unix time in seconds.
        valid_until: u64,
    },
    /// The gateway wants this page to be opened; the user is to agree first.
    Page {
        /// The page, `https` always; from a stranger.
        url: String,
    },
    /// User name and password.
    Password {
        /// The user name, when the profile or the keyring knows it.
        username: Option<String>,
        /// Whether there is a lasting place to remember it in.
        can_remember: bool,
        /// The proxy that wants them, as host and port; absent when the gateway does.
        proxy: Option<String>,
    },
    /// A question of the gateway's, such as for a one-time code.
    Question {
        /// The question, from a stranger.
        text: String,
        /// Whether the answer may be seen while it is typed.
        echo: bool,
    },
    /// The password of a file that holds a private key.
    FilePassword {
        /// The file's name.
        file: String,
        /// Whether the one before was wrong.
        again: bool,
    },
    /// There is no keyring: may sign-ins be kept in this file?
    TokenFile {
        /// The file.
        path: String,
    },
}

/// What the user did about a [`UserPrompt`]. It may hold a password, so it cannot be
/// printed, and what it holds is zeroed on drop.
#[derive(Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Answer {
    /// The user name and password.
    Password {
        /// The user name.
        username: String,
        /// The password.
        #[ts(type = "string")]
        password: Zeroizing<String>,
        /// Whether it is to be kept.
        remember: bool,
    },
    /// The answer to a question, or the password of a file.
    Text {
        /// What was typed.
        #[ts(type = "string")]
        text: Zeroizing<String>,
    },
    /// Yes.
    Yes,
    /// No.
    No,
    /// The user would not answer: the attempt ends.
    Cancel,
}
