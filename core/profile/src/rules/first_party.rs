//! Applications of Microsoft that have nothing to do with a VPN: what a token for them
//! opens, and which of them may ask for such tokens without anybody's consent.

use super::plain::quoted;
use crate::error::{Fault, Refusal};
use url::Url;

/// Application ids of Microsoft's services and of its public clients, which are
/// consented to beforehand for one service or another (Microsoft Learn, "Verify
/// first-party Microsoft applications in sign-in reports"; the clients that share
/// refresh tokens as Secureworks' "Family of Client IDs Research" lists them). Those
/// that [`is_of_the_first_days`] knows are not repeated.
const APPLICATIONS: [(&str, &str); 96] = [
    (
        "00b41c95-dab0-4487-9791-b9d2c32c80f2",
        "Office 365 Management",
    ),
    ("022907d3-0f1b-48f7-badc-1ba6abab6d66", "Azure SQL Database"),
    ("04b07795-8ddb-461a-bbee-02f9e1bf7b46", "Azure CLI"),
    (
        "0736f41a-0425-4b46-bdb5-1563eff02385",
        "Azure Machine Learning",
    ),
    ("0ec893e0-5785-4de6-99da-4ed124e5296c", "Office UWP PWA"),
    (
        "123cd850-d9df-40bd-94d5-c9f07b7fa203",
        "Azure Database for open-source servers",
    ),
    (
        "14d82eec-204b-4c2f-b7e8-296a70dab67e",
        "Microsoft Graph Command Line Tools",
    ),
    ("18fbca16-2224-45f6-85b0-f7bf2b39b3f3", "Microsoft Docs"),
    ("1950a258-227b-4e31-a9cf-717495945fc2", "Azure PowerShell"),
    (
        "1b730954-1685-4b74-9bfd-dac224a7b894",
        "Azure Active Directory PowerShell",
    ),
    ("1fec8e78-bce4-4aaf-ab1b-5451cc387264", "Microsoft Teams"),
    ("22098786-6e16-43cc-a27d-191a01a1e3b5", "Microsoft To Do"),
    (
        "268761a2-03f3-40df-8a8b-c3db24145b6b",
        "Universal Store Native Client",
    ),
    ("26a7ee05-5602-4d76-a7ba-eae8b7b67941", "Windows Search"),
    (
        "270efc09-cd0d-444b-a71f-39af4910ec45",
        "Windows Cloud Login",
    ),
    (
        "2746ea77-4702-4b45-80ca-3c97e680e8b7",
        "Azure Data Explorer",
    ),
    ("27922004-5251-4030-b22d-91ecd9a37ea4", "Outlook Mobile"),
    (
        "29d9ed98-a469-4536-ade2-f981bc1d605e",
        "Microsoft Authentication Broker",
    ),
    (
        "2ad88395-b77d-4561-9441-d0e40824f9bc",
        "Dynamics 365 sample client",
    ),
    ("2d4d3d8e-2be3-4bef-9f87-7875a61c29de", "OneNote"),
    (
        "2d7f3606-b07d-41d1-b9d2-0d0c9296a6e8",
        "Bing Search for Microsoft Edge",
    ),
    ("2ff814a6-3304-4ab8-85cb-cd0e6f879c1d", "Azure Databricks"),
    ("331cc017-5973-4173-b270-f0042fddfd75", "PowerApps Service"),
    ("475226c6-020e-4fb2-8a90-7a972cbfc1d4", "PowerApps Service"),
    ("4765445b-32c6-49b0-83e6-1d93765276ca", "OfficeHome"),
    (
        "4813382a-8fa7-425e-ab75-3b753aab3abb",
        "Microsoft Authenticator",
    ),
    ("499b84ac-1321-427f-aa17-267ca6975798", "Azure DevOps"),
    (
        "4ac7d521-0382-477b-b0f8-7e1d95f85ca2",
        "Azure Analysis Services",
    ),
    ("4e291c71-d680-4d0e-9640-0a3358e31177", "PowerApps"),
    (
        "51f81489-12ee-4a9e-aaae-a2591f45987d",
        "Dynamics 365 sample client",
    ),
    (
        "57336123-6e14-4acc-8dcf-287b6088aa28",
        "Microsoft Whiteboard",
    ),
    ("579a7132-0e58-4d80-b1e1-7a1e2d337859", "AzCopy"),
    ("57fcbcfa-7cee-4eb1-8b25-12d2030b4ee0", "Microsoft Flow"),
    (
        "5e3ce6c0-2b1f-4285-8d4b-75ee78787346",
        "Microsoft Teams Web Client",
    ),
    (
        "6204c1d1-4712-4c46-a7d9-3ed63d992682",
        "Microsoft Flow Portal",
    ),
    ("66375f6b-983f-4c2c-9701-d680650f588f", "Microsoft Planner"),
    ("66a88757-258c-4c72-893c-3e8bed4d6899", "Office 365 Search"),
    (
        "67e3df25-268a-4324-a550-0de1c7f97287",
        "Office Web Apps Service",
    ),
    (
        "6dae42f8-4368-4678-94ff-3960e28e3630",
        "Azure Kubernetes Service",
    ),
    (
        "74658136-14ec-4630-ad9b-26e160ff0fc6",
        "Azure portal, Active Directory",
    ),
    (
        "74bcdadc-2fdc-4bb3-8459-76d06952a0e9",
        "Intune Web Company Portal",
    ),
    (
        "797f4846-ba00-4fd7-ba43-dac1f8f63013",
        "Azure Service Management",
    ),
    (
        "7df0a125-d3be-4c96-aa54-591f83ff541c",
        "Microsoft Flow Service",
    ),
    ("7f67af8a-fedc-4b08-8b4e-37c4d127b6cf", "Power BI Desktop"),
    ("80369ed6-5f11-4dd9-bef3-692475845e77", "Azure Event Hubs"),
    ("80a10ef9-8168-493d-abf9-3297c4ef6e3c", "Azure Service Bus"),
    (
        "844cca35-0656-46ce-b636-13f48b0eecbd",
        "Microsoft Stream Mobile",
    ),
    ("8578e004-a5c6-46e7-913e-12f58912df43", "Power Platform API"),
    ("871c010f-5e61-4fb1-83ac-98610a7e9110", "Microsoft Power BI"),
    ("872cd9fa-d31f-45e0-9eab-6e460a02d1f1", "Visual Studio"),
    (
        "87749df4-7ccf-48f8-aa87-704bad0e0e16",
        "Microsoft Teams Device Admin Agent",
    ),
    ("89bee1f7-5e6e-4d8a-9f3d-ecd601259da7", "Office 365 Shell"),
    (
        "95de633a-083e-42f5-b444-a4295d8e9314",
        "Microsoft Whiteboard Services",
    ),
    (
        "9ba1a5c7-f17a-4de9-a1f1-6178c8d51223",
        "Intune Company Portal",
    ),
    (
        "9bc3ab49-b65d-410a-85ad-de819febfddc",
        "SharePoint Online Management Shell",
    ),
    ("9cee029c-6210-4654-90bb-17e6e9d36617", "Power Platform CLI"),
    (
        "a0c73c16-a7e3-4564-9a95-2bdf47383716",
        "Exchange Online PowerShell",
    ),
    ("a40d7d7d-59aa-447e-a655-679a4107e548", "Accounts Control"),
    ("a569458c-7f2b-45cb-bab9-b7dee514d112", "Yammer"),
    (
        "a672d62c-fc7b-4e81-a576-e60dc46e951d",
        "Power Query for Excel",
    ),
    ("a69788c6-1d43-44ed-9ca3-b83e194da255", "Azure Data Studio"),
    (
        "a85cf173-4192-42f8-81fa-777a763e6e2c",
        "Azure Virtual Desktop Client",
    ),
    (
        "a94f9c62-97fe-4d19-b06d-472bed8d2bcf",
        "SQL Server Management Studio",
    ),
    (
        "ab9b8c07-8f02-4f72-87fa-80105867a763",
        "OneDrive Sync Engine",
    ),
    ("aebc6443-996d-45c2-90f0-388ff96faa56", "Visual Studio Code"),
    ("af124e86-4e96-495a-b70a-90f90ab96707", "OneDrive for iOS"),
    ("b26aadf8-566f-4478-926f-589f601d9c74", "OneDrive"),
    (
        "be1918be-3fe3-4be9-b32b-b542fc27f02e",
        "Microsoft 365 Compliance Drive",
    ),
    ("c0d2a505-13b8-4ae0-aa9e-cddd5eab0b12", "Microsoft Power BI"),
    (
        "c161e42e-d4df-4a3d-9b42-e7a3c31f59d4",
        "Microsoft Intune API",
    ),
    ("c44b4083-3bb0-49c1-b47d-974e53cbdf3c", "Azure portal"),
    (
        "c5393580-f805-4401-95e8-94b7a6ef2fc2",
        "Office 365 Management APIs",
    ),
    ("c9a559d2-7aab-4f13-a6ed-e7e9c52aec87", "Microsoft Forms"),
    (
        "ca7f3f0b-7d91-482c-8e09-c5d840d0eac5",
        "Azure Log Analytics",
    ),
    ("cab96880-db5b-4e15-90a7-f3f1d62ffe39", "Microsoft Defender"),
    (
        "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe",
        "Microsoft Teams Services",
    ),
    (
        "cf36b471-5b44-428c-9ce7-313bf84528de",
        "Microsoft Bing Search",
    ),
    ("cfa8b339-82a2-471a-a3c9-0fc0be7a4093", "Azure Key Vault"),
    ("d326c1ce-6cc6-4de2-bebc-4591e5e13ef0", "SharePoint"),
    ("d3590ed6-52b3-4102-aeff-aad2292ab01c", "Microsoft Office"),
    ("d4ebce55-015a-49b5-a083-c84d1797ae8c", "Intune Enrollment"),
    ("d7b530a4-7680-4c23-a8bf-c52c121d2e87", "Microsoft Edge"),
    (
        "db662dc1-0cfe-4e1c-a843-19a68e65be58",
        "Azure Data Explorer clients",
    ),
    (
        "dd47d17a-3194-4d86-bfd5-c6ae6f5651e3",
        "Microsoft Defender for Mobile",
    ),
    ("de8bc8b5-d9f9-48b1-a8ad-b748da725064", "Graph Explorer"),
    ("e406a681-f3d4-42a8-90b6-c2b029497af1", "Azure Storage"),
    ("e9b154d0-7658-433b-bb25-6b8e0a8a7c59", "Outlook Lite"),
    ("e9c51622-460d-4d3d-952d-966a5b1da34c", "Microsoft Edge"),
    ("e9f49c6b-5ce5-44c8-925d-015017e9f7ad", "Azure Data Lake"),
    ("eb539595-3fe1-474e-9c1d-feb3625d1be5", "Microsoft Tunnel"),
    ("ecd6b820-32c2-49b6-98a6-444530e5a77a", "Microsoft Edge"),
    (
        "f05ff7c9-f75a-4acd-a3b5-f4b6a870245d",
        "SharePoint for Android",
    ),
    ("f44b1140-bc5e-48c6-8dc0-5cf5a53c0e34", "Microsoft Edge"),
    (
        "fb78d390-0c51-40cd-8e17-fdbfab77341b",
        "Exchange Online PowerShell",
    ),
    (
        "fc0f3af4-6835-4174-b806-f7db311fd2f3",
        "Intune Windows Agent",
    ),
    (
        "fc780465-2017-40d4-a0c5-307022471b92",
        "Microsoft Defender for Endpoint",
    ),
];

