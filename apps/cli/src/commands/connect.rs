//! `spoke connect [PROFILE]`

use crate::commands::agent;
use crate::context::Context;
use crate::exit::Outcome;
use crate::follow::{self, Budget};
use crate::progress::{Progress, done};
use crate::terminal_prompt::{TerminalModes, TerminalPrompt};
use crate::{clean, clock, document, select, status_view, words};
use spoke_agent::{
    DaemonClient, Keyring, LastConnected, PreferenceStore, Prompt as _, ProviderOptions,
    TokenProvider, Unattended, Updates, Waiting, client_key, forget_proxy_password, proxy_password,
    secondary,
};
use spoke_api::{
    ConnectOptions, Connection, ExitCode, Notice, Phase, Problem, ProblemCode, Request,
    StageStatus, State, TokenWanted, Update,
};
use spoke_profile::{Profile, SignIn};
use spoke_settings::SignInWay;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

/// How long `--no-wait` may take to answer from the cache or by a silent renewal.
const ANSWER_TIME: Duration = Duration::from_secs(10);

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
                        spoke connect                      the only profile, or SPOKE_PROFILE's\n  \
                        spoke up contoso --no-wait         begin, and return at once\n  \
                        spoke connect --auth device-code   sign in on another device")]
pub(crate) struct Args {
    /// Which profile; the beginning of its name will do.
    profile: Option<String>,
    /// Begin, and do not wait for the outcome.
    #[arg(long)]
    no_wait: bool,
    /// Give up after this long; the time you take to sign in does not count.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = words::parse_duration)]
    timeout: Duration,
    /// How to sign in; otherwise as the setting `sign-in` says.
    #[arg(
        long,
        value_enum,
        value_name = "HOW",
        env = "SPOKE_AUTH",
        hide_env_values = true
    )]
    auth: Option<Auth>,
    /// Keep a typed password in the keyring, once the gateway has accepted it, without asking.
    #[arg(long)]
    remember: bool,
}

/// How to sign in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Auth {
    /// In the browser where there is one, else with a code.
    #[default]
    Auto,
    /// In the browser.
    Browser,
    /// With a code to be typed on another device.
    DeviceCode,
    /// Only without being asked.
    Never,
}

impl Auth {
    /// As the user's settings say. Settings that cannot be read keep nobody from signing in.
    #[must_use]
    pub(crate) fn chosen(context: &Context) -> Self {
        let kept = PreferenceStore::new(&context.paths).load();
        match kept.unwrap_or_default().sign_in {
            SignInWay::Auto => Self::Auto,
            SignInWay::Browser => Self::Browser,
            SignInWay::DeviceCode => Self::DeviceCode,
        }
    }

    /// The same for the sign-in.
    #[must_use]
    pub(crate) fn ask(self) -> spoke_agent::Ask {
        match self {
            Self::Auto => spoke_agent::Ask::Auto,
            Self::Browser => spoke_agent::Ask::Browser,
            Self::DeviceCode => spoke_agent::Ask::DeviceCode,
            Self::Never => spoke_agent::Ask::Never,
        }
    }
}

pub(crate) fn run(context: &Context, args: Args) -> Outcome {
    let profile = select::profile(context, args.profile.as_deref())?;
    let _modes = TerminalModes::keep();
    // A question on the terminal may hold one thread; Ctrl-C is heard on the other.
    context.run_beside(connect(context, profile, args, false))
}

/// Connects a profile as `spoke connect` does without options.
///
/// # Errors
/// As `spoke connect`.
pub(crate) fn now(context: &Context, profile: Profile) -> Outcome {
    by_default(context, profile, false)
}

/// The same, also where it is connected already: with the profile as it is now.
///
/// # Errors
/// As `spoke connect`.
pub(crate) fn anew(context: &Context, profile: Profile) -> Outcome {
    by_default(context, profile, true)
}

fn by_default(context: &Context, profile: Profile, anew: bool) -> Outcome {
    let args = Args {
        profile: None,
        no_wait: false,
        timeout: Duration::from_secs(60),
        auth: None,
        remember: false,
    };
    let _modes = TerminalModes::keep();
    context.run_beside(connect(context, profile, args, anew))
}

