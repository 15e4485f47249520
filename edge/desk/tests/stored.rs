//! What is stored, changed by the window.

mod support;

use spoke_api::ProblemCode;
use spoke_diagnose::{Mend, Setting};
use spoke_profile::{Finding, FindingCode, ReadOptions, SignIn, read};
use spoke_view::{
    Appearance, ExportFormat, ExportRequest, Field, Language, Locks, Preferences, ProfileForm,
    RootChoice,
};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use support::{Home, TENANT, profile};
use zeroize::Zeroizing;

fn form(name: &str) -> ProfileForm {
    ProfileForm {
        name: name.to_owned(),
        server: "gw.example.com".to_owned(),
        secret: Some(Zeroizing::new("0f".repeat(256))),
        tenant: TENANT.to_owned(),
        ..ProfileForm::blank()
    }
}

/// A change of the profile "office".
fn mend(setting: Setting, value: &str) -> Mend {
    Mend {
        profile: "office".to_owned(),
        setting,
        value: value.to_owned(),
    }
}

#[tokio::test]
async fn what_can_be_repaired_of_a_stored_profile_is() {
    let home = Home::new();
    home.desk.save_form(&form("office"), None).await.unwrap();
    let issuer = format!("https://sts.windows.net/{TENANT}");
    let mut stored = home.store.load("office").unwrap();
    if let SignIn::Entra(entra) = &mut stored.sign_in {
        entra.issuer = Some(issuer.clone());
    }
    home.store.save(&stored).unwrap();
    let slash = |finding: &Finding| finding.code == FindingCode::IssuerSlash;
    let checked = home.desk.profile("office").await.unwrap();
    assert!(checked.findings.iter().any(slash));
    home.desk.repair("office").await.unwrap();
    let checked = home.desk.profile("office").await.unwrap();
    assert!(!checked.findings.iter().any(slash));
    let SignIn::Entra(entra) = home.store.load("office").unwrap().sign_in else {
        unreachable!("it signs in as before");
    };
    assert_eq!(entra.issuer, Some(format!("{issuer}/")));
    let gone = home.desk.repair("gone").await;
    assert_eq!(gone.unwrap_err().code, ProblemCode::ProfileNotFound);
}

#[tokio::test]
async fn what_keeps_a_host_away_is_mended_in_the_profile() {
    let home = Home::new();
    home.desk.save_form(&form("office"), None).await.unwrap();
    for wanted in [
        mend(Setting::AskInside, "fabrikam.internal"),
        mend(Setting::LeadInside, "10.99.0.1/32"),
    ] {
        home.desk.mend(&wanted).await.unwrap();
    }
    let mut stored = home.store.load("office").unwrap();
    assert_eq!(stored.dns.suffixes, ["fabrikam.internal"]);
    assert_eq!(stored.include, ["10.99.0.1/32".parse().unwrap()]);
    stored.exclude = vec!["10.20.9.0/24".parse().unwrap()];
    home.store.save(&stored).unwrap();
    let wanted = mend(Setting::KeepOutNoLonger, "10.20.9.0/24");
    home.desk.mend(&wanted).await.unwrap();
    assert!(home.store.load("office").unwrap().exclude.is_empty());
    let unfit = home
        .desk
        .mend(&mend(Setting::LeadInside, "everything"))
        .await;
    assert_eq!(unfit.unwrap_err().code, ProblemCode::ProfileInvalid);
    let refused = home.desk.explain("no host").await;
    assert_eq!(refused.unwrap_err().code, ProblemCode::Usage);
}

