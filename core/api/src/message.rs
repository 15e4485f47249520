use crate::private_key::{self, PrivateKey};
use crate::proxy_password::{self, ProxyPassword};
use crate::token::{self, AccessToken};
use crate::{HostNetwork, ProbeReport, Problem, State};
use serde::{Deserialize, Serialize};
use spoke_profile::Profile;

/// The first message in each direction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`API_VERSION`](crate::API_VERSION) of the sender.
    pub api: u32,
    /// Version of the sending program, for people.
    pub version: String,
}

/// A request with the number that its response will carry.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct ClientMessage {
    /// Chosen by the client, echoed by the daemon.
    pub id: u64,
    /// What is asked.
    pub request: Request,
}

/// What a client may ask of the daemon.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Request {
    /// The state once.
    Status,
    /// The state now and after every change, as [`Update::State`]. The newest request of
    /// a connection counts.
    Subscribe {
        /// Whether a change of the byte counters alone is a change. Nobody else's wish for
        /// it wakes a client that does not want it.
        #[serde(default = "yes")]
        traffic: bool,
    },
    /// Connects with this profile; answered as soon as the attempt has begun. The
    /// asking connection becomes the provider of its tokens, as after
    /// [`Request::OfferTokens`].
    Connect {
        /// The whole profile: the daemon takes contents, never a path.
        profile: Box<Profile>,
        /// How to go about it.
        options: ConnectOptions,
        /// The private key of the profile's client certificate. The daemon keeps it in
        /// memory for as long as the connection lasts, so that it can connect again
        /// when no program of the user's is there.
        #[serde(default, with = "private_key::exposed")]
        private_key: Option<PrivateKey>,
        /// The password for the user whom the profile's proxy names. Kept likewise.
        #[serde(default, with = "proxy_password::exposed")]
        proxy_password: Option<ProxyPassword>,
        /// The profile whose gateways are tried when none of the first one's can be reached.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secondary: Option<Secondary>,
    },
    /// Ends the connection (of that profile, when named); answered when the host
    /// is as it was before.
    Disconnect {
        /// Name of the profile; any when absent.
        profile: Option<String>,
    },
    /// Tries again at once, where the next attempt waits for its time.
    RetryNow,
    /// Takes the connection down for a time, after which it comes back by itself; answered
    /// when that has begun. Another pause takes the place of the one there is.
    Pause {
        /// How long.
        seconds: u64,
    },
    /// Ends a pause before its time; what is not paused goes on as it is.
    Resume,
    /// Asks for a fresh token now, ahead of the expiry of the one in use; answered as soon
    /// as it was asked for. The asking connection becomes the provider, as after
    /// [`Request::OfferTokens`].
    RenewSignIn {
        /// Whether the user may be shown a sign-in page for it.
        interactive: bool,
    },
    /// Tests a gateway up to the sign-in, beside whatever is connected, and changes nothing
    /// on the host; answered by [`Response::Probe`].
    Probe {
        /// The whole profile.
        profile: Box<Profile>,
        /// The private key of the profile's client certificate: some gateways break TLS off
        /// where none is shown.
        #[serde(default, with = "private_key::exposed")]
        private_key: Option<PrivateKey>,
    },
    /// Makes this client the one that is asked for tokens of the caller's
    /// connections. The newest offer of a user wins; when its socket closes, the
    /// one before it counts again.
    OfferTokens,
    /// The answer to [`Update::TokenWanted`].
    GrantToken(TokenGrant),
    /// The other answer: no token can be had.
    RefuseToken {
        /// [`TokenWanted::request`].
        request: u64,
        /// Why, with what the user can do.
        problem: Problem,
    },
    /// How far a sign-in has come, shown to every client.
    SignInProgress {
        /// [`TokenWanted::request`].
        request: u64,
        /// Where the user is expected.
        progress: SignInProgress,
    },
    /// Which of its profiles the asking user wants to be connected, whether it is or not:
    /// what was connected when the daemon ended without having been asked to disconnect.
    Intent,
    /// Facts about the daemon.
    DaemonInfo,
    /// From now on log this and what is more severe, until the daemon ends.
    SetLogLevel {
        /// The least severe that is logged.
        level: LogLevel,
    },
    /// This computer's links, routes and resolver.
    Network,
    /// Lines of the daemon's log, oldest first.
    Log {
        /// Only lines of the last so many seconds.
        since_seconds: Option<u64>,
        /// Keep sending new lines as [`Update::Log`].
        follow: bool,
    },
}

const fn yes() -> bool {
    true
}

/// How to connect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectOptions {
    /// Whether a person can be asked to sign in; otherwise only a cached or
    /// silently renewed token will do.
    pub interactive: bool,
    /// What is connected with a profile of this name is connected anew with this one; what is
    /// meant for the tunnel goes nowhere else meanwhile.
    #[serde(default)]
    pub anew: bool,
    /// Nothing leaves this computer but through the tunnel, from when it is up until somebody
    /// disconnects.
    #[serde(default)]
    pub lockdown: bool,
}

