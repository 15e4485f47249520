//! The one printer: what goes to the terminal, in which colour, at which verbosity.

use crate::global::{Color, Global};
use crate::words;
use indicatif::{ProgressBar, ProgressStyle};
use owo_colors::{OwoColorize as _, Style};
use serde::Serialize;
use spoke_api::Problem;
use std::fmt::Display;
use std::io::{self, IsTerminal as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Prints results, notes, warnings and problems, the same way for every command.
#[derive(Clone, Debug)]
pub(crate) struct Printer {
    json: bool,
    quiet: bool,
    verbose: bool,
    colour: bool,
    live: bool,
    screen: Arc<Mutex<Screen>>,
}

/// What is on the terminal beside lines that are there to stay.
#[derive(Debug, Default)]
struct Screen {
    /// The line that is redrawn.
    bar: Option<ProgressBar>,
    /// Questions that wait for the person's answer.
    questions: usize,
    /// Lines that wait for the same, so that they do not run into what is typed.
    held: Vec<(Stream, String)>,
}

/// Where a line goes.
#[derive(Clone, Copy, Debug)]
enum Stream {
    Output,
    Error,
}

/// A question that is being asked; when it is dropped, what was held back appears.
#[derive(Debug)]
pub(crate) struct Asking(Printer);

impl Drop for Asking {
    fn drop(&mut self) {
        let mut screen = self.0.screen();
        screen.questions = screen.questions.saturating_sub(1);
        if screen.questions == 0 {
            screen.release();
        }
    }
}

/// What a text is, from which its colour follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Went well.
    Good,
    /// Went wrong.
    Bad,
    /// Deserves a look.
    Careful,
    /// Stands out.
    Strong,
    /// Stands back.
    Faint,
}

