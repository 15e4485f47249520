//! `spoke profile add`

use super::store;
use crate::context::Context;
use crate::exit::Outcome;
use spoke_agent::{faults, source};
use spoke_api::{ExitCode, Problem, ProblemCode};
use spoke_profile::{
    Assignment, EMBEDDED_ROOTS, MICROSOFT_REGISTERED_APP, Profile, ReadOptions, ServerSecret,
    SignIn,
};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "What is not given is asked for, when somebody is there to answer.\n\n\
                        Example:\n  \
                        spoke profile add office --server azuregateway-….vpn.azure.com \\\n    \
                        --tenant contoso.onmicrosoft.com --secret-file secret.txt"
)]
pub(crate) struct Args {
    /// Connection name.
    name: Option<String>,
    /// VPN server: host name of the gateway; again for the secondary.
    #[arg(long, value_name = "HOST")]
    server: Vec<String>,
    /// Certificate information: name of a built-in root ("DigiCert Global Root G2") or SHA-1
    /// thumbprint of the root certificate.
    #[arg(long, value_name = "ROOT")]
    root: Option<String>,
    /// The root certificate itself (PEM or DER), for one that is not a public one.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// File with the server secret (512 hexadecimal digits); - for standard input.
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// Authentication type: aad (Microsoft Entra ID), cert or usernamepass.
    #[arg(long, value_name = "TYPE")]
    sign_in: Option<String>,
    /// Tenant: its id, its domain, or the sign-in address with it.
    #[arg(long)]
    tenant: Option<String>,
    /// Audience of the gateway.
    #[arg(long)]
    audience: Option<String>,
    /// Issuer that the gateway expects.
    #[arg(long)]
    issuer: Option<String>,
    /// Trust a sign-in host that is not Microsoft's: your name and password go there.
    #[arg(long, value_name = "HOST")]
    trust_authority: Vec<String>,
    /// DNS server inside the network; again for more.
    #[arg(long, value_name = "ADDRESS")]
    dns_server: Vec<String>,
    /// Domain that the DNS servers answer for; again for more.
    #[arg(long, value_name = "DOMAIN")]
    dns_suffix: Vec<String>,
    /// Prefix to send into the tunnel beside those of the gateway; again for more.
    #[arg(long, value_name = "PREFIX")]
    include: Vec<String>,
    /// Prefix to keep out of the tunnel; again for more.
    #[arg(long, value_name = "PREFIX")]
    exclude: Vec<String>,
    /// Any other field, by its key in `spoke profile set`; again for more.
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

pub(crate) fn run(context: &Context, args: Args) -> Outcome {
    let reads_input = args.secret_file.as_deref() == Some(Path::new("-"));
    let mut form = Form {
        context,
        person: context.ask.person() && !reads_input,
        options: ReadOptions {
            trusted_authorities: args.trust_authority.clone(),
            ..ReadOptions::default()
        },
        profile: Profile::draft(
            "",
            ServerSecret::new(Zeroizing::new([0; ServerSecret::LEN])),
        ),
    };
    form.field("name", "Connection name", args.name.clone(), None)?;
    if context.store().contains(&form.profile.name)? {
        return Err(store::taken(&form.profile.name));
    }
    form.field("server", "VPN server", joined(&args.server), None)?;
    form.root(args.root.as_deref(), args.ca.as_deref())?;
    form.secret(args.secret_file.as_deref())?;
    let kind = args.sign_in.clone();
    form.field("sign-in", "Authentication type", kind, Some("aad"))?;
    if matches!(form.profile.sign_in, SignIn::Entra(_)) {
        form.field("sign-in.tenant", "Tenant", args.tenant.clone(), None)?;
        let usual = Some(MICROSOFT_REGISTERED_APP);
        form.field("sign-in.audience", "Audience", args.audience.clone(), usual)?;
        let issuer = match &form.profile.sign_in {
            SignIn::Entra(entra) => entra.expected_issuer(),
            _ => String::new(),
        };
        form.field(
            "sign-in.issuer",
            "Issuer",
            args.issuer.clone(),
            Some(&issuer),
        )?;
    }
    for (key, values) in [
        ("dns.servers", &args.dns_server),
        ("dns.suffixes", &args.dns_suffix),
        ("routes.include", &args.include),
        ("routes.exclude", &args.exclude),
    ] {
        if let Some(values) = joined(values) {
            form.assign(&Assignment::set(key, &values))?;
        }
    }
    for text in &args.set {
        let assignment = text
            .parse()
            .map_err(|error| faults::in_field("--set", &error))?;
        form.assign(&assignment)?;
    }
    store::added(context, form.profile)?;
    Ok(ExitCode::Success)
}

/// A profile that is being filled in.
struct Form<'a> {
    context: &'a Context,
    person: bool,
    options: ReadOptions,
    profile: Profile,
}

