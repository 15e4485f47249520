//! `spoke profile certificate NAME FILE`

use super::store;
use crate::certificates;
use crate::context::Context;
use crate::exit::Outcome;
use crate::terminal_prompt::TerminalModes;
use spoke_api::ExitCode;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
                        spoke profile certificate office ana.p12\n  \
                        spoke profile certificate office ana.pem --key ana.key\n  \
                        spoke profile certificate office --remove")]
pub(crate) struct Args {
    /// Which profile; the beginning of its name will do.
    name: String,
    /// The certificate: PKCS#12 (.p12, .pfx) with its key, or PEM. The password of an
    /// encrypted file is asked for.
    #[arg(required_unless_present = "remove")]
    file: Option<PathBuf>,
    /// The private key, when it lies in a file of its own.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Take the certificate out of the profile, and its key out of the keyring.
    #[arg(long, conflicts_with_all = ["file", "key"])]
    remove: bool,
}

pub(crate) fn run(context: &Context, args: Args) -> Outcome {
    let _modes = TerminalModes::keep();
    let before = context.store().find(&args.name)?;
    let mut profile = before.clone();
    if args.remove {
        if let Some(certificate) = &mut profile.client_certificate {
            certificate.chain.clear();
        }
    } else {
        let paths: Vec<PathBuf> = args.file.into_iter().chain(args.key).collect();
        let identity = certificates::read(context, &paths)?;
        certificates::take(context, &mut profile, &identity)?;
    }
    store::changed(context, &before, profile)?;
    Ok(ExitCode::Success)
}
