//! The form: what it says of a profile, what it makes of one, and which field is wrong.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where it cannot go on"
)]

use base64::{Engine as _, engine::general_purpose::STANDARD};
use spoke_profile::{
    Assignment, EMBEDDED_ROOTS, MICROSOFT_REGISTERED_APP, Profile, ReadOptions, Server,
    ServerSecret, SignIn, Thumbprint,
};
use spoke_view::{Field, ProfileForm, ProfileSummary, RootChoice, SignInKind};
use zeroize::Zeroizing;

const TENANT: &str = "11111111-2222-3333-4444-555555555555";

fn profile(settings: &[&str]) -> Profile {
    let secret = ServerSecret::from_text(&"0f".repeat(256)).unwrap();
    let mut profile = Profile::draft("office", secret);
    let usual = [
        "server=a.example.com,b.example.com,c.example.com".to_owned(),
        format!("sign-in.tenant={TENANT}"),
        format!("sign-in.audience={MICROSOFT_REGISTERED_APP}"),
        format!("sign-in.issuer=https://sts.windows.net/{TENANT}/"),
    ];
    let all = usual
        .iter()
        .map(String::as_str)
        .chain(settings.iter().copied());
    for text in all {
        let assignment: Assignment = text.parse().unwrap();
        profile.set(&assignment, &ReadOptions::default()).unwrap();
    }
    profile
}

/// A form that can be saved as it is.
fn filled() -> ProfileForm {
    ProfileForm {
        name: "office".to_owned(),
        server: "gw.example.com".to_owned(),
        secret: Some(Zeroizing::new("0f".repeat(256))),
        tenant: TENANT.to_owned(),
        ..ProfileForm::blank()
    }
}

/// The fields with faults, those that are only missing marked.
fn faults(form: &ProfileForm, was: Option<&Profile>) -> Vec<(Field, bool)> {
    let report = form.check(was, |name| name == "taken");
    let faults = report.faults.iter();
    faults.map(|fault| (fault.field, fault.missing)).collect()
}

fn applied(form: &ProfileForm, was: Option<&Profile>) -> Profile {
    match form.apply(was) {
        Ok((profile, _)) => profile,
        Err(faults) => panic!("{faults:?}"),
    }
}

#[test]
fn a_blank_form_lacks_what_must_be_typed_and_nothing_else() {
    let blank = ProfileForm::blank();
    let missing = [Field::Name, Field::Server, Field::Secret, Field::Tenant];
    assert_eq!(faults(&blank, None), missing.map(|field| (field, true)));
    // A new profile needs a secret also where none came along.
    let without = ProfileForm {
        secret: None,
        ..filled()
    };
    assert_eq!(faults(&without, None), [(Field::Secret, true)]);
    assert_eq!(faults(&filled(), None), []);
}

#[test]
fn a_fault_stands_at_its_field_in_the_order_of_the_form() {
    type Change = fn(&mut ProfileForm);
    let changes: [(Field, bool, Change); 15] = [
        (Field::Name, false, |form| {
            form.name = "off\u{202e}ice".into();
        }),
        (Field::Name, false, |form| form.name = " taken ".into()),
        (Field::Server, false, |form| form.server = "a b".into()),
        (Field::Server, false, |form| form.server = "a.b,c.d".into()),
        (Field::Server, false, |form| {
            form.server = "a.b:99999".into();
        }),
        (Field::Root, true, |form| {
            form.root = RootChoice::Thumbprint { sha1: " ".into() };
        }),
        (Field::Root, false, |form| {
            form.root = RootChoice::Thumbprint {
                sha1: "df3c".into(),
            };
        }),
        (Field::Secret, false, |form| {
            form.secret = Some(Zeroizing::new("0f".repeat(255)));
        }),
        (Field::Audience, true, |form| form.audience = String::new()),
        (Field::Audience, false, |form| {
            form.audience = "https://graph.microsoft.com".into();
        }),
        (Field::Issuer, false, |form| form.issuer = "sts".into()),
        (Field::SecondaryServer, false, |form| {
            form.secondary_server = "*".into();
        }),
        (Field::DnsServers, false, |form| {
            form.dns_servers = "10.0.0.1 x".into();
        }),
        (Field::Include, false, |form| {
            form.include = "10.0.0.0/33".into();
        }),
        (Field::Exclude, false, |form| {
            form.exclude = "10.0.0.0/8\nnet".into();
        }),
    ];
    let mut all = filled();
    for (field, missing, change) in changes {
        let mut form = filled();
        change(&mut form);
        assert_eq!(faults(&form, None), [(field, missing)]);
        change(&mut all);
    }
    let fields: Vec<_> = faults(&all, None).iter().map(|(field, _)| *field).collect();
    assert!(fields.is_sorted(), "{fields:?}");
    assert_eq!(fields.len(), 10, "{fields:?}");
}

