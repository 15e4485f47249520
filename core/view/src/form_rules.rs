use crate::form_filling::USUAL_PORT;
use crate::{Field, FieldFault, FormReport, ProfileForm, RootChoice, SignInKind};
use spoke_profile::{
    Assignment, Fault, FieldError, Finding, Profile, ReadOptions, Server, ServerSecret, SignIn,
    Thumbprint, all_traffic, read_certificate,
};
use zeroize::Zeroizing;

/// What all traffic is written as, which Microsoft's clients read too.
const ALL_TRAFFIC: &str = "0.0.0.0/0";

impl ProfileForm {
    /// Judges the form; `was` is the stored profile that it changes, and `is_taken` tells
    /// whether another profile has a name.
    #[must_use]
    pub fn check(&self, was: Option<&Profile>, is_taken: impl Fn(&str) -> bool) -> FormReport {
        let mut report = FormReport::default();
        match self.apply(was) {
            Ok((_, findings)) => report.findings = findings,
            Err(faults) => report.faults = faults,
        }
        let name = self.name.trim();
        if was.is_none_or(|was| was.name != name) && is_taken(name) {
            report.faults.push(FieldFault {
                field: Field::Name,
                missing: false,
                message: format!("There is already a profile {name}."),
                next: "Choose another name.".to_owned(),
            });
            report.faults.sort_by_key(|fault| fault.field);
        }
        if let Some(secret) = &self.secret {
            let digits = ServerSecret::digits_in(secret);
            report.secret_digits = u32::try_from(digits).unwrap_or(u32::MAX);
        }
        report
    }

    /// The profile that the form describes, with what would be repaired or looks wrong and
    /// did not before. Fields in which the form says what `was` says already stay as they
    /// are, and so does all that the form has no field for.
    ///
    /// # Errors
    /// What is wrong with which fields, in the order of the form.
    pub fn apply(&self, was: Option<&Profile>) -> Result<(Profile, Vec<Finding>), Vec<FieldFault>> {
        let nothing = || {
            let secret = ServerSecret::new(Zeroizing::new([0; ServerSecret::LEN]));
            Profile::draft("", secret)
        };
        let mut filling = Filling {
            form: self,
            before: was.map(Self::of),
            profile: was.cloned().unwrap_or_else(nothing),
            faults: Vec::new(),
            findings: Vec::new(),
        };
        filling.connection();
        filling.root();
        filling.secret();
        filling.sign_in();
        filling.secondary_server();
        filling.network();
        filling.finish(was)
    }
}

/// A profile that is being changed.
struct Filling<'a> {
    form: &'a ProfileForm,
    before: Option<ProfileForm>,
    profile: Profile,
    faults: Vec<FieldFault>,
    findings: Vec<Finding>,
}

