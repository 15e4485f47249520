//! The manual's table of AADSTS numbers is that of the code.

use spoke_signin::Aadsts;

#[test]
fn the_manual_lists_every_number_as_the_program_explains_it() {
    let manual = include_str!("../../../docs/sign-in.md");
    let rows: Vec<String> = Aadsts::TABLE
        .iter()
        .map(|entry| {
            format!(
                "| AADSTS{} | {} | {} |",
                entry.code, entry.meaning, entry.next
            )
        })
        .collect();
    let table = rows.join("\n");
    assert!(
        manual.contains(&table),
        "put these rows into docs/sign-in.md:\n{table}\n"
    );
}
