use crate::{
    About, Answer, ExportRequest, FormReport, ImportChoice, ImportPlan, Leaving, Picture,
    Preferences, ProfileDetail, ProfileForm,
};
use spoke_api::{LogLine, ProbeReport};
use spoke_diagnose::Explanation;
use std::collections::BTreeMap;
use ts_rs::{Config, TS, TypeVisitor};

/// The TypeScript module with all types that the window's pages share with the program,
/// in the order of their names.
#[must_use]
pub fn typescript() -> String {
    // What is counted here (bytes, milliseconds) stays far under 2^53.
    let config = Config::new().with_large_int("number");
    let mut types = Types {
        config: &config,
        declarations: BTreeMap::new(),
    };
    types.visit::<Picture>();
    types.visit::<Answer>();
    types.visit::<ImportPlan>();
    types.visit::<ImportChoice>();
    types.visit::<ProfileForm>();
    types.visit::<FormReport>();
    types.visit::<ProfileDetail>();
    types.visit::<ExportRequest>();
    types.visit::<Preferences>();
    types.visit::<Leaving>();
    types.visit::<About>();
    types.visit::<LogLine>();
    types.visit::<ProbeReport>();
    types.visit::<Explanation>();
    let mut module = "// Written by `cargo xtask types` from the types of core/view, core/api, core/diagnose and core/profile.\n".to_owned();
    for (docs, declaration) in types.declarations.values() {
        module.push('\n');
        module.push_str(docs);
        module.push_str("export ");
        module.push_str(declaration);
        module.push('\n');
    }
    module
}

struct Types<'a> {
    config: &'a Config,
    declarations: BTreeMap<String, (String, String)>,
}

impl TypeVisitor for Types<'_> {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // Types of the language have no place of their own to be declared in.
        if T::output_path().is_some() {
            let name = T::ident(self.config);
            let declaration = T::decl(self.config);
            if let Some((_, known)) = self.declarations.get(&name) {
                debug_assert_eq!(known, &declaration, "two types have one name");
                return;
            }
            let docs = T::docs().unwrap_or_default();
            self.declarations.insert(name, (docs, declaration));
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

#[cfg(test)]
mod tests {
    use super::typescript;

    #[test]
    fn every_type_that_is_named_is_declared() {
        let module = typescript();
        for name in [
            "State",
            "Problem",
            "Finding",
            "FindingCode",
            "UserPrompt",
            "Row",
        ] {
            assert!(module.contains(&format!("export type {name} =")), "{name}");
        }
        assert!(!module.contains("bigint"));
    }
}