impl Filling<'_> {
    /// Whether the form says something else than the stored profile.
    fn differs<T: PartialEq + ?Sized>(&self, part: impl Fn(&ProfileForm) -> &T) -> bool {
        let before = self.before.as_ref();
        before.is_none_or(|before| part(before) != part(self.form))
    }

    fn set(&mut self, field: Field, key: &str, value: &str) {
        let options = ReadOptions {
            trusted_authorities: self.form.trusted_authority.iter().cloned().collect(),
            ..ReadOptions::default()
        };
        match self.profile.set(&Assignment::set(key, value), &options) {
            Ok(findings) => self.findings.extend(findings),
            Err(error) => self.faults.push(fault(field, error)),
        }
    }

    fn connection(&mut self) {
        if self.differs(|form| &form.name) {
            self.set(Field::Name, "name", &self.form.name);
        }
        if !self.differs(|form| &form.server) {
            return;
        }
        let found = self.server(Field::Server, &self.form.server, USUAL_PORT);
        let Some((host, port)) = found else { return };
        match self.profile.servers.first_mut() {
            Some(first) => {
                let has_own_port = first.port.is_some();
                rehost(first, host);
                if has_own_port {
                    first.port = Some(port);
                } else {
                    self.profile.port = port;
                }
            }
            None => {
                self.profile.servers.push(Server::new(host));
                self.profile.port = port;
            }
        }
    }

    /// One server out of one field, and its port.
    fn server(&mut self, field: Field, text: &str, usual: u16) -> Option<(String, u16)> {
        let mut scratch = self.profile.clone();
        scratch.servers.clear();
        scratch.port = usual;
        let text = text.trim();
        let value = if text.is_empty() { " " } else { text };
        match scratch.set(&Assignment::set("server", value), &ReadOptions::default()) {
            Ok(findings) => {
                if let [server] = scratch.servers.as_slice()
                    && server.transport.is_none()
                {
                    self.findings.extend(findings);
                    return Some((server.host.clone(), scratch.port));
                }
                self.wrong(field, "The field holds one host name or address.");
            }
            Err(error) if text.is_empty() => {
                let message = "The gateway's host name is missing.".to_owned();
                self.faults
                    .push(fault(field, FieldError { message, ..error }));
            }
            Err(error) => self.faults.push(fault(field, error)),
        }
        None
    }

    fn wrong(&mut self, field: Field, message: &str) {
        self.faults.push(FieldFault {
            field,
            missing: false,
            message: message.to_owned(),
            next: "Write the gateway's host name, such as azuregateway-….vpn.azure.com.".to_owned(),
        });
    }

    fn root(&mut self) {
        if !self.differs(|form| &form.root) {
            return;
        }
        let pinned_before = self.profile.server_check.root_sha1;
        match &self.form.root {
            RootChoice::System => self.profile.server_check.root_sha1 = None,
            RootChoice::Thumbprint { sha1 } if sha1.trim().is_empty() => {
                self.faults.push(FieldFault {
                    field: Field::Root,
                    missing: true,
                    message: "The thumbprint of the root certificate is missing.".to_owned(),
                    next: "Write its 40 hexadecimal digits (SHA-1), or choose another way."
                        .to_owned(),
                });
                return;
            }
            RootChoice::BuiltIn { sha1, .. } | RootChoice::Thumbprint { sha1 } => {
                self.set(Field::Root, "root", sha1);
            }
            RootChoice::File { certificate, .. } => {
                match read_certificate(certificate.as_bytes()) {
                    Ok(der) => {
                        let check = &mut self.profile.server_check;
                        check.root_sha1 = Some(Thumbprint::of(&der));
                        if !check.root_certificates.contains(&der) {
                            check.root_certificates.push(der);
                        }
                    }
                    Err(error) => self.faults.push(fault(Field::Root, error)),
                }
            }
        }
        let check = &mut self.profile.server_check;
        check.use_pinned_root = check.use_pinned_root.filter(|pinned| *pinned);
        if check.root_sha1.is_none() {
            check.use_pinned_root = None;
        }
        // A root of the profile's own that is chosen no more must not be trusted on.
        if let Some(old) = pinned_before
            && check.root_sha1 != pinned_before
        {
            check
                .root_certificates
                .retain(|der| Thumbprint::of(der) != old);
        }
    }

    fn secret(&mut self) {
        let text = match &self.form.secret {
            Some(text) => text.as_str(),
            None if self.before.is_some() => return,
            None => "",
        };
        match ServerSecret::from_text(text) {
            Ok(secret) => self.profile.server_check.wrapping.replace_secret(secret),
            Err(error) => {
                let next = "Copy all 512 digits of `serversecret` from the profile package.";
                let next = next.to_owned();
                self.faults
                    .push(fault(Field::Secret, FieldError { next, ..error }));
            }
        }
    }

    fn sign_in(&mut self) {
        let anew = self.differs(|form| &form.sign_in);
        if anew {
            let kind = match self.form.sign_in {
                SignInKind::Entra => "aad",
                SignInKind::Certificate => "cert",
                SignInKind::Password => "usernamepass",
            };
            self.set(Field::SignIn, "sign-in", kind);
        }
        match self.profile.sign_in {
            SignIn::Entra(_) => {
                if anew
                    || self.differs(|form| &form.tenant)
                    || self.differs(|form| &form.trusted_authority)
                {
                    self.set(Field::Tenant, "sign-in.tenant", &self.form.tenant);
                }
                if anew || self.differs(|form| &form.audience) {
                    self.set(Field::Audience, "sign-in.audience", &self.form.audience);
                }
                if anew || self.differs(|form| &form.issuer) {
                    self.set(Field::Issuer, "sign-in.issuer", &self.form.issuer);
                }
            }
            SignIn::Password { .. } if anew || self.differs(|form| &form.username) => {
                self.set(Field::Username, "username", &self.form.username);
            }
            SignIn::Certificate | SignIn::Password { .. } => {}
        }
    }

    fn secondary_server(&mut self) {
        if !self.differs(|form| &form.secondary_server) {
            return;
        }
        let (first, usual) = match self.profile.servers.first() {
            Some(first) => (first.host.clone(), self.profile.port_of(first)),
            None => (String::new(), USUAL_PORT),
        };
        let field = Field::SecondaryServer;
        let text = self.form.secondary_server.trim();
        if text.is_empty() {
            if self.profile.servers.len() > 1 {
                self.profile.servers.remove(1);
            }
            return;
        }
        let Some((host, port)) = self.server(field, text, usual) else {
            return;
        };
        if port != usual {
            self.wrong(
                field,
                "All servers of a profile are reached at the same port.",
            );
        } else if host == first {
            self.wrong(field, "The secondary server is the same as the first.");
        } else if let Some(second) = self.profile.servers.get_mut(1) {
            rehost(second, host);
        } else {
            self.profile.servers.push(Server::new(host));
        }
    }

    fn network(&mut self) {
        for (field, key, part) in LISTS {
            let typed = part(self.form);
            let changed = match field {
                Field::Include => {
                    self.differs(|form| part(form)) || self.differs(|form| &form.force_tunnel)
                }
                _ => self.differs(|form| part(form)),
            };
            if !changed {
                continue;
            }
            let all = all_traffic(&self.profile.include);
            self.set(field, key, &with_commas(typed));
            if field == Field::Include && self.form.force_tunnel {
                let all = match all.as_slice() {
                    [] => ALL_TRAFFIC.parse().into_iter().collect(),
                    _ => all,
                };
                let include = &mut self.profile.include;
                include.retain(|route| !all.contains(route));
                include.splice(0..0, all);
            }
        }
    }

    fn finish(mut self, was: Option<&Profile>) -> Result<(Profile, Vec<Finding>), Vec<FieldFault>> {
        if !self.faults.is_empty() {
            self.faults.sort_by_key(|fault| fault.field);
            return Err(self.faults);
        }
        let (mut profile, findings) = self.profile.normalised().map_err(|errors| {
            let mut faults: Vec<_> = errors
                .into_iter()
                .map(|error| fault(field_of(&error.field), error))
                .collect();
            faults.sort_by_key(|fault| fault.field);
            faults
        })?;
        if was == Some(&self.profile) {
            profile = self.profile;
        } else {
            keep_undone_repairs(&self.profile, &mut profile);
        }
        for finding in findings {
            if !self.findings.contains(&finding) {
                self.findings.push(finding);
            }
        }
        if let Some((_, known)) = was.and_then(|was| was.normalised().ok()) {
            self.findings.retain(|finding| !known.contains(finding));
        }
        Ok((profile, self.findings))
    }
}

