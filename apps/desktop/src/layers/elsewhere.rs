/// Other systems' web views know by themselves.
pub(crate) const fn do_without() {}