async fn connect(context: &Context, profile: Profile, args: Args, anew: bool) -> Outcome {
    let (daemon, mut updates) = context.daemon().await?;
    let before = follow::subscribe(&daemon, &mut updates).await?;
    if !anew && let Some(outcome) = already(context, &before, &profile.name) {
        return outcome;
    }
    let keyring = Keyring::choose(&context.paths).await?;
    let auth = args.auth.unwrap_or_else(|| Auth::chosen(context));
    let options = ProviderOptions {
        ask: auth.ask(),
        ..ProviderOptions::of_user(&context.paths)
    };
    let provider = Arc::new(TokenProvider::new(keyring, options));
    let begun = Instant::now();
    let interactive = auth != Auth::Never && context.ask.allowed() && !args.no_wait;
    let mut prompt = TerminalPrompt::new(&context.print, context.ask).remembering(args.remember);
    let private_key = client_key(&profile, provider.keyring(), interactive, &mut prompt).await?;
    let proxy_password =
        proxy_password(&profile, provider.keyring(), interactive, &mut prompt).await?;
    let lockdown = PreferenceStore::new(&context.paths).load()?.lockdown;
    let secondary = secondary(&profile, &context.store(), provider.keyring()).await;
    let fallback = secondary.as_ref().map(|it| Arc::new((*it.profile).clone()));
    let request = Request::Connect {
        profile: Box::new(profile.clone()),
        options: ConnectOptions {
            interactive,
            anew,
            lockdown,
        },
        private_key,
        proxy_password,
        secondary,
    };
    daemon.request(request).await?;
    LastConnected::new(&context.paths).remember(&profile.name);
    if args.no_wait {
        let answered = answer_once(&daemon, &mut updates, &provider, &profile);
        // Later questions are for the agent.
        let answered = tokio::time::timeout(ANSWER_TIME, answered).await;
        agent::leave_behind(context, &provider, auth);
        answered.unwrap_or(Ok(()))?;
        begun_only(context, &daemon, &profile.name).await?;
        return Ok(ExitCode::Success);
    }
    let former = before.connection.as_ref();
    let mut attempt = Attempt {
        former: former.and_then(|connection| connection.connected_at_ms),
        context,
        daemon: &daemon,
        provider: &provider,
        prompt: prompt.clone(),
        profile: Arc::new(profile),
        fallback,
        progress: Progress::after(before, true, &context.print),
        answer: None,
        page: None,
    };
    let outcome = attempt
        .watch(&mut updates, Budget::new(Some(args.timeout)))
        .await;
    attempt.stop_answering();
    context.print.stop_waiting();
    attempt.stop_opening();
    if let Err(problem) = outcome {
        if problem.code == ProblemCode::ProxyRefused {
            forget_proxy_password(&attempt.profile, provider.keyring()).await?;
        }
        return Err(problem);
    }
    provider.accepted(&mut prompt).await;
    agent::leave_behind(context, &provider, auth);
    conclude(context, attempt.progress.state(), begun);
    Ok(ExitCode::Success)
}

/// Answers the daemon's first question for a token, without asking anybody: until the
/// agent is there, only this process can. A certificate alone brings no question.
async fn answer_once(
    daemon: &DaemonClient,
    updates: &mut Updates,
    provider: &TokenProvider,
    profile: &Profile,
) -> Result<(), Problem> {
    if profile.sign_in == SignIn::Certificate {
        return Ok(());
    }
    loop {
        match updates.next().await.ok_or_else(follow::gone)? {
            Update::TokenWanted(wanted) => {
                let request = wanted.request;
                // A question that the attempt did not live to hear answered is no
                // failure of this command: what ended the attempt is in the status.
                match provider.answer(profile, &wanted, &mut Unattended).await {
                    Ok(grant) => drop(daemon.request(Request::GrantToken(grant)).await),
                    Err(problem) => {
                        let refusal = Request::RefuseToken {
                            request,
                            problem: problem.clone(),
                        };
                        if daemon.request(refusal).await.is_ok() {
                            return Err(problem);
                        }
                    }
                }
                return Ok(());
            }
            // What is up again, or never will be, asks nothing.
            Update::State { state }
                if matches!(state.phase(), Phase::Connected | Phase::Failed) =>
            {
                return Ok(());
            }
            _ => {}
        }
    }
}

async fn begun_only(context: &Context, daemon: &DaemonClient, name: &str) -> Result<(), Problem> {
    if context.print.json() {
        let state = follow::state(daemon).await?;
        context.print.document(&document::status(&state));
    } else {
        context.print.note(format_args!(
            "Connecting to {name}.   Next: spoke wait --for connected"
        ));
    }
    Ok(())
}

/// Says so when there is nothing to do.
fn already(context: &Context, state: &State, name: &str) -> Option<Outcome> {
    let connection = state.connection.as_ref()?;
    if connection.profile != name || connection.phase != Phase::Connected {
        return None;
    }
    if context.print.json() {
        context.print.document(&document::status(state));
    } else {
        let since = connection.connected_at_ms.unwrap_or(connection.since_ms);
        context.print.note(done(
            &context.print,
            &format!("Already connected to {name}, for {}.", follow::ago(since)),
        ));
    }
    Some(Ok(ExitCode::Success))
}

