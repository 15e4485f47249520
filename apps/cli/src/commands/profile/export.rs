//! `spoke profile export NAME [FILE|-]`

use crate::context::Context;
use crate::exit::Outcome;
use crate::private_file;
use crate::progress::done;
use crate::words;
use spoke_api::{ExitCode, Problem, ProblemCode};
use spoke_profile::{ExportOptions, Profile, export_azure, export_spoke, lost_in_azure};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
                        spoke profile export office                   writes ./office.xml\n  \
                        spoke profile export office - --without-secret")]
pub(crate) struct Args {
    /// Which profile; the beginning of its name will do.
    name: String,
    /// Where to; - for standard output. Otherwise a file here, named after the profile.
    file: Option<PathBuf>,
    /// In whose format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Leave the server secret out.
    #[arg(long)]
    pub(super) without_secret: bool,
}

/// In whose format to export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// azurevpnconfig.xml, which Microsoft's clients read too.
    #[default]
    Azure,
    /// Spoke's own, which keeps every setting.
    Spoke,
}

pub(crate) fn run(context: &Context, args: Args) -> Outcome {
    let profile = context.store().find(&args.name)?;
    let text = text(&profile, &args);
    if args.format == Format::Azure {
        let lost = lost_in_azure(&profile);
        if !lost.is_empty() {
            context.print.warning(format_args!(
                "This format has no place for {}; --format spoke keeps them.",
                lost.join(", ")
            ));
        }
    }
    if args.file.as_deref() == Some(Path::new("-")) {
        let _ = io::stdout().write_all(text.as_bytes());
        return Ok(ExitCode::Success);
    }
    let file = args
        .file
        .clone()
        .unwrap_or_else(|| default_file(&profile.name, args.format));
    if file.exists() {
        let shown = file.display();
        let sure = context.ask.confirm_danger(
            &format!("{shown} exists. Overwrite it?"),
            &format!(
                "spoke profile export {} {shown}",
                words::shell(&profile.name)
            ),
        )?;
        if !sure {
            context.print.note("Nothing was written.");
            return Ok(ExitCode::Success);
        }
    }
    private_file::replace(&file, text.as_bytes()).map_err(|error| {
        Problem::new(
            ProblemCode::Other,
            format!("{} cannot be written: {error}.", file.display()),
            format!(
                "spoke profile export {} FILE   (somewhere else)",
                words::shell(&profile.name)
            ),
        )
    })?;
    let line = format!("Wrote {}, readable by you alone.", file.display());
    context.print.note(done(&context.print, &line));
    if !args.without_secret {
        context
            .print
            .warning("It holds the server secret: give it only to people of this network.");
    }
    Ok(ExitCode::Success)
}

fn text(profile: &Profile, args: &Args) -> Zeroizing<String> {
    let options = ExportOptions {
        with_secret: !args.without_secret,
    };
    match args.format {
        Format::Azure => export_azure(profile, options),
        Format::Spoke => export_spoke(profile, options),
    }
}

fn default_file(name: &str, format: Format) -> PathBuf {
    let safe: String = name
        .chars()
        .map(|c| if c == '/' || c.is_control() { '-' } else { c })
        .collect();
    // A name may begin with a dot; a hidden file would seem not to be written.
    let safe = safe.trim_start_matches('.');
    let safe = if safe.is_empty() { "profile" } else { safe };
    match format {
        Format::Azure => format!("{safe}.xml"),
        Format::Spoke => format!("{safe}.spoke.json"),
    }
    .into()
}
