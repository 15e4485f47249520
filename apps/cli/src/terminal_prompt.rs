//! The sign-in's dialogue with the person at the terminal.

use crate::ask::Ask;
use crate::render::{Printer, Tone};
use crate::{clean, words};
use nix::sys::termios::{self, SetArg, Termios};
use spoke_agent::{PasswordAnswer, Prompt, Question, Waiting};
use spoke_api::Notice;
use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::Pin;
use zeroize::Zeroizing;

/// Prints where the sign-in waits, and asks on the terminal.
#[derive(Clone, Debug)]
pub(crate) struct TerminalPrompt {
    print: Printer,
    ask: Ask,
    /// Keep a typed password without asking about it.
    remember: bool,
}

impl TerminalPrompt {
    /// A dialogue through this printer and asker.
    #[must_use]
    pub(crate) fn new(print: &Printer, ask: Ask) -> Self {
        Self {
            print: print.clone(),
            ask,
            remember: false,
        }
    }

    /// The same that keeps typed passwords without asking about it.
    #[must_use]
    pub(crate) fn remembering(mut self, remember: bool) -> Self {
        self.remember = remember;
        self
    }
}

impl Prompt for TerminalPrompt {
    fn waiting(&mut self, waiting: &Waiting) {
        let arrow = self.print.paint(Tone::Strong, "→");
        match waiting {
            Waiting::Browser {
                url,
                not_opened: None,
            } => {
                self.print.dialogue(format_args!(
                    "{arrow} Continue in your browser. If no page opened:"
                ));
                self.print.dialogue(format_args!("    {url}"));
            }
            Waiting::Browser {
                url,
                not_opened: Some(why),
            } => {
                self.print
                    .dialogue(format_args!("{arrow} Open this page to sign in ({why}):"));
                self.print.dialogue(format_args!("    {url}"));
            }
            Waiting::DeviceCode {
                url,
                code,
                valid_for,
            } => {
                let (mut url, mut code) = (url.clone(), code.clone());
                clean::text(&mut url);
                clean::text(&mut code);
                self.print.dialogue(format_args!(
                    "{arrow} On any device open {} and type the code {}   (good for {})",
                    self.print.paint(Tone::Strong, url),
                    self.print.paint(Tone::Strong, code),
                    words::duration(valid_for.as_secs())
                ));
            }
        }
    }

    fn notice(&mut self, notice: Notice) {
        self.print.warning(&notice.text);
    }

    fn password<'a>(
        &'a mut self,
        profile: &'a str,
        username: Option<&'a str>,
    ) -> Pin<Box<dyn Future<Output = Option<PasswordAnswer>> + Send + 'a>> {
        let (print, ask, remember) = (self.print.clone(), self.ask, self.remember);
        let profile = profile.to_owned();
        let username = username.map(ToOwned::to_owned);
        Box::pin(async move {
            // A person takes their time: a thread of its own waits for them.
            tokio::task::spawn_blocking(move || {
                let _asking = print.asking();
                let label = format!("User name for {profile}");
                let username = ask.text(&label, username.as_deref())?;
                let password = ask.secret("Password")?;
                let remember = remember || ask.agrees("Keep the password in the keyring?");
                Some(PasswordAnswer {
                    username,
                    password,
                    remember,
                })
            })
            .await
            .ok()
            .flatten()
        })
    }

    fn question<'a>(
        &'a mut self,
        question: &'a Question,
    ) -> Pin<Box<dyn Future<Output = Option<Zeroizing<String>>> + Send + 'a>> {
        let (print, ask) = (self.print.clone(), self.ask);
        let (mut text, echo) = (question.text.clone(), question.echo);
        Box::pin(async move {
            tokio::task::spawn_blocking(move || {
                let _asking = print.asking();
                clean::text(&mut text);
                if echo {
                    ask.text(&text, None).map(Zeroizing::new)
                } else {
                    ask.secret(&text)
                }
            })
            .await
            .ok()
            .flatten()
        })
    }

    fn allow_token_file<'a>(
        &'a mut self,
        file: &'a Path,
    ) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>> {
        let (print, ask) = (self.print.clone(), self.ask);
        let question = format!(
            "There is no keyring service here. Keep secrets in {} (readable by you alone)?",
            file.display()
        );
        Box::pin(async move {
            tokio::task::spawn_blocking(move || {
                let asking = print.asking();
                let answer = ask.confirm_danger(&question, "SPOKE_TOKEN_STORE=file spoke connect");
                drop(asking);
                answer.unwrap_or_else(|_| {
                    print.warning(
                        "There is no keyring service here, so the sign-in lasts only as long as \
                         this connection; SPOKE_TOKEN_STORE=file keeps it in a file.",
                    );
                    false
                })
            })
            .await
            .unwrap_or(false)
        })
    }
}

/// Puts the terminal back as it was: a prompt without echo may be cut short.
#[derive(Debug)]
pub(crate) struct TerminalModes(Option<Termios>);

impl TerminalModes {
    /// Remembers how the terminal is.
    #[must_use]
    pub(crate) fn keep() -> Self {
        Self(termios::tcgetattr(io::stdin()).ok())
    }
}

impl Drop for TerminalModes {
    fn drop(&mut self) {
        if let Some(modes) = &self.0 {
            let _ = termios::tcsetattr(io::stdin(), SetArg::TCSANOW, modes);
        }
    }
}
