use crate::model::Profile;
use crate::view::ProfileView;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One field in which two profiles differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Difference {
    /// The field, by its name in the document `spoke.profile/1`, or `server_secret`.
    pub field: String,
    /// What the first has; absent when it has none. Secrets are not shown.
    pub before: Option<String>,
    /// What the second has; absent when it has none.
    pub after: Option<String>,
}

/// Where two profiles differ, field by field. Secrets differ without being shown.
#[must_use]
pub fn differences(before: &Profile, after: &Profile) -> Vec<Difference> {
    let (old, new) = (fields(before), fields(after));
    let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
    names.sort();
    names.dedup();
    let mut found: Vec<Difference> = names
        .into_iter()
        .filter(|name| old.get(*name) != new.get(*name))
        .map(|name| Difference {
            field: name.clone(),
            before: old.get(name).and_then(text),
            after: new.get(name).and_then(text),
        })
        .collect();
    if before.server_check.wrapping != after.server_check.wrapping {
        found.push(Difference {
            field: "server_secret".to_owned(),
            before: Some("(hidden)".to_owned()),
            after: Some("(another, hidden)".to_owned()),
        });
    }
    found
}

fn fields(profile: &Profile) -> Map<String, Value> {
    match serde_json::to_value(ProfileView::from(profile)) {
        Ok(Value::Object(fields)) => flattened(fields),
        _ => Map::new(),
    }
}

/// The fields of an object inside stand as `object.field`.
fn flattened(fields: Map<String, Value>) -> Map<String, Value> {
    let mut flat = Map::new();
    for (name, value) in fields {
        match value {
            Value::Object(inner) => {
                flat.extend(
                    inner
                        .into_iter()
                        .map(|(key, value)| (format!("{name}.{key}"), value)),
                );
            }
            value => {
                flat.insert(name, value);
            }
        }
    }
    flat
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(list) if list.is_empty() => None,
        Value::Array(list) => Some(list.iter().filter_map(text).collect::<Vec<_>>().join(", ")),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Assignment, ReadOptions, ServerSecret};

    #[test]
    fn a_field_inside_another_is_told_by_both_names_and_a_secret_by_none_of_its_digits() {
        let secret = |digits: &str| ServerSecret::from_text(&digits.repeat(256)).unwrap();
        let before = Profile::draft("office", secret("0f"));
        let mut after = Profile::draft("office", secret("a5"));
        assert_eq!(differences(&before, &before), []);
        for text in ["mtu=1400", "reneg-sec=60"] {
            let assignment: Assignment = text.parse().unwrap();
            after.set(&assignment, &ReadOptions::default()).unwrap();
        }
        let found = differences(&before, &after);
        let fields: Vec<_> = found.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(fields, ["mtu", "protocol.reneg-sec", "server_secret"]);
        assert_eq!(found[0].before, None);
        assert_eq!(found[0].after.as_deref(), Some("1400"));
        let shown = format!("{found:?}");
        assert!(!shown.contains("0f0f") && !shown.contains("a5a5"));
    }
}
