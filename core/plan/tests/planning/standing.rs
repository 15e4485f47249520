//! What of a setup still stands, and whether another program took the rest away.

use super::Case;
use spoke_plan::{Via, Wanted, diff};

#[test]
fn what_went_with_its_link_was_taken_away_by_nobody() {
    let case = Case::new().redirected();
    let mut model = case.model.clone();
    let wanted = case.plan().wanted;
    model.open_device("spoke0");
    for change in diff(&Wanted::nothing(), &wanted) {
        model.apply(&change);
    }
    let physical = |via: &Via| matches!(via, Via::Physical { .. });
    let mut meddled = model.clone();
    meddled.routes.retain(|_, via| !physical(via));
    let (standing, lost) = wanted.standing(&meddled.view());
    assert!(standing != wanted && lost.len() == 1, "{lost:?}");
    meddled.links.retain(|name, _| name == "spoke0");
    let (standing, lost) = wanted.standing(&meddled.view());
    assert!(standing != wanted && lost.is_empty(), "{lost:?}");
}
