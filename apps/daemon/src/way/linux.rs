/// What is sent goes by the route to the peer, whatever address its socket has.
pub(super) const BY_ROUTE: bool = true;
