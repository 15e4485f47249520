use std::os::fd::AsFd;

/// Other systems decide by themselves when to acknowledge.
pub(crate) const fn acknowledge_quickly<S: AsFd>(_socket: &S) {}