/// The lists of the form with their keys.
type List = (Field, &'static str, fn(&ProfileForm) -> &str);
const LISTS: [List; 4] = [
    (Field::DnsServers, "dns.servers", |form| &form.dns_servers),
    (Field::DnsSuffixes, "dns.suffixes", |form| {
        &form.dns_suffixes
    }),
    (Field::Include, "routes.include", |form| &form.include),
    (Field::Exclude, "routes.exclude", |form| &form.exclude),
];

/// An issuer whose repair the user has undone stays as the user wants it.
fn keep_undone_repairs(wanted: &Profile, normal: &mut Profile) {
    if let (SignIn::Entra(wanted), SignIn::Entra(normal)) = (&wanted.sign_in, &mut normal.sign_in) {
        normal.issuer.clone_from(&wanted.issuer);
    }
}

/// Gives a server another name; what it is called goes with the old one.
fn rehost(server: &mut Server, host: String) {
    if server.host != host {
        server.display_name = None;
        server.host = host;
    }
}

fn with_commas(text: &str) -> String {
    let parts = text.split(|letter: char| letter.is_whitespace() || matches!(letter, ',' | ';'));
    parts
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(",")
}

fn fault(field: Field, error: FieldError) -> FieldFault {
    FieldFault {
        field,
        missing: error.kind == Fault::Missing,
        message: error.message,
        next: match error.kind {
            Fault::ForeignAuthority { .. } => "Trust it only if you know who runs it.".to_owned(),
            _ => error.next,
        },
    }
}

/// The field of the form that comes nearest to a key of `spoke profile set`.
fn field_of(key: &str) -> Field {
    match key {
        "name" => Field::Name,
        "root" | "pin-root" | "ca" | "server-name" | "certificate-name" => Field::Root,
        "server-secret" => Field::Secret,
        "sign-in.tenant" | "client-id" | "scope" | "redirect-uri" => Field::Tenant,
        "sign-in.audience" => Field::Audience,
        "sign-in.issuer" => Field::Issuer,
        "username" | "static-challenge" => Field::Username,
        "client-certificate" | "client-certificate-issuer" => Field::SignIn,
        "dns.servers" => Field::DnsServers,
        "dns.suffixes" => Field::DnsSuffixes,
        "routes.include" => Field::Include,
        "routes.exclude" => Field::Exclude,
        _ => Field::Server,
    }
}