#[test]
fn the_digits_of_the_secret_are_counted_as_they_are_typed() {
    for (typed, digits) in [
        ("", 0),
        ("0f 0F\n", 4),
        ("0fxyz", 2),
        (&*"0f".repeat(256), 512),
    ] {
        let form = ProfileForm {
            secret: Some(Zeroizing::new(typed.to_owned())),
            ..filled()
        };
        assert_eq!(form.check(None, |_| false).secret_digits, digits);
    }
}

#[test]
fn the_secret_never_goes_to_the_window() {
    let text = serde_json::to_string(&filled()).unwrap();
    assert!(!text.contains("0f0f"), "{text}");
    assert!(text.contains("\"secret\":null"));
}

#[test]
fn only_what_the_form_changes_is_changed() {
    let was = profile(&[
        "mtu=1400",
        "display-name=north",
        "scope=api://x/y",
        "reneg-sec=60",
        "proxy=http://proxy.example.com:3128",
        "dns.suffixes=corp.example.com",
    ]);
    let form = ProfileForm {
        name: "hub".to_owned(),
        dns_servers: "10.1.0.4; 10.1.0.5\n10.1.0.6".to_owned(),
        ..ProfileForm::of(&was)
    };
    let mut expected = was.clone();
    expected.name = "hub".to_owned();
    expected.dns.servers = ["10.1.0.4", "10.1.0.5", "10.1.0.6"]
        .map(|text| text.parse().unwrap())
        .to_vec();
    assert_eq!(applied(&form, Some(&was)), expected);
}

#[test]
fn servers_are_changed_one_by_one() {
    let was = profile(&["display-name=north"]);
    let hosts = |form: &ProfileForm| {
        let profile = applied(form, Some(&was));
        let hosts: Vec<_> = profile.servers.iter().map(|one| one.host.clone()).collect();
        (
            hosts.join(" "),
            profile.port,
            profile.servers[0].display_name.clone(),
        )
    };
    let form = ProfileForm::of(&was);
    assert_eq!(form.server, "a.example.com");
    assert_eq!(form.secondary_server, "b.example.com");
    let north = Some("north".to_owned());
    let with = |server: &str, secondary: &str| ProfileForm {
        server: server.to_owned(),
        secondary_server: secondary.to_owned(),
        ..form.clone()
    };
    for (server, secondary, expected) in [
        (
            "a.example.com:8443",
            "b.example.com",
            (
                "a.example.com b.example.com c.example.com",
                8443,
                north.clone(),
            ),
        ),
        (
            "x.example.com",
            "b.example.com",
            ("x.example.com b.example.com c.example.com", 443, None),
        ),
        (
            "a.example.com",
            "",
            ("a.example.com c.example.com", 443, north.clone()),
        ),
        (
            "a.example.com",
            "x.example.com",
            (
                "a.example.com x.example.com c.example.com",
                443,
                north.clone(),
            ),
        ),
        (
            "https://x.example.com/",
            " ",
            ("x.example.com c.example.com", 443, None),
        ),
    ] {
        let (hosts, port, name) = hosts(&with(server, secondary));
        assert_eq!(
            (hosts.as_str(), port, name),
            expected,
            "{server} {secondary}"
        );
    }
    for (server, secondary) in [
        ("a.example.com", "A.example.com"),
        ("a.example.com", "b.example.com:8443"),
        ("a.example.com:8443", "x.example.com:443"),
    ] {
        let form = with(server, secondary);
        assert_eq!(faults(&form, Some(&was)), [(Field::SecondaryServer, false)]);
    }
}

