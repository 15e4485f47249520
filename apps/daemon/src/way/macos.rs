/// What is sent goes by the link of its socket's address, as long as that is there.
pub(super) const BY_ROUTE: bool = false;