/// A profile to fall back to, with what goes with it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Secondary {
    /// The whole profile.
    pub profile: Box<Profile>,
    /// The private key of its client certificate.
    #[serde(default, with = "private_key::exposed")]
    pub private_key: Option<PrivateKey>,
    /// The password for the user whom its proxy names.
    #[serde(default, with = "proxy_password::exposed")]
    pub proxy_password: Option<ProxyPassword>,
}

/// What the daemon sends after its [`Hello`].
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum DaemonMessage {
    /// The answer to the request with this number.
    Response {
        /// The request's number.
        id: u64,
        /// What came of it.
        response: Response,
    },
    /// Something that was subscribed to, or asked of the token provider.
    Update {
        /// What it is.
        update: Update,
    },
}

/// The answer to a request.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Response {
    /// Done, or begun as the request's description says.
    Done,
    /// The state.
    State {
        /// All of it.
        state: Box<State>,
    },
    /// Facts about the daemon.
    DaemonInfo {
        /// The facts.
        info: DaemonInfo,
    },
    /// What the user wants to be connected.
    Intent {
        /// Name of the profile, if any.
        profile: Option<String>,
    },
    /// This computer's network.
    Network {
        /// As it is now.
        network: Box<HostNetwork>,
    },
    /// Log lines.
    Log {
        /// Oldest first.
        lines: Vec<LogLine>,
    },
    /// What a test of a gateway found.
    Probe {
        /// Stage by stage.
        report: Box<ProbeReport>,
    },
    /// It could not be done.
    Failed {
        /// Why.
        problem: Problem,
    },
}

/// What the daemon sends unasked.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Update {
    /// The whole state, to subscribers.
    State {
        /// All of it.
        state: Box<State>,
    },
    /// A token is needed, to the provider.
    TokenWanted(TokenWanted),
    /// The gateway wants a page to be opened, to the provider. Nothing is to be answered.
    PageWanted {
        /// Name of the profile that is being connected.
        profile: String,
        /// The page, `https` always.
        url: String,
    },
    /// The token of this request is no longer needed: stop waiting for the user.
    TokenNoLongerWanted {
        /// [`TokenWanted::request`].
        request: u64,
    },
    /// A log line, to followers.
    Log {
        /// The line.
        line: LogLine,
    },
}

/// The daemon's question to the user's session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenWanted {
    /// Number of this question, to be given back.
    pub request: u64,
    /// Name of the profile that the token is for.
    pub profile: String,
    /// Why it is needed now.
    pub reason: TokenReason,
    /// Whether the user may be shown a sign-in page.
    pub interactive: bool,
    /// Do not answer from the cache with a token that expires before this Unix
    /// time, in seconds.
    pub valid_until_at_least: u64,
    /// What the gateway asks beside, when the reason is [`TokenReason::Challenge`]: the
    /// granted token is the answer to it.
    #[serde(default)]
    pub challenge: Option<Challenge>,
}

/// A gateway's question to the user, such as for a one-time code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// The question, from a stranger.
    pub text: String,
    /// Whether the answer may be seen while it is typed.
    pub echo: bool,
    /// Whether there is anything to answer; otherwise it is a message, to be confirmed
    /// with an empty answer.
    pub answer: bool,
}

/// Why a token is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenReason {
    /// To connect.
    Connect,
    /// Ahead of the expiry of the one in use.
    Renew,
    /// The gateway refused the last one.
    Refused,
    /// The gateway asks the user a question.
    Challenge,
}

/// A token from the user's session.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct TokenGrant {
    /// [`TokenWanted::request`].
    pub request: u64,
    /// User name to send with it: `AzureAD` for Entra tokens.
    pub username: String,
    /// The token, or the password.
    #[serde(with = "token::exposed")]
    pub token: AccessToken,
    /// Who signed in, for people ("ana@contoso.com").
    pub account: Option<String>,
    /// When it expires, Unix time in seconds; absent for passwords.
    pub expires: Option<u64>,
    /// Whether it came without asking the user.
    pub silent: bool,
    /// Whether it is good for one sign-in only, as a password with a one-time code is.
    #[serde(default)]
    pub once: bool,
}

/// Where a sign-in waits for the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum SignInProgress {
    /// A page was opened in the user's browser.
    Browser,
    /// The gateway wants a page to be opened in the user's browser; the sign-in goes
    /// on by itself once the user is done there.
    Page {
        /// The page, `https` always.
        url: String,
    },
    /// A code is to be typed on another device.
    DeviceCode {
        /// Page to open there.
        url: String,
        /// Code to type there.
        code: String,
    },
}

/// Facts about the daemon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaemonInfo {
    /// Its version.
    pub version: String,
    /// Its process id.
    pub pid: u32,
    /// When it started, Unix time in seconds.
    pub started: u64,
    /// Resident memory in bytes, when known.
    pub resident_bytes: Option<u64>,
}

/// How severe a line of the log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// Something failed.
    Error,
    /// Something deserves a look.
    Warn,
    /// What happens to connections.
    Info,
    /// What leads to it, step by step.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    /// The word used on the command line, in JSON and in logs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// One line of the daemon's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct LogLine {
    /// Unix time in milliseconds.
    pub at_ms: u64,
    /// `error`, `warn`, `info`, `debug` or `trace`.
    pub level: String,
    /// The text, without secrets.
    pub text: String,
}
