//! Faults of profiles and of their fields, as problems.

use spoke_api::{Problem, ProblemCode};
use spoke_profile::{FieldError, ReadError};

/// A value that cannot stand in a field of `whose`.
#[must_use]
pub fn in_field(whose: &str, error: &FieldError) -> Problem {
    Problem::new(
        ProblemCode::ProfileInvalid,
        format!("{whose}: {} cannot be taken.", error.field),
        error.next.clone(),
    )
    .cause(error.message.clone())
    .detail(format!("code {}", error.kind.code()))
}

/// Every field of a profile that cannot stand.
#[must_use]
pub fn in_profile(name: &str, errors: &[FieldError]) -> Problem {
    let [first, more @ ..] = errors else {
        return Problem::new(
            ProblemCode::ProfileInvalid,
            format!("The profile {name} is not valid."),
            format!("spoke profile check {name}"),
        );
    };
    let mut problem = in_field(&format!("The profile {name}"), first);
    for error in more {
        problem = problem.detail(error.to_string());
    }
    if !more.is_empty() {
        let fields: Vec<_> = more.iter().map(|error| error.field.as_str()).collect();
        let cause = problem.cause.take().unwrap_or_default();
        problem.cause = Some(format!("{cause} Also wrong: {}.", fields.join(", ")));
    }
    problem
}

/// Why a file, or one inside a package, cannot be imported.
#[must_use]
pub fn in_file(name: &str, error: &ReadError) -> Problem {
    let place = match error.element.as_str() {
        "" => String::new(),
        element => format!("{element}: "),
    };
    Problem::new(
        ProblemCode::ProfileInvalid,
        format!("{name} cannot be imported."),
        error.next.clone(),
    )
    .cause(format!("{place}{}", error.message))
    .detail(format!("code {}", error.code()))
}
