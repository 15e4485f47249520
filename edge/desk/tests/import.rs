//! Files on their way into the stored profiles.

mod support;

use spoke_api::ProblemCode;
use spoke_profile::{ExportOptions, SignIn, export_azure};
use spoke_view::{ImportChoice, ImportSource, OnClash};
use std::path::Path;
use support::{Home, TENANT, choice, profile};
use zeroize::Zeroizing;

#[tokio::test]
async fn every_file_of_the_collection_is_planned_or_refused_as_its_table_says() {
    let folder = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/profiles"
    ));
    let Ok(table) = std::fs::read(folder.join("expected.json")) else {
        let folder = folder.display();
        return spoke_needs::skip(format_args!("there is no collection in {folder}"));
    };
    let table: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&table).unwrap();
    let home = Home::new();
    let mut paths = Vec::new();
    let mut planned = 0;
    for (file, expected) in &table {
        let path = folder.join(file);
        let plan = home.inspect(path.clone()).await;
        let trusted = plan
            .profiles
            .iter()
            .any(|one| one.untrusted_authority.is_some() || one.needs_secret);
        match expected["verdict"].as_str() {
            Some("accept") => assert!(!plan.profiles.is_empty(), "{file}"),
            Some("reject") if !trusted => assert!(plan.profiles.is_empty(), "{file}"),
            _ => {}
        }
        assert!(plan.profiles.len() + plan.refused.len() > 0, "{file}");
        for refused in &plan.refused {
            assert!(!refused.problem.summary.is_empty() && !refused.problem.hint.is_empty());
            assert!(!refused.path.is_empty(), "{file}");
        }
        planned += plan.profiles.len();
        paths.push(path);
    }
    // All of them at once give one plan, with names of their own.
    let plan = home.desk.inspect_files(paths).await.unwrap();
    assert_eq!(plan.profiles.len(), planned);
    let mut names: Vec<_> = plan.profiles.iter().map(|one| one.name.as_str()).collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
    let choices: Vec<_> = plan
        .profiles
        .iter()
        .map(|planned| ImportChoice {
            trust_authority: true,
            secret: planned
                .needs_secret
                .then(|| Zeroizing::new("a5".repeat(256))),
            ..choice(planned)
        })
        .collect();
    let saved = home.desk.save_import(plan.id, choices).await.unwrap();
    assert_eq!(saved.len(), planned);
    assert_eq!(home.listed().len(), planned);
    for name in saved {
        assert_eq!(home.desk.profile(&name).await.unwrap().summary.name, name);
    }
}

#[tokio::test]
async fn a_file_is_shown_in_full_and_saved_under_the_name_that_is_chosen() {
    let home = Home::new();
    let path = home.write_profile("azurevpnconfig.xml", &profile("office", &["mtu=1400"]));
    let plan = home.inspect(path).await;
    let names = vec!["azurevpnconfig.xml".to_owned()];
    assert_eq!(plan.source, ImportSource::Files { names });
    let planned = &plan.profiles[0];
    assert_eq!(
        (planned.path.as_str(), planned.clash.as_ref()),
        ("azurevpnconfig.xml", None)
    );
    assert!(planned.groups.iter().any(|group| group.group == "sign_in"));
    let renamed = ImportChoice {
        name: " hub ".to_owned(),
        ..choice(planned)
    };
    let saved = home.desk.save_import(plan.id, vec![renamed]).await.unwrap();
    assert_eq!(saved, ["hub"]);
    assert_eq!(home.listed(), ["hub"]);
    // The plan is done with.
    let again = home.desk.save_import(plan.id, vec![choice(planned)]).await;
    assert_eq!(again.unwrap_err().code, ProblemCode::Usage);
}

