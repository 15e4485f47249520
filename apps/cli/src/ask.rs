//! Questions to the person at the terminal, and what happens where there is none.

use crate::global::Global;
use spoke_api::{Problem, ProblemCode};
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use zeroize::Zeroizing;

/// Asks, or knows why it may not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask {
    yes: bool,
    person: bool,
    allowed: bool,
}

impl Ask {
    /// As the flags say and as far as a person is there to answer.
    #[must_use]
    pub(crate) fn new(global: &Global) -> Self {
        Self {
            yes: global.yes,
            allowed: !global.no_input,
            person: !global.no_input && io::stdin().is_terminal() && io::stderr().is_terminal(),
        }
    }

    /// Whether asking was not forbidden: a browser can ask where no terminal is.
    #[must_use]
    pub(crate) fn allowed(self) -> bool {
        self.allowed
    }

    /// Whether a person can be asked.
    #[must_use]
    pub(crate) fn person(self) -> bool {
        self.person
    }

    /// A question whose safe answer is yes, which is taken where nobody can be asked.
    pub(crate) fn confirm(self, question: &str) -> bool {
        if self.yes || !self.person {
            return true;
        }
        !matches!(
            line(&format!("{question} [Y/n] ")).as_deref(),
            None | Some("n" | "N" | "no" | "No" | "NO")
        )
    }

    /// A question whose safe answer is no.
    ///
    /// # Errors
    /// Where nobody can be asked and `--yes` was not given; `command` is what to
    /// type instead.
    pub(crate) fn confirm_danger(self, question: &str, command: &str) -> Result<bool, Problem> {
        if self.yes {
            return Ok(true);
        }
        if !self.person {
            return Err(Problem::new(
                ProblemCode::Usage,
                format!("{question} Nobody is here to answer"),
                format!("{command} --yes"),
            ));
        }
        Ok(matches!(
            line(&format!("{question} [y/N] ")).as_deref(),
            Some("y" | "Y" | "yes" | "Yes" | "YES")
        ))
    }

    /// A question whose safe answer is no, which is taken where nobody can be asked.
    pub(crate) fn agrees(self, question: &str) -> bool {
        self.person
            && matches!(
                line(&format!("{question} [y/N] ")).as_deref(),
                Some("y" | "Y" | "yes" | "Yes" | "YES")
            )
    }

    /// A line of text; `default` is taken for an empty one. `None` at the end of input
    /// or where nobody can be asked.
    #[must_use]
    pub(crate) fn text(self, label: &str, default: Option<&str>) -> Option<String> {
        if !self.person {
            return None;
        }
        let answer = match default {
            Some(default) => line(&format!("{label} [{default}]: "))?,
            None => line(&format!("{label}: "))?,
        };
        if answer.is_empty() {
            return Some(default.unwrap_or_default().to_owned());
        }
        Some(answer)
    }

    /// One of several; `None` where nobody can be asked or the answer is none of them.
    #[must_use]
    pub(crate) fn choose(self, question: &str, choices: &[String]) -> Option<usize> {
        if !self.person {
            return None;
        }
        for (number, choice) in choices.iter().enumerate() {
            let _ = writeln!(io::stderr(), "  {}  {choice}", number + 1);
        }
        let answer = line(&format!("{question} [1-{}] ", choices.len()))?;
        let number: usize = answer.parse().ok()?;
        (1..=choices.len()).contains(&number).then(|| number - 1)
    }

    /// A secret, typed or pasted without echo; `None` where nobody can be asked.
    #[must_use]
    pub(crate) fn secret(self, label: &str) -> Option<Zeroizing<String>> {
        if !self.person {
            return None;
        }
        dialoguer::Password::new()
            .with_prompt(label)
            .allow_empty_password(true)
            .interact()
            .ok()
            .map(Zeroizing::new)
    }
}

fn line(prompt: &str) -> Option<String> {
    let mut to = io::stderr().lock();
    let _ = write!(to, "{prompt}");
    let _ = to.flush();
    let mut answer = String::new();
    match io::stdin().lock().read_line(&mut answer) {
        Ok(length) if length > 0 => Some(answer.trim().to_owned()),
        _ => None,
    }
}
