use crate::browser::Browser;
use crate::http::HttpClient;
use crate::loopback::{Answer, Loopback, Verdict};
use crate::notices;
use crate::problems;
use crate::prompt::{Prompt, Waiting};
use crate::time::{self, Clock};
use spoke_api::{Problem, ProblemCode};
use spoke_signin::{
    BrowserFlow, BrowserStep, DeviceFlow, DeviceStep, FlowSeed, Page, SignInSettings, TokenSet,
};
use std::time::Duration;

/// How long the question for client and redirect may take.
const PREFLIGHT: Duration = Duration::from_secs(4);

/// One sign-in with the user's help.
pub(crate) struct Interactive<'a> {
    pub(crate) profile: &'a str,
    pub(crate) settings: SignInSettings,
    pub(crate) http: &'a HttpClient,
    pub(crate) prompt: &'a mut dyn Prompt,
    /// Whether client and redirect are known to work from an earlier sign-in.
    pub(crate) proven: bool,
}

impl Interactive<'_> {
    /// In the browser; by a device code when the server knows no redirect here.
    pub(crate) async fn in_browser(mut self, browser: &Browser) -> Result<TokenSet, Problem> {
        let wanted = self.wanted_port()?;
        let mut loopback = self.listen(wanted).await?;
        let mut flow = BrowserFlow::new(self.settings.clone(), loopback.port(), seed()?)
            .map_err(|error| problems::unusable(self.profile, &error))?;
        if !self.proven {
            // A server that is only slow may still be quick enough for the rest.
            if let Ok(asked) = tokio::time::timeout(PREFLIGHT, self.ask_first(&mut flow)).await {
                asked?;
            }
        }
        let page = flow.page();
        if !self.move_to(&mut loopback, &page).await? {
            return self.by_device_code().await;
        }
        let mut early = None;
        // A browser that is quicker than its start is not waited for.
        let not_opened = tokio::select! {
            opened = browser.open(&page.url) => opened.err(),
            answer = loopback.answer() => {
                early = answer;
                None
            }
        };
        let url = page.url;
        self.prompt.waiting(&Waiting::Browser { url, not_opened });
        loop {
            let next = match early.take() {
                Some(answer) => Some(answer),
                None => loopback.answer().await,
            };
            let Some(answer) = next else {
                return Err(cancelled());
            };
            let Some(step) = flow.handle_redirect(answer.query.expose()) else {
                answer.reply(Verdict::NotOurs);
                continue;
            };
            match self.follow(&mut flow, step).await {
                Err(problem) => {
                    answer.reply(Verdict::Failed(problem.summary.clone()));
                    loopback.linger().await;
                    return Err(problem);
                }
                Ok(Turn::SignedIn(tokens)) => {
                    answer.reply(Verdict::SignedIn);
                    loopback.linger().await;
                    return Ok(tokens);
                }
                Ok(Turn::Elsewhere(page)) => {
                    if !self.turn(&mut loopback, answer, page).await? {
                        return self.by_device_code().await;
                    }
                }
                Ok(Turn::DeviceCode) => {
                    answer.reply(Verdict::Failed(GO_ON_BY_CODE.to_owned()));
                    loopback.linger().await;
                    return self.by_device_code().await;
                }
            }
        }
    }

    /// With a code typed on another device.
    pub(crate) async fn by_device_code(self) -> Result<TokenSet, Problem> {
        let mut flow = DeviceFlow::new(self.settings.clone())
            .map_err(|error| problems::unusable(self.profile, &error))?;
        let clock = Clock::start();
        let mut step = DeviceStep::Send(flow.start());
        let mut asked = false;
        loop {
            step = match step {
                DeviceStep::Send(request) => match self.http.send(request).await {
                    Ok(response) => flow.handle_response(clock.now(), time::wall(), &response),
                    Err(problem) if !asked => return Err(problem),
                    Err(problem) => {
                        tracing::info!("asking again later: {problem}");
                        flow.handle_silence(clock.now())
                    }
                },
                DeviceStep::Ask(question) => {
                    asked = true;
                    self.prompt.waiting(&Waiting::DeviceCode {
                        url: question.url,
                        code: question.code,
                        valid_for: question.valid_for,
                    });
                    DeviceStep::Wait
                }
                DeviceStep::Wait => {
                    if let Some(deadline) = flow.deadline() {
                        clock.sleep_until(deadline.at).await;
                    }
                    flow.handle_timeout(clock.now())
                }
                DeviceStep::Done(tokens) => return Ok(tokens),
                DeviceStep::Failed(error) => return Err(problems::failed(self.profile, &error)),
            };
        }
    }

    /// Finds the client and redirect that the server knows. What keeps this
    /// request from the server would keep the one for the token from it too:
    /// better said before the user has signed in.
    async fn ask_first(&mut self, flow: &mut BrowserFlow) -> Result<(), Problem> {
        let mut request = Some(flow.preflight());
        while let Some(next) = request {
            let response = self.http.send(next).await?;
            request = flow.handle_preflight(&response);
        }
        Ok(())
    }

    async fn follow(&mut self, flow: &mut BrowserFlow, step: BrowserStep) -> Result<Turn, Problem> {
        let mut step = step;
        loop {
            step = match step {
                BrowserStep::Send(request) => {
                    let response = self.http.send(request).await?;
                    flow.handle_response(time::wall(), &response)
                }
                BrowserStep::Open(page) => return Ok(Turn::Elsewhere(page)),
                BrowserStep::UseDeviceCode(refusal) => {
                    tracing::info!(
                        "no redirect to this computer is known to the server: {refusal}"
                    );
                    return Ok(Turn::DeviceCode);
                }
                BrowserStep::Done(tokens) => return Ok(Turn::SignedIn(tokens)),
                BrowserStep::Failed(error) => return Err(problems::failed(self.profile, &error)),
            };
        }
    }

    /// Sends the waiting browser to another page; `false` when its answer cannot
    /// be received here.
    async fn turn(
        &mut self,
        loopback: &mut Loopback,
        answer: Answer,
        page: Page,
    ) -> Result<bool, Problem> {
        if page.port == loopback.port() {
            answer.reply(Verdict::Next(page.url));
            return Ok(true);
        }
        let Ok(other) = Loopback::bind(Some(page.port)).await else {
            answer.reply(Verdict::Failed(GO_ON_BY_CODE.to_owned()));
            return Ok(false);
        };
        answer.reply(Verdict::Next(page.url));
        let old = std::mem::replace(loopback, other);
        tokio::spawn(old.linger());
        Ok(true)
    }

    /// Listens where the page's answer will come; `false` when another program
    /// does so already.
    async fn move_to(&mut self, loopback: &mut Loopback, page: &Page) -> Result<bool, Problem> {
        if page.port == loopback.port() {
            return Ok(true);
        }
        match Loopback::bind(Some(page.port)).await {
            Ok(other) => {
                *loopback = other;
                Ok(true)
            }
            Err(error) => {
                self.prompt.notice(notices::port_taken(page.port, &error));
                Ok(false)
            }
        }
    }

    fn wanted_port(&self) -> Result<Option<u16>, Problem> {
        self.settings
            .redirect_port()
            .map_err(|error| problems::unusable(self.profile, &error))
    }

    async fn listen(&mut self, port: Option<u16>) -> Result<Loopback, Problem> {
        Loopback::bind(port).await.map_err(|error| {
            let what = port.map_or("a port".to_owned(), |port| format!("port {port}"));
            Problem::new(
                ProblemCode::Other,
                format!("The browser's answer cannot be received: {what} of this computer cannot be listened on: {error}."),
                format!("Use a device code: spoke login {} --device-code", self.profile),
            )
        })
    }
}

const GO_ON_BY_CODE: &str = "Spoke goes on with a code; look at its window.";

enum Turn {
    SignedIn(TokenSet),
    Elsewhere(Page),
    DeviceCode,
}

fn cancelled() -> Problem {
    Problem::new(
        ProblemCode::Cancelled,
        "The sign-in was cancelled.",
        "Begin again: spoke login",
    )
}

fn seed() -> Result<FlowSeed, Problem> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| {
        Problem::new(
            ProblemCode::Other,
            format!("The system gives no random numbers: {error}."),
            "Try again.",
        )
    })?;
    Ok(FlowSeed::new(bytes))
}