#[tokio::test]
async fn a_name_that_is_taken_is_told_with_the_differences_and_replaced_only_if_said() {
    let home = Home::new();
    let stored = profile("office", &["dns.servers=10.1.0.4"]);
    home.store.save(&stored).unwrap();
    home.store.save(&profile("office 2", &[])).unwrap();
    let changed = profile("office", &["dns.servers=10.1.0.5"]);
    let path = home.write_profile("a.xml", &changed);
    let plan = home.inspect(path.clone()).await;
    let planned = &plan.profiles[0];
    let differences = planned.clash.as_ref().unwrap();
    assert_eq!(differences.len(), 1);
    assert_eq!(differences[0].field, "dns_servers");
    assert_eq!(planned.free_name, "office 3");
    let refused = home.desk.save_import(plan.id, vec![choice(planned)]).await;
    assert_eq!(refused.unwrap_err().code, ProblemCode::Conflict);
    assert_eq!(home.store.load("office").unwrap(), stored);
    let replacing = ImportChoice {
        on_clash: OnClash::Replace,
        ..choice(planned)
    };
    let both = ImportChoice {
        name: planned.free_name.clone(),
        ..choice(planned)
    };
    home.desk
        .save_import(plan.id, vec![replacing, both])
        .await
        .unwrap();
    assert_eq!(home.listed(), ["office", "office 2", "office 3"]);
    assert_eq!(home.store.load("office").unwrap(), changed);
    let same = home.inspect(path).await;
    assert_eq!(same.profiles[0].clash.as_deref(), Some(&[][..]));
}

#[tokio::test]
async fn two_of_one_name_in_a_plan_are_told_apart() {
    let home = Home::new();
    let paths = vec![
        home.write_profile("a.xml", &profile("office", &[])),
        home.write_profile("b.xml", &profile("office", &["sign-in=cert"])),
    ];
    let plan = home.desk.inspect_files(paths).await.unwrap();
    let names: Vec<_> = plan.profiles.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["office", "office 2"]);
    let twice = plan.profiles.iter().map(|planned| ImportChoice {
        name: "one".to_owned(),
        ..choice(planned)
    });
    let refused = home.desk.save_import(plan.id, twice.collect()).await;
    assert_eq!(refused.unwrap_err().code, ProblemCode::Conflict);
    assert!(home.listed().is_empty());
    let choices = plan.profiles.iter().map(choice).collect();
    home.desk.save_import(plan.id, choices).await.unwrap();
    assert_eq!(home.listed(), ["office", "office 2"]);
}

#[tokio::test]
async fn a_foreign_sign_in_host_needs_the_users_word() {
    let home = Home::new();
    let text = export_azure(&profile("office", &[]), ExportOptions { with_secret: true });
    let foreign = text.replace("login.microsoftonline.com", "login.evil.example");
    let plan = home.inspect(home.write("a.xml", foreign.as_bytes())).await;
    let planned = &plan.profiles[0];
    assert_eq!(
        planned.untrusted_authority.as_deref(),
        Some("login.evil.example")
    );
    let refused = home.desk.save_import(plan.id, vec![choice(planned)]).await;
    assert!(refused.unwrap_err().summary.contains("login.evil.example"));
    let trusting = ImportChoice {
        trust_authority: true,
        ..choice(planned)
    };
    home.desk
        .save_import(plan.id, vec![trusting])
        .await
        .unwrap();
    let form = home.desk.profile("office").await.unwrap().form;
    assert_eq!(
        form.trusted_authority.as_deref(),
        Some("login.evil.example")
    );
}

#[tokio::test]
async fn a_profile_without_its_secret_is_saved_with_the_one_that_is_typed() {
    let home = Home::new();
    let options = ExportOptions { with_secret: false };
    let text = export_azure(&profile("office", &[]), options);
    let plan = home.inspect(home.write("a.xml", text.as_bytes())).await;
    let planned = &plan.profiles[0];
    assert!(planned.needs_secret);
    for typed in [None, Some("0f0f")] {
        let without = ImportChoice {
            secret: typed.map(|text| Zeroizing::new(text.to_owned())),
            ..choice(planned)
        };
        let refused = home.desk.save_import(plan.id, vec![without]).await;
        assert_eq!(refused.unwrap_err().code, ProblemCode::ProfileInvalid);
    }
    let with = ImportChoice {
        secret: Some(Zeroizing::new("0F".repeat(256))),
        ..choice(planned)
    };
    home.desk.save_import(plan.id, vec![with]).await.unwrap();
    let stored = home.store.load("office").unwrap();
    assert_eq!(
        stored.server_check.wrapping,
        profile("", &[]).server_check.wrapping
    );
}

