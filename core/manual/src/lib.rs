//! Man pages from the definitions that a program's command line is read by, so that a flag
//! cannot be without its line in the manual.
//!
//! What no definition says (files, environment, exit codes) is handed in as [`Section`]s.

#![forbid(unsafe_code)]

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

/// A page of the manual, as roff text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Name of its file: `spoke-connect.1`.
    pub file: String,
    /// What is in it.
    pub text: String,
}

/// A section beside those that follow from the definitions: terms, each with its meaning.
#[derive(Clone, Copy, Debug)]
pub struct Section<'a> {
    /// `FILES`
    pub heading: &'a str,
    /// Terms and what they mean.
    pub entries: &'a [(&'a str, &'a str)],
}

/// The page of `command` alone in chapter `chapter` (1 for people, 8 for administrators);
/// `see_also` names other pages with their chapters, such as `spoked(8)`.
#[must_use]
pub fn page(command: &Command, chapter: u8, sections: &[Section<'_>], see_also: &str) -> Page {
    let mut command = command.clone().disable_help_subcommand(true);
    command.build();
    render(&command, chapter, sections, see_also)
}

/// The pages of `command` and of all commands below it that are not hidden. The sections are
/// on the first page, to which the others refer, also for the options that all commands take.
#[must_use]
pub fn pages(
    command: &Command,
    chapter: u8,
    sections: &[Section<'_>],
    see_also: &str,
) -> Vec<Page> {
    let mut root = command.clone().disable_help_subcommand(true);
    root.build();
    let mut pages = vec![render(&root, chapter, sections, see_also)];
    let top = format!("{}({chapter})", root.get_name());
    below(&root, chapter, &top, &mut pages);
    pages
}

fn below(command: &Command, chapter: u8, top: &str, pages: &mut Vec<Page>) {
    for child in command.get_subcommands().filter(|one| !one.is_hide_set()) {
        let globals: Vec<_> = child
            .get_arguments()
            .filter(|argument| argument.is_global_set())
            .map(|argument| argument.get_id().clone())
            .collect();
        let own = globals.into_iter().fold(child.clone(), |command, id| {
            command.mut_arg(id, |argument| argument.hide(true))
        });
        let common = format!(
            "{top}, which has the options that every command takes, files, environment and exit codes"
        );
        pages.push(render(&own, chapter, &[], &common));
        below(child, chapter, top, pages);
    }
}

fn render(command: &Command, chapter: u8, sections: &[Section<'_>], see_also: &str) -> Page {
    let examples = command.get_after_help().map(ToString::to_string);
    let version = command.get_version().unwrap_or(env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.clone())
        .section(chapter.to_string())
        .source(format!("Spoke {version}"))
        .manual("Spoke Manual");
    let mut text = Vec::new();
    let shown = |hidden: bool| !hidden;
    // Writing to memory does not fail.
    let _ = man.render_title(&mut text);
    let _ = man.render_name_section(&mut text);
    let _ = man.render_synopsis_section(&mut text);
    let _ = man.render_description_section(&mut text);
    if command.get_arguments().any(|one| shown(one.is_hide_set())) {
        let _ = man.render_options_section(&mut text);
    }
    if command
        .get_subcommands()
        .any(|one| shown(one.is_hide_set()))
    {
        let _ = man.render_subcommands_section(&mut text);
    }
    let mut rest = Roff::new();
    if let Some(examples) = examples {
        verbatim(&examples, &mut rest);
    }
    for section in sections {
        rest.control("SH", [section.heading]);
        for (term, meaning) in section.entries {
            rest.control("TP", []);
            rest.text([bold(*term)]);
            rest.text([roman(*meaning)]);
        }
    }
    rest.control("SH", ["SEE ALSO"]);
    rest.text([roman(format!("{see_also}."))]);
    let _ = rest.to_writer(&mut text);
    Page {
        file: man.get_filename(),
        text: String::from_utf8_lossy(&text).into_owned(),
    }
}

/// Examples keep their lines; their first line, `Examples:`, is the heading.
fn verbatim(examples: &str, roff: &mut Roff) {
    let mut lines = examples.lines();
    let heading = lines.next().unwrap_or_default().trim_end_matches(':');
    roff.control("SH", [heading.to_uppercase().as_str()]);
    roff.control("nf", []);
    for line in lines {
        roff.text([roman(line)]);
    }
    roff.control("fi", []);
}