impl Form<'_> {
    fn assign(&mut self, assignment: &Assignment) -> Result<(), Problem> {
        self.profile
            .set(assignment, &self.options)
            .map(drop)
            .map_err(|error| faults::in_field("The new profile", &error))
    }

    /// Fills in what was given, else what is typed (again until it fits), else the
    /// default.
    fn field(
        &mut self,
        key: &str,
        label: &str,
        given: Option<String>,
        default: Option<&str>,
    ) -> Result<(), Problem> {
        if let Some(given) = given {
            return self.assign(&Assignment::set(key, &given));
        }
        if !self.person {
            let default = default.ok_or_else(|| missing(label, key))?;
            return self.assign(&Assignment::set(key, default));
        }
        loop {
            let typed = self
                .context
                .ask
                .text(label, default)
                .ok_or_else(|| missing(label, key))?;
            match self
                .profile
                .set(&Assignment::set(key, &typed), &self.options)
            {
                Ok(_) => return Ok(()),
                Err(error) => self
                    .context
                    .print
                    .dialogue(format_args!("  ✗ {} {}", error.message, error.next)),
            }
        }
    }

    fn root(&mut self, root: Option<&str>, ca: Option<&Path>) -> Result<(), Problem> {
        match (root, ca) {
            (None, None) if self.person => self.ask_root(),
            (None, None) => self.assign(&Assignment::set(
                "root",
                &EMBEDDED_ROOTS[0].sha1.to_string(),
            )),
            (root, ca) => {
                if let Some(root) = root {
                    self.assign(&Assignment::set("root", &thumbprint(root)))?;
                }
                if let Some(ca) = ca {
                    self.own_root(ca)?;
                }
                Ok(())
            }
        }
    }

    fn ask_root(&mut self) -> Result<(), Problem> {
        let ask = self.context.ask;
        let mut choices: Vec<String> = EMBEDDED_ROOTS
            .iter()
            .map(|root| root.name.to_owned())
            .collect();
        choices.push("Another root of this system (SHA-1 thumbprint)".to_owned());
        choices.push("A certificate file".to_owned());
        self.context.print.dialogue("Certificate information:");
        let chosen = ask.choose("Which root certificate?", &choices).unwrap_or(0);
        if let Some(root) = EMBEDDED_ROOTS.get(chosen) {
            return self.assign(&Assignment::set("root", &root.sha1.to_string()));
        }
        if chosen == EMBEDDED_ROOTS.len() {
            return self.field("root", "SHA-1 thumbprint", None, None);
        }
        let file = ask
            .text("Certificate file", None)
            .ok_or_else(|| missing("Certificate information", "root"))?;
        self.own_root(Path::new(&file))
    }

    /// A certificate of one's own is pinned, unless another one was named.
    fn own_root(&mut self, ca: &Path) -> Result<(), Problem> {
        source::add_root(&mut self.profile, ca)?;
        let check = &mut self.profile.server_check;
        if check.root_sha1.is_none() {
            check.root_sha1 = check
                .root_certificates
                .last()
                .map(|der| spoke_profile::Thumbprint::of(der));
        }
        Ok(())
    }

    fn secret(&mut self, file: Option<&Path>) -> Result<(), Problem> {
        let secret = match file {
            Some(file) => source::read_secret(file)?,
            None => self.ask_secret()?,
        };
        self.profile.server_check.wrapping.replace_secret(secret);
        Ok(())
    }

    fn ask_secret(&self) -> Result<ServerSecret, Problem> {
        loop {
            let typed = self
                .person
                .then(|| {
                    self.context
                        .ask
                        .secret("Server secret (512 hexadecimal digits)")
                })
                .flatten()
                .ok_or_else(|| missing("Server secret", "secret-file"))?;
            match ServerSecret::from_text(&typed) {
                Ok(secret) => return Ok(secret),
                Err(error) => self
                    .context
                    .print
                    .dialogue(format_args!("  ✗ {} {}", error.message, error.next)),
            }
        }
    }
}

/// The thumbprint of a built-in root that is named, else what was given.
fn thumbprint(root: &str) -> String {
    EMBEDDED_ROOTS
        .iter()
        .find(|known| known.name.eq_ignore_ascii_case(root))
        .map_or_else(|| root.to_owned(), |known| known.sha1.to_string())
}

fn joined(values: &[String]) -> Option<String> {
    (!values.is_empty()).then(|| values.join(","))
}

fn missing(label: &str, key: &str) -> Problem {
    let flag = match key {
        "name" => "NAME".to_owned(),
        key => format!("--{}", key.trim_start_matches("sign-in.")),
    };
    Problem::new(
        ProblemCode::Usage,
        format!("{label} is missing, and nobody is here to be asked."),
        format!("spoke profile add … {flag} …   (see spoke profile add --help)"),
    )
}