#[tokio::test]
async fn a_repair_is_undone_where_the_original_can_be_kept() {
    let home = Home::new();
    let issuer = format!("https://sts.windows.net/{TENANT}");
    let settings = [format!("sign-in.issuer={issuer}/")];
    let whole = profile("office", &[&settings[0], "routes.include=10.1.0.0/16"]);
    let text = export_azure(&whole, ExportOptions { with_secret: true })
        .replace(&format!("{issuer}/<"), &format!("{issuer}<"))
        .replace("gw.example.com", "gw.example.com.");
    let plan = home.inspect(home.write("a.xml", text.as_bytes())).await;
    let repairs = &plan.profiles[0].repairs;
    let originals: Vec<_> = repairs.iter().map(|one| one.original.clone()).collect();
    let original = ("sign-in.issuer".to_owned(), issuer.clone());
    assert_eq!(repairs.len(), 2, "{repairs:?}");
    assert!(originals.contains(&Some(original)) && originals.contains(&None));
    let undoing = ImportChoice {
        undo: vec![0, 1, 9],
        ..choice(&plan.profiles[0])
    };
    home.desk.save_import(plan.id, vec![undoing]).await.unwrap();
    let stored = home.store.load("office").unwrap();
    let SignIn::Entra(entra) = stored.sign_in else {
        unreachable!("it signs in with Entra");
    };
    assert_eq!(entra.issuer, Some(issuer));
}

#[tokio::test]
async fn what_is_no_profile_says_why_beside_those_that_are() {
    let home = Home::new();
    let paths = vec![
        home.write("page.xml", b"<html></html>"),
        home.path("missing.xml"),
        home.write_profile("a.xml", &profile("office", &[])),
    ];
    let plan = home.desk.inspect_files(paths).await.unwrap();
    assert_eq!(plan.profiles.len(), 1);
    let refused: Vec<_> = plan.refused.iter().map(|one| one.path.as_str()).collect();
    assert_eq!(refused, ["page.xml", "missing.xml"]);
}

#[tokio::test]
async fn a_plan_that_is_let_go_is_gone_and_only_a_few_are_held() {
    let home = Home::new();
    let path = home.write_profile("a.xml", &profile("office", &[]));
    home.desk.open_files(vec![path.clone()]).await.unwrap();
    let opened = home.picture().opened.unwrap();
    home.desk.drop_import(opened.id);
    assert_eq!(home.picture().opened, None);
    let gone = home
        .desk
        .save_import(opened.id, vec![choice(&opened.profiles[0])])
        .await;
    assert!(gone.is_err());
    let first = home.inspect(path.clone()).await;
    for _ in 0..8 {
        home.inspect(path.clone()).await;
    }
    let gone = home
        .desk
        .save_import(first.id, vec![choice(&first.profiles[0])])
        .await;
    assert!(gone.is_err());
}

#[tokio::test]
async fn profiles_of_microsofts_client_are_found_once_whatever_their_files_are_called() {
    let home = Home::new();
    let none = home.desk.inspect_azure_vpn_client().await.unwrap();
    assert!(none.profiles.is_empty() && none.notes[0].contains("theirs"));
    let office = profile("office", &[]);
    home.write_profile("theirs/office", &office);
    home.write_profile("theirs-too/profile.xml", &office);
    home.write_profile("theirs-too/lab.AzureVpnProfile.xml", &profile("lab", &[]));
    home.write(
        "theirs-too/shared_preferences.json",
        b"{\"flutter.profiles\":[]}",
    );
    home.write("theirs-too/broken.xml", b"<AzVpnProfile></AzVpnProfile>");
    let plan = home.desk.inspect_azure_vpn_client().await.unwrap();
    let mut names: Vec<_> = plan.profiles.iter().map(|one| one.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["lab", "office"]);
    let refused: Vec<_> = plan.refused.iter().map(|one| one.path.as_str()).collect();
    assert_eq!(refused, ["broken.xml"]);
    let ImportSource::AzureVpnClient { folders } = &plan.source else {
        unreachable!("it was asked for");
    };
    assert_eq!(folders.len(), 2);
}