fn conclude(context: &Context, state: &State, begun: Instant) {
    if context.print.json() {
        context.print.document(&document::status(state));
        return;
    }
    let Some(connection) = &state.connection else {
        return;
    };
    let tenths = (begun.elapsed().as_millis() + 50) / 100;
    let mut line = format!(
        "Connected to {} in {}.{} s.",
        connection.profile,
        tenths / 10,
        tenths % 10
    );
    if let Some(expires) = connection.sign_in_expires {
        line.push_str(&format!("  Sign-in valid until {}", clock::local(expires)));
        if connection.sign_in_renews.is_some() {
            line.push_str(" (renews by itself)");
        }
        line.push('.');
    }
    context.print.note(line);
}

/// An attempt under way.
struct Attempt<'a> {
    /// Since when the connection stands that is to be made anew.
    former: Option<u64>,
    context: &'a Context,
    daemon: &'a DaemonClient,
    provider: &'a Arc<TokenProvider>,
    prompt: TerminalPrompt,
    profile: Arc<Profile>,
    /// The secondary profile, where there is one.
    fallback: Option<Arc<Profile>>,
    progress: Progress,
    /// The answer to the daemon's last question, and the question's number.
    answer: Option<(u64, JoinHandle<()>)>,
    /// The opening of a page that the gateway wants.
    page: Option<JoinHandle<()>>,
}

impl Attempt<'_> {
    async fn watch(&mut self, updates: &mut Updates, mut budget: Budget) -> Result<(), Problem> {
        let mut interrupt = std::pin::pin!(tokio::signal::ctrl_c());
        loop {
            let update = tokio::select! {
                update = updates.next() => update.ok_or_else(follow::gone)?,
                _ = &mut interrupt => return Err(self.cancel().await),
                () = budget.spent() => return Err(self.time_out(&budget).await),
            };
            match update {
                Update::State { mut state } => {
                    clean::state(&mut state);
                    if state.phase() != Phase::Connected {
                        self.former = None;
                    }
                    budget.run(state.phase() != Phase::SigningIn);
                    self.progress.follow(*state);
                    if let Some(outcome) = self.outcome() {
                        return outcome;
                    }
                }
                Update::TokenWanted(wanted) => self.answer(wanted),
                Update::TokenNoLongerWanted { request } => {
                    if self
                        .answer
                        .as_ref()
                        .is_some_and(|(asked, _)| *asked == request)
                    {
                        self.stop_answering();
                    }
                }
                Update::PageWanted { url, .. } => self.open_page(url),
                Update::Log { .. } => {}
            }
        }
    }

    /// Shows a page of the gateway's to the user, who may not want it opened; what
    /// comes of it comes with the state.
    fn open_page(&mut self, url: String) {
        let (provider, ask) = (Arc::clone(self.provider), self.context.ask);
        let (mut prompt, print) = (self.prompt.clone(), self.context.print.clone());
        let task = tokio::spawn(async move {
            let mut shown = url.clone();
            clean::text(&mut shown);
            let question =
                format!("The gateway wants to go on in your browser, at {shown}. Open it?");
            let wanted = tokio::task::spawn_blocking(move || {
                let _asking = print.asking();
                ask.allowed() && ask.confirm(&question)
            });
            let not_opened = match wanted.await {
                Ok(true) => provider.open_page(&url).await.err(),
                _ => Some("it was not opened".to_owned()),
            };
            prompt.waiting(&Waiting::Browser {
                url: shown,
                not_opened,
            });
        });
        if let Some(before) = self.page.replace(task) {
            before.abort();
        }
    }

    /// What has come of it, as soon as something has.
    fn outcome(&self) -> Option<Result<(), Problem>> {
        let state = self.progress.state();
        let name = &self.profile.name;
        let connected_at = |connection: &Connection| connection.connected_at_ms;
        let is_former = self.former.is_some()
            && state.connection.as_ref().and_then(connected_at) == self.former;
        match state.phase() {
            Phase::Connected if is_former => None,
            Phase::Connected if follow::concerns(state, Some(name)) => Some(Ok(())),
            Phase::Failed => {
                let problem = state
                    .connection
                    .as_ref()
                    .and_then(|connection| connection.problem.clone());
                Some(Err(problem.unwrap_or_else(|| {
                    Problem::new(
                        ProblemCode::Other,
                        format!("{name} could not be connected."),
                        "spoke log show --since 5m",
                    )
                })))
            }
            Phase::Disconnected => Some(Err(Problem::new(
                ProblemCode::Cancelled,
                format!("{name} was disconnected from elsewhere."),
                format!("spoke connect {}", words::shell(name)),
            ))),
            _ => None,
        }
    }

    /// Answers beside the watching: a sign-in can take minutes.
    fn answer(&mut self, wanted: TokenWanted) {
        self.stop_answering();
        let request = wanted.request;
        let daemon = self.daemon.clone();
        let provider = Arc::clone(self.provider);
        let secondary = self.fallback.as_ref();
        let secondary = secondary.filter(|it| it.name == wanted.profile);
        let profile = Arc::clone(secondary.unwrap_or(&self.profile));
        let prompt = self.prompt.clone();
        let task = tokio::spawn(async move {
            let mut prompt = Told {
                prompt,
                daemon: daemon.clone(),
                request,
            };
            let reply = match provider.answer(&profile, &wanted, &mut prompt).await {
                Ok(grant) => Request::GrantToken(grant),
                Err(problem) => Request::RefuseToken { request, problem },
            };
            // A daemon that has gone away is noticed by the watching.
            let _ = daemon.request(reply).await;
        });
        self.answer = Some((request, task));
    }

    fn stop_answering(&mut self) {
        if let Some((_, task)) = self.answer.take() {
            task.abort();
        }
    }

    fn stop_opening(&mut self) {
        if let Some(task) = self.page.take() {
            task.abort();
        }
    }

    async fn cancel(&mut self) -> Problem {
        self.abandon().await;
        Problem::new(
            ProblemCode::Cancelled,
            "Cancelled; the host's network is as before.",
            format!("spoke connect {}", words::shell(&self.profile.name)),
        )
    }

    async fn time_out(&mut self, budget: &Budget) -> Problem {
        let why = self
            .progress
            .state()
            .connection
            .as_ref()
            .and_then(standstill);
        self.abandon().await;
        let name = &self.profile.name;
        let problem = budget.problem(
            &format!("{name} was not connected"),
            &format!("spoke log show --since 5m, or spoke connect {name} --timeout 5m"),
        );
        match why {
            Some(why) => problem.cause(why),
            None => problem,
        }
    }

    /// Takes back what was begun. A second Ctrl-C does not wait for it.
    async fn abandon(&mut self) {
        self.stop_answering();
        self.context.print.wait_for("Disconnecting");
        let request = Request::Disconnect {
            profile: Some(self.profile.name.clone()),
        };
        tokio::select! {
            _ = self.daemon.request(request) => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        self.context.print.stop_waiting();
    }
}