/// Domains of Microsoft's services; an audience of a customer lies in the customer's
/// own domain or begins with `api://`.
const DOMAINS: [&str; 44] = [
    "azconfig.io",
    "azure.cn",
    "azure.com",
    "azure.net",
    "azure.us",
    "azurecr.io",
    "azuredatabricks.net",
    "azuresynapse.net",
    "azuresynapse.us",
    "bing.com",
    "chinacloudapi.cn",
    "cloud.microsoft",
    "cloudapi.de",
    "databricks.azure.cn",
    "dynamics.cn",
    "dynamics.com",
    "live.com",
    "lync.com",
    "microsoft.com",
    "microsoft.us",
    "microsoftazure.de",
    "microsoftazure.us",
    "microsoftdynamics.us",
    "microsoftonline.com",
    "msidentity.com",
    "office.com",
    "office.net",
    "office365.com",
    "office365.us",
    "onedrive.com",
    "outlook.com",
    "partner.outlook.cn",
    "powerapps.com",
    "powerapps.us",
    "powerbi.com",
    "powerplatform.com",
    "sharepoint.com",
    "sharepoint.us",
    "skype.com",
    "svc.ms",
    "usgovcloudapi.net",
    "visualstudio.com",
    "windows.net",
    "yammer.com",
];

