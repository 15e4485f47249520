//! Which tokens a profile may ask for, and as whom: a stranger's profile names a gateway
//! of its author's, and the user's token goes there.

mod common;

use common::{document, reading, refusal, with};
use spoke_profile::{
    Assignment, CLOUDS, ExportOptions, Fault, MICROSOFT_REGISTERED_APP, Profile, ReadOptions,
    SignIn, export_spoke, read,
};

const CUSTOM: &str = "0154086c-676a-4e51-a68e-175ab47e5941";
const AZURE_CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

/// Audiences that are services of Microsoft, in every form that one is written in.
const SERVICES: [&str; 24] = [
    "00000002-0000-0ff1-ce00-000000000000",
    "00000003-0000-0000-c000-000000000000",
    "00000009-0000-0000-c000-000000000000",
    "0000001B-0000-0000-C000-000000000000",
    "{cc15fd57-2c6c-4117-a88c-83b1d56b4bbe}",
    "CC15FD57-2c6c-4117-a88c-83b1d56b4bbe/.default",
    "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d",
    AZURE_CLI,
    "api://00000003-0000-0000-C000-000000000000",
    "api://04b07795-8ddb-461a-bbee-02f9e1bf7b46",
    "spn:797f4846-ba00-4fd7-ba43-dac1f8f63013",
    "https://graph.microsoft.com",
    "https://graph.microsoft.com/",
    "https://graph.microsoft.com./",
    "graph.microsoft.com",
    "HTTPS://Management.Azure.com/",
    "https://management.core.windows.net//.default",
    "https://vault.azure.net",
    "https://api.spaces.skype.com",
    "https://x.crm.dynamics.com",
    "https://service.powerapps.com/",
    "https://analysis.windows.net/powerbi/api",
    "https://dev.azuresynapse.net",
    "https://adb-1.azuredatabricks.net",
];

/// The programs of Microsoft's that need nobody's consent.
const PROGRAMS: [&str; 6] = [
    AZURE_CLI,
    "1950A258-227b-4e31-a9cf-717495945fc2",
    "872cd9fa-d31f-45e0-9eab-6e460a02d1f1",
    "{d3590ed6-52b3-4102-aeff-aad2292ab01c}",
    "1fec8e78-bce4-4aaf-ab1b-5451cc387264",
    "00000003-0000-0000-c000-000000000000",
];

fn pair(audience: &str, client: Option<&str>) -> String {
    let client = client.map_or(String::new(), |id| {
        format!("<applicationid>{id}</applicationid>")
    });
    with(
        "audience",
        &format!("<audience>{audience}</audience>{client}"),
    )
}

#[test]
fn tokens_of_microsoft_services_are_never_asked_for() {
    for audience in SERVICES {
        for client in [None, Some(CUSTOM), Some(MICROSOFT_REGISTERED_APP)] {
            let error = refusal(&pair(audience, client));
            assert_eq!(error.kind, Fault::DangerousAudience, "{audience}: {error}");
        }
    }
}

#[test]
fn nobody_signs_in_as_a_program_of_microsofts() {
    for client in PROGRAMS {
        for audience in [CUSTOM, "api://vpn", MICROSOFT_REGISTERED_APP] {
            let error = refusal(&pair(audience, Some(client)));
            assert_eq!(error.kind, Fault::DangerousClient, "{client}: {error}");
        }
    }
}

/// The forms that Microsoft documents for gateways, and a customer's own address.
#[test]
fn a_gateways_own_audience_and_client_are_read() {
    let uri = format!("api://{CUSTOM}");
    let mut audiences = vec![
        MICROSOFT_REGISTERED_APP,
        CUSTOM,
        uri.as_str(),
        "api://vpn",
        "https://vpn.contoso.com",
        "https://notmicrosoft.com/x",
        "https://contoso.azurewebsites.net",
    ];
    audiences.extend(CLOUDS.iter().map(|cloud| cloud.manually_registered_app));
    for audience in audiences {
        for client in [None, Some(CUSTOM), Some(MICROSOFT_REGISTERED_APP)] {
            reading(&pair(audience, client));
        }
    }
}

/// A scope takes the place of the audience, and stands only in Spoke's own files.
#[test]
fn spokes_own_files_and_changes_keep_the_same_rules() {
    let profile: Profile = reading(&document()).profile;
    let with_entra = |key: &str, value: &str| {
        let mut profile = profile.clone();
        let SignIn::Entra(entra) = &mut profile.sign_in else {
            panic!("not Entra");
        };
        match key {
            "client-id" => entra.application_id = Some(value.to_owned()),
            "scope" => entra.scope = Some(value.to_owned()),
            _ => entra.audience = value.to_owned(),
        }
        export_spoke(&profile, ExportOptions { with_secret: true })
    };
    let scopes: Vec<_> = SERVICES
        .iter()
        .map(|service| format!("{}/user_impersonation", service.trim_matches(['{', '}'])))
        .collect();
    let audiences = SERVICES
        .iter()
        .map(|service| ("sign-in.audience", *service));
    let scopes = scopes.iter().map(|scope| ("scope", scope.as_str()));
    let clients = PROGRAMS.iter().map(|client| ("client-id", *client));
    for (key, value) in audiences.chain(scopes).chain(clients) {
        let kind = match key {
            "client-id" => Fault::DangerousClient,
            _ => Fault::DangerousAudience,
        };
        let options = ReadOptions::default();
        let imported = read(with_entra(key, value).as_bytes(), &options);
        assert_eq!(imported.unwrap_err().kind, kind, "{key} {value}");
        let mut changed = profile.clone();
        let error = changed.set(&Assignment::set(key, value), &options);
        assert_eq!(error.unwrap_err().kind, kind, "{key} {value}");
    }
    for scope in [format!("{CUSTOM}/.default"), "api://vpn/connect".to_owned()] {
        let export = with_entra("scope", &scope);
        read(export.as_bytes(), &ReadOptions::default()).unwrap();
    }
}
