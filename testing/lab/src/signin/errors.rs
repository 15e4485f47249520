//! Refusals in Entra's shape.

use super::settings::Refusal;
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// One refusal.
pub(super) struct EntraError {
    /// OAuth's word, `invalid_grant` and the like.
    pub(super) error: &'static str,
    /// The number of AADSTS.
    pub(super) code: u32,
    /// The sentence after it.
    pub(super) text: String,
    /// Entra's finer word for some.
    pub(super) suberror: Option<&'static str>,
}

impl EntraError {
    pub(super) fn new(error: &'static str, code: u32, text: impl Into<String>) -> Self {
        Self {
            error,
            code,
            text: text.into(),
            suberror: None,
        }
    }

    /// `error_description`, with the trace that support asks for.
    pub(super) fn description(&self) -> String {
        format!(
            "AADSTS{}: {} Trace ID: {} Correlation ID: {} Timestamp: {}",
            self.code,
            self.text,
            TRACE,
            CORRELATION,
            timestamp()
        )
    }

    /// The body of a 400 answer.
    pub(super) fn json(&self) -> Value {
        let mut body = json!({
            "error": self.error,
            "error_description": self.description(),
            "error_codes": [self.code],
            "timestamp": timestamp(),
            "trace_id": TRACE,
            "correlation_id": CORRELATION,
            "error_uri": format!("https://login.lab.example/error?code={}", self.code),
        });
        if let (Some(word), Some(fields)) = (self.suberror, body.as_object_mut()) {
            fields.insert("suberror".to_owned(), json!(word));
        }
        body
    }
}

impl From<Refusal> for EntraError {
    fn from(refusal: Refusal) -> Self {
        let (error, code, text, suberror) = match refusal {
            Refusal::ConditionalAccess => (
                "invalid_grant",
                53003,
                "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
                Some("message_only"),
            ),
            Refusal::ConsentMissing => (
                "invalid_grant",
                65001,
                "The user or administrator has not consented to use the application. Send an interactive authorization request for this user and resource.",
                Some("consent_required"),
            ),
            Refusal::SecondFactor => (
                "interaction_required",
                50076,
                "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access the application.",
                Some("basic_action"),
            ),
            Refusal::DeviceNotCompliant => (
                "invalid_grant",
                53000,
                "Device is not in required device state: compliant. Conditional Access policy requires a compliant device, and the device is not compliant.",
                Some("message_only"),
            ),
        };
        Self {
            error,
            code,
            text: text.to_owned(),
            suberror,
        }
    }
}

const TRACE: &str = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c00";
const CORRELATION: &str = "5d4c3b2a-1f0e-4d9c-8b7a-6f5e4d3c2b1a";

fn timestamp() -> String {
    let seconds = unix_now();
    let (hours, minutes) = (seconds / 3600 % 24, seconds / 60 % 60);
    let (year, month, day) = civil_date(seconds / 86_400);
    format!(
        "{year:04}-{month:02}-{day:02} {hours:02}:{minutes:02}:{:02}Z",
        seconds % 60
    )
}

/// Seconds since the Unix epoch.
pub(super) fn unix_now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// The Gregorian date of a day counted from 1970-01-01, by the usual shift of the
/// year to begin in March.
fn civil_date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::civil_date;

    #[test]
    fn days_become_dates() {
        assert_eq!(civil_date(0), (1970, 1, 1));
        assert_eq!(civil_date(11_016), (2000, 2, 29));
        assert_eq!(civil_date(20_780), (2026, 11, 23));
    }
}