/// Refuses an audience, or the resource of a scope, whose tokens open something of
/// Microsoft's.
pub(super) fn refuse_service(audience: &str) -> Result<(), Refusal> {
    let lower = audience.to_ascii_lowercase();
    let names_id = lower.split(['/', ':']).any(|part| name_of(part).is_some());
    if names_id || host_of(&lower).is_some_and(|host| is_of_a_service(&host)) {
        return Err(Refusal::new(
            Fault::DangerousAudience,
            format!(
                "The audience {} is a Microsoft service, not a VPN: the gateway would receive a token that opens your data there.",
                quoted(audience)
            ),
            "Do not use this profile, and tell your administrator where it came from.",
        ));
    }
    Ok(())
}

/// Refuses to sign in as one of Microsoft's own programs, which get tokens that the
/// user is never asked about.
pub(super) fn refuse_client(id: &str) -> Result<(), Refusal> {
    let Some(name) = name_of(&id.to_ascii_lowercase()) else {
        return Ok(());
    };
    Err(Refusal::new(
        Fault::DangerousClient,
        format!(
            "The client id {} is that of {name}, not of a VPN: as that program the profile would get tokens for other services without your consent.",
            quoted(id)
        ),
        "Do not use this profile, and tell your administrator where it came from.",
    ))
}