#[tokio::test]
async fn a_form_is_judged_saved_and_opened_again() {
    let home = Home::new();
    let report = home.desk.check_form(&ProfileForm::blank(), None).unwrap();
    assert!(!report.faults.is_empty());
    let saved = home.desk.save_form(&form("office"), None).await.unwrap();
    assert_eq!(
        (saved.as_str(), home.listed()),
        ("office", vec!["office".to_owned()])
    );
    let report = home.desk.check_form(&form("office"), None).unwrap();
    assert_eq!(report.faults[0].field, Field::Name);
    let taken = home.desk.save_form(&form("office"), None).await;
    assert_eq!(taken.unwrap_err().code, ProblemCode::Conflict);

    let detail = home.desk.profile("office").await.unwrap();
    assert!(!detail.has_private_key && detail.lost_in_azure.is_empty());
    let renamed = ProfileForm {
        name: "hub".to_owned(),
        dns_servers: "10.1.0.4".to_owned(),
        ..detail.form
    };
    home.desk.save_form(&renamed, Some("office")).await.unwrap();
    assert_eq!(home.listed(), ["hub"]);
    let stored = home.store.load("hub").unwrap();
    assert_eq!(stored.dns.servers.len(), 1);
    assert!(stored.server_check.wrapping.secret().is_some());
    let faulty = ProfileForm {
        include: "10.0.0.0/40".to_owned(),
        ..ProfileForm::of(&stored)
    };
    assert!(home.desk.save_form(&faulty, Some("hub")).await.is_err());
    assert!(home.desk.save_form(&form("x"), Some("gone")).await.is_err());
    assert_eq!(home.store.load("hub").unwrap(), stored);
}

#[tokio::test]
async fn names_are_changed_copied_and_removed() {
    let home = Home::new();
    home.store.save(&profile("office", &[])).unwrap();
    home.desk.profiles_changed();
    assert_eq!(home.desk.duplicate("office").await.unwrap(), "office 2");
    assert_eq!(home.desk.duplicate("office").await.unwrap(), "office 3");
    let taken = home.desk.rename("office", " office 2 ").await;
    assert_eq!(taken.unwrap_err().code, ProblemCode::Conflict);
    home.desk.rename("office", " hub ").await.unwrap();
    assert_eq!(home.listed(), ["hub", "office 2", "office 3"]);
    home.desk.remove("office 2").await.unwrap();
    assert_eq!(home.listed(), ["hub", "office 3"]);
    let gone = home.desk.remove("office 2").await;
    assert_eq!(gone.unwrap_err().code, ProblemCode::ProfileNotFound);
}

#[tokio::test]
async fn what_others_change_shows_and_a_damaged_file_hides_nothing() {
    let home = Home::new();
    home.store.save(&profile("office", &[])).unwrap();
    home.write("config/profiles/bad.json", b"{");
    assert!(home.listed().is_empty());
    home.desk.profiles_changed();
    assert_eq!(home.listed(), ["office"]);
    let damaged = home.picture().damaged;
    assert!(damaged.len() == 1 && damaged[0].summary.contains("bad.json"));
}

#[tokio::test]
async fn an_export_is_its_owners_alone_and_follows_no_link() {
    let home = Home::new();
    home.store.save(&profile("office", &["mtu=1400"])).unwrap();
    let mut request = ExportRequest {
        profile: "office".to_owned(),
        path: home.path("out.xml").to_string_lossy().into_owned(),
        format: ExportFormat::Azure,
        with_secret: false,
    };
    for (format, with_secret) in [
        (ExportFormat::Azure, false),
        (ExportFormat::Azure, true),
        (ExportFormat::Spoke, true),
    ] {
        (request.format, request.with_secret) = (format, with_secret);
        home.desk.export_profile(&request).await.unwrap();
        let bytes = std::fs::read(&request.path).unwrap();
        let mode = std::fs::metadata(&request.path)
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        let reading = read(&bytes, &ReadOptions::default());
        assert_eq!(reading.is_ok(), with_secret);
        if let Ok(reading) = reading {
            let keeps_all = format == ExportFormat::Spoke;
            assert_eq!(reading.profile.mtu.is_some(), keeps_all);
        }
    }
    let victim = home.write("victim", b"stays");
    let link = home.path("link.xml");
    symlink(&victim, &link).unwrap();
    for bad in [link, home.path("no/such/folder.xml"), home.path("")] {
        request.path = bad.to_string_lossy().into_owned();
        let problem = home.desk.export_profile(&request).await.unwrap_err();
        assert!(problem.summary.contains("office"), "{problem:?}");
    }
    assert_eq!(std::fs::read(&victim).unwrap(), b"stays");
}

