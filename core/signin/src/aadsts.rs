//! What Entra's error numbers mean, and what to do about each.

/// What a refusal calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// This client id may not ask for that audience: try the next one.
    OtherClient,
    /// The redirect URI is not registered: try the other port, then a device code.
    OtherRedirect,
    /// A person has to sign in (again).
    Interactive,
    /// An administrator has to change something.
    Admin,
    /// The organisation's access rules say no to this device, place or way.
    Policy,
    /// The user's account is the obstacle.
    Account,
    /// The user said no.
    Declined,
    /// The profile names a tenant or application that does not exist.
    Profile,
    /// The server is in trouble: the same may work in a while.
    Transient,
    /// Nothing more exact is known.
    Other,
}

/// One number of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aadsts {
    /// The digits after `AADSTS`.
    pub code: u32,
    /// What it calls for.
    pub kind: RefusalKind,
    /// What it means, one sentence.
    pub meaning: &'static str,
    /// What to do next.
    pub next: &'static str,
}

impl Aadsts {
    /// Every number that Spoke knows, ascending.
    pub const TABLE: &[Self] = TABLE;

    /// The entry of this number.
    #[must_use]
    pub fn find(code: u32) -> Option<&'static Self> {
        let at = TABLE.binary_search_by_key(&code, |entry| entry.code).ok()?;
        TABLE.get(at)
    }
}

const fn entry(code: u32, kind: RefusalKind, meaning: &'static str, next: &'static str) -> Aadsts {
    Aadsts {
        code,
        kind,
        meaning,
        next,
    }
}

const CHECK: &str = "Compare the profile with the gateway's page in the Azure portal, or download it again: spoke profile check";
const SIGN_IN: &str = "Sign in again: spoke login";
const OTHER_ACCOUNT: &str = "Sign in with another account: spoke logout, then spoke login";
const CONSENT: &str = "Ask an administrator of the tenant to consent to the VPN application.";

use RefusalKind as Kind;