/// What an application of Microsoft is called; `None` for one of anybody else, and for
/// those of the VPN.
fn name_of(id: &str) -> Option<&'static str> {
    if is_of_the_first_days(id) {
        return Some("a Microsoft service");
    }
    let known = APPLICATIONS.iter().find(|(known, _)| *known == id);
    known.map(|(_, name)| *name)
}

/// Ids that Microsoft gave its first services by counting (Graph is
/// `00000003-0000-0000-c000-000000000000`, SharePoint
/// `00000003-0000-0ff1-ce00-000000000000`); those of customers are random.
fn is_of_the_first_days(id: &str) -> bool {
    let Some((number, rest)) = id.split_once('-') else {
        return false;
    };
    let counted = matches!(
        rest,
        "0000-0000-c000-000000000000" | "0000-0ff1-ce00-000000000000"
    );
    counted && number.len() == 8 && number.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The host of an audience that is a web address, or that is one but for its scheme.
fn host_of(audience: &str) -> Option<String> {
    let url = match audience.split_once("://") {
        Some(("api", _)) => return None,
        Some(_) => Url::parse(audience).ok()?,
        None => Url::parse(&format!("https://{audience}")).ok()?,
    };
    let host = url.host_str()?.trim_end_matches('.');
    Some(host.to_ascii_lowercase())
}

fn is_of_a_service(host: &str) -> bool {
    DOMAINS.iter().any(|domain| {
        host.strip_suffix(domain)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::{CLOUDS, MICROSOFT_REGISTERED_APP};
    use crate::entra::is_guid;

    #[test]
    fn the_tables_are_in_order_and_hold_nothing_of_the_vpn() {
        assert!(APPLICATIONS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(APPLICATIONS.iter().all(|(id, _)| is_guid(id)));
        assert!(DOMAINS.windows(2).all(|pair| pair[0] < pair[1]));
        let manual = CLOUDS.iter().map(|cloud| cloud.manually_registered_app);
        for own in manual.chain([MICROSOFT_REGISTERED_APP]) {
            assert_eq!(refuse_service(own), Ok(()), "{own}");
            assert_eq!(refuse_client(own), Ok(()), "{own}");
        }
    }
}