impl Printer {
    /// A printer as the flags and the environment ask for.
    #[must_use]
    pub(crate) fn new(global: &Global) -> Self {
        let terminal = io::stdout().is_terminal();
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            json: global.json,
            quiet: global.quiet,
            verbose: global.verbose,
            colour: match global.color {
                Color::Always => true,
                Color::Never => false,
                Color::Auto => terminal && !dumb && !refused,
            },
            live: terminal && io::stderr().is_terminal() && !dumb && !global.json && !global.quiet,
            screen: Arc::default(),
        }
    }

    /// For texts that go to a file.
    #[must_use]
    pub(crate) fn to_file() -> Self {
        Self::plain(false)
    }

    /// Without colour and terminal.
    pub(crate) fn plain(verbose: bool) -> Self {
        Self {
            json: false,
            quiet: false,
            verbose,
            colour: false,
            live: false,
            screen: Arc::default(),
        }
    }

    /// Whether documents are wanted instead of text.
    #[must_use]
    pub(crate) fn json(&self) -> bool {
        self.json
    }

    /// Whether more than usual is wanted.
    #[must_use]
    pub(crate) fn verbose(&self) -> bool {
        self.verbose
    }

    /// Whether lines may be redrawn.
    #[must_use]
    pub(crate) fn live(&self) -> bool {
        self.live
    }

    /// A result: what the command was asked for. Printed even when quiet.
    pub(crate) fn result(&self, line: impl Display) {
        if !self.json {
            self.write(Stream::Output, line);
        }
    }

    /// A line of a text that is asked for as it is, whatever else is printed how.
    pub(crate) fn dump(&self, line: impl Display) {
        self.write(Stream::Output, line);
    }

    /// A line about what happens or happened.
    pub(crate) fn note(&self, line: impl Display) {
        if !self.json && !self.quiet {
            self.write(Stream::Output, line);
        }
    }

    /// A line for those who asked for more.
    pub(crate) fn detail(&self, line: impl Display) {
        if self.verbose {
            self.note(line);
        }
    }

    /// A warning, on standard error.
    pub(crate) fn warning(&self, line: impl Display) {
        if !self.quiet {
            let mark = self.paint(Tone::Careful, "!");
            self.write(Stream::Error, format_args!("{mark} {line}"));
        }
    }

    /// A line on standard error that is part of a dialogue (a code to type, a page to open).
    pub(crate) fn dialogue(&self, line: impl Display) {
        self.write(Stream::Error, line);
    }

    /// One JSON document: on several lines for eyes, on one for programs.
    pub(crate) fn document(&self, document: &impl Serialize) {
        let text = if io::stdout().is_terminal() {
            serde_json::to_string_pretty(document)
        } else {
            serde_json::to_string(document)
        };
        if let Ok(text) = text {
            self.write(Stream::Output, text);
        }
    }

    /// One JSON document on a line of its own.
    pub(crate) fn document_line(&self, document: &impl Serialize) {
        if let Ok(text) = serde_json::to_string(document) {
            self.write(Stream::Output, text);
        }
    }

    /// A problem on standard error: what, why, and last the next thing to do.
    pub(crate) fn problem(&self, problem: &Problem) {
        let to = Stream::Error;
        let mark = self.paint(Tone::Bad, "✗");
        self.write(
            to,
            format_args!("{mark} {}", words::sentence(&problem.summary)),
        );
        if let Some(cause) = &problem.cause {
            self.write(to, format_args!("  {}", words::sentence(cause)));
        }
        if self.verbose {
            for line in &problem.details {
                self.write(to, format_args!("  {}", self.paint(Tone::Faint, line)));
            }
        }
        let arrow = self.paint(Tone::Strong, "→");
        self.write(to, format_args!("  {arrow} {}", problem.hint));
    }

    /// `text` in the colour of its tone, when there is colour at all.
    #[must_use]
    pub(crate) fn paint(&self, tone: Tone, text: impl Display) -> String {
        if !self.colour {
            return text.to_string();
        }
        let style = match tone {
            Tone::Good => Style::new().green(),
            Tone::Bad => Style::new().red(),
            Tone::Careful => Style::new().yellow(),
            Tone::Strong => Style::new().bold(),
            Tone::Faint => Style::new().dimmed(),
        };
        text.style(style).to_string()
    }

    /// Shows what is being waited for in a line that is redrawn, until
    /// [`Printer::stop_waiting`]; nothing where lines cannot be redrawn.
    pub(crate) fn wait_for(&self, text: impl Into<String>) {
        if !self.live {
            return;
        }
        let mut screen = self.screen();
        if screen.questions > 0 {
            return;
        }
        let bar = screen.bar.get_or_insert_with(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
                bar.set_style(style.tick_chars("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ "));
            }
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        bar.set_message(text.into());
    }

    /// Takes the line of [`Printer::wait_for`] away, and waits for no answer any more.
    pub(crate) fn stop_waiting(&self) {
        let mut screen = self.screen();
        screen.clear();
        screen.questions = 0;
        screen.release();
    }

    /// Leaves the terminal to a question until the value is dropped.
    #[must_use]
    pub(crate) fn asking(&self) -> Asking {
        let mut screen = self.screen();
        screen.clear();
        screen.questions += 1;
        drop(screen);
        Asking(self.clone())
    }

    /// Writes a line above what is being waited for. A reader that has gone away
    /// (`spoke status | head -1`) is no failure.
    fn write(&self, to: Stream, line: impl Display) {
        let mut screen = self.screen();
        if screen.questions > 0 {
            screen.held.push((to, line.to_string()));
            return;
        }
        match &screen.bar {
            Some(bar) => bar.suspend(|| put(to, line)),
            None => put(to, line),
        }
    }

    fn screen(&self) -> MutexGuard<'_, Screen> {
        self.screen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Screen {
    fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn release(&mut self) {
        for (to, line) in self.held.drain(..) {
            put(to, line);
        }
    }
}

fn put(to: Stream, line: impl Display) {
    let write = |to: &mut dyn io::Write| {
        let _ = writeln!(to, "{line}");
        let _ = to.flush();
    };
    match to {
        Stream::Output => write(&mut io::stdout()),
        Stream::Error => write(&mut io::stderr()),
    }
}