#[test]
fn a_port_that_is_taken_away_is_443_again() {
    let was = profile(&["server=a.example.com:8443"]);
    let form = ProfileForm::of(&was);
    assert_eq!(form.server, "a.example.com:8443");
    let form = ProfileForm {
        server: "a.example.com".to_owned(),
        ..form
    };
    assert_eq!(applied(&form, Some(&was)).port, 443);
}

#[test]
fn a_root_that_is_chosen_no_more_is_not_trusted_on() {
    let [one, other] = &EMBEDDED_ROOTS;
    let was = profile(&[&format!("root={}", one.sha1)]);
    let built_in = ProfileForm::of(&was);
    assert!(matches!(&built_in.root, RootChoice::BuiltIn { name, .. } if name == one.name));
    let file = ProfileForm {
        root: RootChoice::File {
            name: "root.cer".to_owned(),
            certificate: STANDARD.encode(other.der),
            subject: String::new(),
        },
        ..built_in.clone()
    };
    let own = applied(&file, Some(&was));
    assert_eq!(own.server_check.root_sha1, Some(other.sha1));
    assert_eq!(own.server_check.root_certificates, [other.der]);
    let any = ProfileForm {
        root: RootChoice::System,
        ..ProfileForm::of(&own)
    };
    let any = applied(&any, Some(&own));
    assert_eq!(any.server_check.root_sha1, None);
    assert!(any.server_check.root_certificates.is_empty());
    assert_eq!(ProfileForm::of(&any).root, RootChoice::System);

    let mut unpinned = was.clone();
    unpinned.server_check.use_pinned_root = Some(false);
    assert_eq!(ProfileForm::of(&unpinned).root, RootChoice::System);
    let pinned = ProfileForm {
        root: built_in.root,
        ..ProfileForm::of(&unpinned)
    };
    assert_eq!(applied(&pinned, Some(&unpinned)), was);

    let thumbprint = Thumbprint([7; 20]).to_string();
    let unknown = profile(&[&format!("root={thumbprint}")]);
    let choice = RootChoice::Thumbprint { sha1: thumbprint };
    assert_eq!(ProfileForm::of(&unknown).root, choice);
}

#[test]
fn the_stored_secret_stays_until_another_is_typed() {
    let was = profile(&[]);
    let form = ProfileForm::of(&was);
    assert_eq!(form.secret, None);
    assert_eq!(applied(&form, Some(&was)), was);
    let other = ProfileForm {
        secret: Some(Zeroizing::new("A5".repeat(256))),
        ..form.clone()
    };
    let changed = applied(&other, Some(&was));
    assert_eq!(
        changed.server_check.wrapping.secret().unwrap().expose(),
        &[0xa5; 256]
    );
    let emptied = ProfileForm {
        secret: Some(Zeroizing::default()),
        ..form
    };
    assert_eq!(faults(&emptied, Some(&was)), [(Field::Secret, true)]);
}

#[test]
fn another_sign_in_asks_for_what_it_needs() {
    let was = profile(&[]);
    let password = ProfileForm {
        sign_in: SignInKind::Password,
        username: "ana".to_owned(),
        ..ProfileForm::of(&was)
    };
    let changed = applied(&password, Some(&was));
    assert_eq!(ProfileForm::of(&changed).username, "ana");
    let back = ProfileForm {
        sign_in: SignInKind::Entra,
        ..ProfileForm::of(&changed)
    };
    let missing = [(Field::Tenant, true), (Field::Audience, true)];
    assert_eq!(faults(&back, Some(&changed)), missing);
    let certificate = ProfileForm {
        sign_in: SignInKind::Certificate,
        ..ProfileForm::of(&was)
    };
    assert_eq!(
        applied(&certificate, Some(&was)).sign_in,
        SignIn::Certificate
    );
}