/// What an attempt that ran out of time was at.
fn standstill(connection: &Connection) -> Option<String> {
    if let Some(problem) = &connection.problem {
        return Some(problem.summary.clone());
    }
    let running = connection
        .stages
        .iter()
        .find(|report| report.status == StageStatus::Running)?;
    Some(format!(
        "It came as far as the stage `{}` ({}).",
        running.stage.word(),
        status_view::waiting(running.stage).to_lowercase()
    ))
}

/// A prompt that also tells the daemon, for its other clients.
struct Told {
    prompt: TerminalPrompt,
    daemon: DaemonClient,
    request: u64,
}

impl spoke_agent::Prompt for Told {
    fn waiting(&mut self, waiting: &spoke_agent::Waiting) {
        self.prompt.waiting(waiting);
        let (daemon, request, progress) = (self.daemon.clone(), self.request, waiting.progress());
        tokio::spawn(async move {
            let _ = daemon
                .request(Request::SignInProgress { request, progress })
                .await;
        });
    }

    fn notice(&mut self, notice: Notice) {
        self.prompt.notice(notice);
    }

    fn password<'a>(
        &'a mut self,
        profile: &'a str,
        username: Option<&'a str>,
    ) -> std::pin::Pin<Box<dyn Future<Output = Option<spoke_agent::PasswordAnswer>> + Send + 'a>>
    {
        self.prompt.password(profile, username)
    }

    fn question<'a>(
        &'a mut self,
        question: &'a spoke_agent::Question,
    ) -> std::pin::Pin<Box<dyn Future<Output = Option<Zeroizing<String>>> + Send + 'a>> {
        self.prompt.question(question)
    }

    fn allow_token_file<'a>(
        &'a mut self,
        file: &'a std::path::Path,
    ) -> std::pin::Pin<Box<dyn Future<Output = bool> + Send + 'a>> {
        self.prompt.allow_token_file(file)
    }
}