/// Meanings follow Microsoft's list "Microsoft Entra authentication and
/// authorization error codes".
const TABLE: &[Aadsts] = &[
    entry(
        16000,
        Kind::Interactive,
        "Several accounts are signed in, or the one that is cannot be used here.",
        "Choose the account on the sign-in page: spoke login",
    ),
    entry(
        50001,
        Kind::Profile,
        "The tenant does not know the application that the profile's audience names.",
        CHECK,
    ),
    entry(
        50005,
        Kind::Policy,
        "The organisation does not allow this kind of device.",
        "Sign in from a device that your organisation supports, or ask its administrator.",
    ),
    entry(
        50011,
        Kind::OtherRedirect,
        "The application does not accept the address that the browser would come back to.",
        "Use a device code: spoke login --device-code",
    ),
    entry(
        50020,
        Kind::Account,
        "The account is not a member of the tenant and not a guest of it.",
        OTHER_ACCOUNT,
    ),
    entry(
        50034,
        Kind::Account,
        "The account does not exist in the tenant.",
        OTHER_ACCOUNT,
    ),
    entry(
        50053,
        Kind::Account,
        "The account is locked after too many sign-ins with a wrong password, or from a blocked address.",
        "Wait a while, or ask your administrator to unlock it.",
    ),
    entry(
        50055,
        Kind::Interactive,
        "The password has expired.",
        "Change it on the sign-in page: spoke login",
    ),
    entry(
        50057,
        Kind::Account,
        "The account is disabled.",
        "Ask your administrator.",
    ),
    entry(50058, Kind::Interactive, "Nobody is signed in.", SIGN_IN),
    entry(
        50059,
        Kind::Profile,
        "The tenant of the profile was not found.",
        CHECK,
    ),
    entry(
        50072,
        Kind::Interactive,
        "A second factor has to be set up first.",
        "Set it up on the sign-in page: spoke login",
    ),
    entry(
        50074,
        Kind::Interactive,
        "A second factor is needed.",
        SIGN_IN,
    ),
    entry(
        50076,
        Kind::Interactive,
        "A second factor is needed, because of a rule or because you are in a new place.",
        SIGN_IN,
    ),
    entry(
        50078,
        Kind::Interactive,
        "The second factor was given too long ago.",
        SIGN_IN,
    ),
    entry(
        50079,
        Kind::Interactive,
        "A second factor has to be set up first.",
        "Set it up on the sign-in page: spoke login",
    ),
    entry(
        50097,
        Kind::Policy,
        "The organisation wants to know the device, and this one has not been shown.",
        "Sign in with a browser that knows this device (the Company Portal's extension), or ask your administrator.",
    ),
    entry(
        50105,
        Kind::Account,
        "The account is not assigned to the VPN application.",
        "Ask an administrator to assign you to the application.",
    ),
    entry(
        50126,
        Kind::Account,
        "User name or password is wrong.",
        SIGN_IN,
    ),
    entry(
        50129,
        Kind::Policy,
        "The device is not joined to the organisation.",
        "Use a device that is joined, or ask your administrator.",
    ),
    entry(
        50132,
        Kind::Interactive,
        "The sign-in was revoked, for example by a new password.",
        SIGN_IN,
    ),
    entry(
        50133,
        Kind::Interactive,
        "The sign-in ended with a changed or expired password.",
        SIGN_IN,
    ),
    entry(
        50158,
        Kind::Interactive,
        "The organisation wants a further proof.",
        SIGN_IN,
    ),
    entry(
        50173,
        Kind::Interactive,
        "The sign-in was revoked: the password was changed or reset.",
        SIGN_IN,
    ),
    entry(
        50196,
        Kind::Transient,
        "Too many requests in a row.",
        "Wait some minutes, then: spoke login",
    ),
    entry(
        53000,
        Kind::Policy,
        "The organisation's rules want a compliant device, and this one is not known as such.",
        "Sign in with a browser that knows this device (the Company Portal's extension), or ask your administrator.",
    ),
    entry(
        53001,
        Kind::Policy,
        "The organisation's rules want a device joined to its domain.",
        "Use a device that is joined, or ask your administrator.",
    ),
    entry(
        53003,
        Kind::Policy,
        "A Conditional Access rule blocks this sign-in; some organisations block device codes this way.",
        "Sign in with the browser: spoke login --browser; if that fails too, ask your administrator.",
    ),
    entry(
        53004,
        Kind::Policy,
        "The second factor cannot be set up from here because the sign-in looks risky.",
        "Set it up from a known place, or ask your administrator.",
    ),
    entry(
        65001,
        Kind::Admin,
        "Nobody has consented to the VPN application in this tenant.",
        CONSENT,
    ),
    entry(
        65004,
        Kind::Declined,
        "Consent to the VPN application was declined.",
        "Sign in again and accept: spoke login",
    ),
    entry(
        65005,
        Kind::Profile,
        "The application asks for access that it is not set up for.",
        CHECK,
    ),
    entry(
        70000,
        Kind::Interactive,
        "The sign-in is no longer valid.",
        SIGN_IN,
    ),
    entry(
        70008,
        Kind::Interactive,
        "The sign-in has expired.",
        SIGN_IN,
    ),
    entry(
        70011,
        Kind::Profile,
        "The scope asked for is not valid.",
        CHECK,
    ),
    entry(
        70043,
        Kind::Interactive,
        "The organisation's sign-in frequency is over.",
        SIGN_IN,
    ),
    entry(
        75016,
        Kind::Policy,
        "The device has to be managed by the organisation.",
        "Use a managed device, or ask your administrator.",
    ),
    entry(
        90002,
        Kind::Profile,
        "The tenant of the profile was not found.",
        CHECK,
    ),
    entry(
        90014,
        Kind::Other,
        "The request lacks a field that the server wants.",
        "Report it with the details: spoke login --verbose",
    ),
    entry(
        90033,
        Kind::Transient,
        "The sign-in service is unavailable for a moment.",
        "Try again in a minute: spoke login",
    ),
    entry(
        90072,
        Kind::Account,
        "The account is not a member of the tenant; it must be invited first.",
        OTHER_ACCOUNT,
    ),
    entry(
        90094,
        Kind::Admin,
        "An administrator has to consent to the VPN application.",
        CONSENT,
    ),
    entry(
        135011,
        Kind::Policy,
        "The device is disabled in the organisation.",
        "Ask your administrator.",
    ),
    entry(
        500011,
        Kind::Profile,
        "The audience of the profile does not exist in the tenant, or nobody has consented to it.",
        "Ask an administrator to consent to the VPN application, or compare the audience: spoke profile check",
    ),
    entry(
        500113,
        Kind::OtherRedirect,
        "The application has no address that the browser could come back to.",
        "Use a device code: spoke login --device-code",
    ),
    entry(
        500121,
        Kind::Interactive,
        "The second factor was not given.",
        "Sign in again and confirm it: spoke login",
    ),
    entry(
        530002,
        Kind::Policy,
        "The organisation's rules want a compliant device.",
        "Sign in with a browser that knows this device (the Company Portal's extension), or ask your administrator.",
    ),
    entry(
        530003,
        Kind::Policy,
        "The organisation's rules want a managed device.",
        "Use a managed device, or ask your administrator.",
    ),
    entry(
        530034,
        Kind::Policy,
        "A delegated administrator is blocked by the organisation's rules.",
        "Ask your administrator.",
    ),
    entry(
        650052,
        Kind::Admin,
        "The application that the audience names is not set up in this tenant.",
        "Ask an administrator to register the VPN application in the tenant.",
    ),
    entry(
        650053,
        Kind::Profile,
        "The application asks for a scope that the audience does not have.",
        CHECK,
    ),
    entry(
        650054,
        Kind::Admin,
        "The application asks for an API that is gone or was never consented to.",
        CONSENT,
    ),
    entry(
        650056,
        Kind::Admin,
        "The application is set up wrongly, or was not consented to.",
        CONSENT,
    ),
    entry(
        650057,
        Kind::OtherClient,
        "The client id may not ask for this audience.",
        "Let an administrator change the gateway's audience to the Microsoft-registered one, or name another client: spoke profile set PROFILE client-id=ID",
    ),
    entry(
        700003,
        Kind::Policy,
        "The device is no longer known to the organisation.",
        "Register the device again, or ask your administrator.",
    ),
    entry(
        700016,
        Kind::OtherClient,
        "The application was not found in the tenant.",
        CHECK,
    ),
    entry(
        700082,
        Kind::Interactive,
        "The sign-in ended because it was not used for too long.",
        SIGN_IN,
    ),
    entry(700084, Kind::Interactive, "The sign-in has ended.", SIGN_IN),
    entry(
        900144,
        Kind::Other,
        "The request lacks a field that the server wants.",
        "Report it with the details: spoke login --verbose",
    ),
    entry(
        7000014,
        Kind::Other,
        "The device code is not known.",
        "Ask for a new one: spoke login --device-code",
    ),
    entry(
        7000218,
        Kind::Profile,
        "The application is not registered for programs on people's computers (public clients).",
        "Ask an administrator to allow public client flows for the application.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_speaks_in_sentences() {
        assert!(TABLE.windows(2).all(|pair| pair[0].code < pair[1].code));
        for entry in TABLE {
            assert!(entry.meaning.ends_with('.'), "{}", entry.code);
            assert!(!entry.next.is_empty(), "{}", entry.code);
        }
        assert_eq!(Aadsts::find(65001).unwrap().kind, Kind::Admin);
        assert_eq!(Aadsts::find(1), None);
    }
}