#[test]
fn trust_is_for_one_host_and_no_other() {
    let with = |host: &str, trusted: Option<&str>| ProfileForm {
        tenant: format!("https://{host}/{TENANT}"),
        trusted_authority: trusted.map(ToOwned::to_owned),
        ..filled()
    };
    let host = Some("login.example.com");
    let fault = [(Field::Tenant, false)];
    assert_eq!(faults(&with("login.example.com", None), None), fault);
    let trusted = applied(&with("login.example.com", host), None);
    let form = ProfileForm::of(&trusted);
    assert_eq!(form.trusted_authority.as_deref(), host);
    // The tenant is changed, and the trust came along with the form.
    let elsewhere = ProfileForm {
        tenant: format!("https://evil.example.com/{TENANT}"),
        ..form.clone()
    };
    assert_eq!(faults(&elsewhere, Some(&trusted)), [(Field::Tenant, false)]);
    let withdrawn = ProfileForm {
        trusted_authority: None,
        ..form
    };
    assert_eq!(faults(&withdrawn, Some(&trusted)), [(Field::Tenant, false)]);
}

#[test]
fn all_traffic_is_a_box_and_no_route() {
    let include = |profile: &Profile| {
        let routes: Vec<_> = profile.include.iter().map(ToString::to_string).collect();
        routes.join(" ")
    };
    for (routes, shown) in [
        ("0.0.0.0/0,10.0.0.0/8", "0.0.0.0/0 10.0.0.0/8"),
        (
            "128.0.0.0/1,10.0.0.0/8,0.0.0.0/1",
            "128.0.0.0/1 0.0.0.0/1 172.16.0.0/12",
        ),
    ] {
        let was = profile(&[&format!("routes.include={routes}")]);
        let form = ProfileForm::of(&was);
        assert!(form.force_tunnel);
        assert_eq!(form.include, "10.0.0.0/8");
        let off = ProfileForm {
            force_tunnel: false,
            ..form.clone()
        };
        let split = applied(&off, Some(&was));
        assert_eq!(include(&split), "10.0.0.0/8");
        let on = ProfileForm {
            force_tunnel: true,
            ..ProfileForm::of(&split)
        };
        assert_eq!(include(&applied(&on, Some(&split))), "0.0.0.0/0 10.0.0.0/8");
        if shown.ends_with("12") {
            let other = ProfileForm {
                include: "172.16.0.0/12".to_owned(),
                ..form
            };
            assert_eq!(include(&applied(&other, Some(&was))), shown);
        }
    }
}

#[test]
fn a_repair_that_was_undone_stays_so() {
    let mut was = profile(&[]);
    let issuer = format!("https://sts.windows.net/{TENANT}");
    if let SignIn::Entra(entra) = &mut was.sign_in {
        entra.issuer = Some(issuer.clone());
    }
    let form = ProfileForm {
        name: "hub".to_owned(),
        ..ProfileForm::of(&was)
    };
    assert_eq!(form.issuer, issuer);
    let changed = applied(&form, Some(&was));
    assert_eq!(ProfileForm::of(&changed).issuer, issuer);
}

#[test]
fn what_the_form_cannot_say_is_told_and_left_alone() {
    for (settings, beyond) in [
        (vec![], false),
        (
            vec!["proxy=socks5://p.example.com:1080", "mtu=1400", "compat=on"],
            false,
        ),
        (vec!["server=a.example.com,b.example.com:1194/udp"], true),
        (vec!["transport=udp"], true),
        (vec!["certificate-name=any"], true),
        (vec!["redirect-gateway=ipv4"], true),
    ] {
        let was = profile(&settings);
        let summary = ProfileSummary::of(&was, None);
        assert_eq!(summary.beyond_form, beyond, "{settings:?}");
        let form = ProfileForm {
            dns_suffixes: "corp.example.com".to_owned(),
            ..ProfileForm::of(&was)
        };
        let mut expected = was.clone();
        expected.dns.suffixes = vec!["corp.example.com".to_owned()];
        assert_eq!(applied(&form, Some(&was)), expected);
    }
    let was = profile(&["server=a.example.com:1194/udp"]);
    let renamed = ProfileForm {
        server: "z.example.com:1195".to_owned(),
        ..ProfileForm::of(&was)
    };
    let expected = Server {
        host: "z.example.com".to_owned(),
        port: Some(1195),
        ..was.servers[0].clone()
    };
    assert_eq!(applied(&renamed, Some(&was)).servers, [expected]);
}