#[tokio::test]
async fn a_root_certificate_is_read_from_a_file() {
    let home = Home::new();
    let der = spoke_profile::EMBEDDED_ROOTS[0].der;
    let path = home.write("root.cer", der);
    let root = home.desk.read_root(&path).unwrap();
    let RootChoice::File { name, subject, .. } = &root else {
        unreachable!("it is a file");
    };
    assert_eq!(name, "root.cer");
    assert!(subject.contains("DigiCert Global Root G2"));
    let own = ProfileForm {
        root,
        ..form("office")
    };
    home.desk.save_form(&own, None).await.unwrap();
    let check = home.store.load("office").unwrap().server_check;
    assert_eq!(check.root_certificates, [der]);
    assert!(home.desk.read_root(&home.write("x", b"no")).is_err());
    assert!(home.desk.read_root(&home.path("missing")).is_err());
}

#[tokio::test]
async fn choices_for_the_window_are_kept_and_a_damaged_file_is_told() {
    let home = Home::new();
    assert_eq!(home.picture().preferences, Preferences::default());
    let chosen = Preferences {
        language: Language::German,
        appearance: Appearance::Dark,
        ..Preferences::default()
    };
    home.desk.set_preferences(chosen.clone()).unwrap();
    assert_eq!(home.picture().preferences, chosen);
    let again = home.another_desk();
    assert_eq!(again.pictures().borrow().preferences, chosen);
    home.write("config/preferences.json", b"{");
    let picture = home.another_desk().pictures().borrow().clone();
    assert_eq!(picture.preferences, Preferences::default());
    assert!(picture.notices[0].text.contains("preferences.json"));
}

/// Where these tests are not root's, the policy is not either, and forbids all the same.
#[tokio::test]
async fn what_an_administrator_forbids_is_not_done_in_the_window_either() {
    let home = Home::new();
    home.desk.save_form(&form("office"), None).await.unwrap();
    assert_eq!(home.picture().locks, Locks::default());
    let policy = "organisation = \"Contoso IT\"\n\
        forbidden = [\"change-profiles\", \"show-secrets\"]\n[settings]\nlanguage = \"german\"\n";
    home.write("policy.toml", policy.as_bytes());
    let refused = |problem: spoke_api::Problem| assert_eq!(problem.code, ProblemCode::Policy);
    refused(home.desk.save_form(&form("other"), None).await.unwrap_err());
    refused(home.desk.rename("office", "hub").await.unwrap_err());
    let request = ExportRequest {
        profile: "office".to_owned(),
        path: home.path("out.xml").display().to_string(),
        format: ExportFormat::Azure,
        with_secret: true,
    };
    refused(home.desk.export_profile(&request).await.unwrap_err());
    let wanted = mend(Setting::AskInside, "fabrikam.internal");
    refused(home.desk.mend(&wanted).await.unwrap_err());
    // Whoever met a lock sees it from then on.
    let picture = home.picture();
    assert_eq!(picture.preferences.language, Language::German);
    assert_eq!(picture.locks.organisation.as_deref(), Some("Contoso IT"));
    assert_eq!(picture.locks.settings, ["language"]);
    let english = Preferences {
        language: Language::English,
        ..picture.preferences
    };
    refused(home.desk.set_preferences(english).unwrap_err());
    assert_eq!(home.picture().preferences.language, Language::German);
    home.write("policy.toml", b"");
    home.desk.refresh();
    assert_eq!(home.picture().locks, Locks::default());
    assert_eq!(home.picture().preferences.language, Language::System);
}
