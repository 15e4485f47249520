//! Laws of the form: it changes nothing by itself, and what it lets through is a profile.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where it cannot go on"
)]

use proptest::prelude::*;
use spoke_profile::{
    EMBEDDED_ROOTS, ExportOptions, Profile, ReadOptions, export_spoke, open_package, options_of,
    read,
};
use spoke_view::{ProfileForm, ProfileSummary, RootChoice, SignInKind, rows};
use std::path::Path;
use zeroize::Zeroizing;

const GUID: &str = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

/// What fits, mostly; and whatever else is typed.
fn typed(fitting: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![8 => fitting, 1 => "\\PC{0,12}", 1 => "[a-z0-9:/., \\n-]{0,20}"]
}

fn root() -> impl Strategy<Value = RootChoice> {
    let sha1 = prop_oneof![
        Just(EMBEDDED_ROOTS[1].sha1.to_string()),
        typed("[0-9a-f]{40}")
    ];
    prop_oneof![
        Just(ProfileForm::blank().root),
        Just(RootChoice::System),
        sha1.prop_map(|sha1| RootChoice::Thumbprint { sha1 }),
        typed("[A-Za-z0-9+/=]{0,40}").prop_map(|certificate| RootChoice::File {
            name: String::new(),
            certificate,
            subject: String::new(),
        }),
    ]
}

/// A form, shown as the window gets it when a law is broken.
struct Typed(ProfileForm);

impl std::fmt::Debug for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&serde_json::to_string(&self.0).unwrap())
    }
}

fn form() -> impl Strategy<Value = Typed> {
    let host = "[a-z]{1,9}\\.[a-z]{1,9}(:[1-9][0-9]{0,3})?";
    let names = (
        typed("[A-Za-z][A-Za-z ]{0,8}[a-z]"),
        typed(host),
        typed("([a-z]{1,9}\\.x)?"),
    );
    let secret = prop_oneof![
        8 => "[0-9a-fA-F]{512}".prop_map(|text| Some(Zeroizing::new(text))),
        1 => Just(None),
        1 => "[0-9a-f]{0,600}".prop_map(|text| Some(Zeroizing::new(text))),
    ];
    let sign_in = (
        prop_oneof![
            Just(SignInKind::Entra),
            Just(SignInKind::Certificate),
            Just(SignInKind::Password)
        ],
        prop_oneof![
            typed(GUID),
            GUID.prop_map(|id| format!("https://login.microsoftonline.us/{id}/")),
            GUID.prop_map(|id| format!("https://login.test/{id}")),
        ],
        typed(GUID),
        typed("(https://sts\\.windows\\.net/[0-9a-f]{8}/?)?"),
        prop::option::of(Just("login.test".to_owned())),
        typed("[a-z]{0,8}"),
    );
    let lists = (
        typed("(10\\.[0-9]\\.[0-9]\\.[1-9][ ,\\n]){0,3}"),
        typed("(\\.?[a-z]{1,8}\\.[a-z]{2,4}[ ,]){0,3}"),
        typed("(1[0-9]\\.[0-9]\\.[0-9]\\.0/[12][0-9][ ,]|0\\.0\\.0\\.0/0 ){0,3}"),
        typed("(1[0-9]\\.[0-9]\\.[0-9]\\.0/[12][0-9][ ,]){0,3}"),
        any::<bool>(),
    );
    (names, root(), secret, sign_in, lists).prop_map(|(names, root, secret, sign_in, lists)| {
        Typed(ProfileForm {
            name: names.0,
            server: names.1,
            root,
            secret,
            sign_in: sign_in.0,
            tenant: sign_in.1,
            audience: sign_in.2,
            issuer: sign_in.3,
            trusted_authority: sign_in.4,
            username: sign_in.5,
            secondary_server: names.2,
            dns_servers: lists.0,
            dns_suffixes: lists.1,
            include: lists.2,
            exclude: lists.3,
            force_tunnel: lists.4,
        })
    })
}

/// A profile that the form let through obeys the laws.
fn obeys(profile: &Profile) {
    let same = ProfileForm::of(profile).apply(Some(profile));
    let (same, findings) = same.unwrap_or_else(|faults| panic!("{faults:?}"));
    assert_eq!(&same, profile);
    assert_eq!(findings, []);
    let stored = serde_json::to_vec(profile).unwrap();
    assert_eq!(
        &serde_json::from_slice::<Profile>(&stored).unwrap(),
        profile
    );
    let text = export_spoke(profile, ExportOptions { with_secret: true });
    let back = read(text.as_bytes(), &options_of(profile)).unwrap();
    assert_eq!(&back.profile, profile);
    let shown = format!("{:?}", rows(profile));
    let secret = profile.server_check.wrapping.static_key();
    assert!(secret.is_none_or(|secret| !shown.contains(&hex(secret.expose()))));
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// A form that is saved and opened again, changed, and saved again.
    #[test]
    fn what_the_form_lets_through_can_be_saved_and_changes_nothing_when_opened(
        first in form(),
        second in form(),
    ) {
        let mut was = None;
        for Typed(form) in [first, second] {
            let report = form.check(was.as_ref(), |_| false);
            match form.apply(was.as_ref()) {
                Ok((profile, findings)) => {
                    prop_assert!(report.faults.is_empty());
                    prop_assert_eq!(report.findings, findings);
                    prop_assert!(!ProfileSummary::of(&profile, None).beyond_form);
                    obeys(&profile);
                    was = Some(profile);
                }
                Err(faults) => {
                    prop_assert!(!faults.is_empty());
                    prop_assert!(faults.is_sorted_by_key(|fault| fault.field));
                    prop_assert_eq!(report.faults, faults);
                }
            }
        }
    }
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the collection is a folder of files, and a strict run says that it must be there"
)]
fn every_profile_of_the_collection_survives_the_form() {
    let folder = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/profiles"
    ));
    let Ok(table) = std::fs::read(folder.join("expected.json")) else {
        let folder = folder.display();
        return spoke_needs::skip(format_args!("there is no collection in {folder}"));
    };
    let table: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&table).unwrap();
    let mut seen = 0;
    for file in table.keys() {
        let bytes = std::fs::read(folder.join(file)).unwrap();
        let Ok(package) = open_package(&bytes, &ReadOptions::default()) else {
            continue;
        };
        for (_, reading) in package.profiles() {
            obeys(&reading.profile);
            seen += 1;
        }
    }
    assert!(seen > 25, "{seen}");
}
