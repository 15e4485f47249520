/// Something of the host's network has changed, and not by Spoke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostEvent {
    /// A link came, went, or went up or down.
    Link,
    /// An address came or went.
    Address,
    /// A route came or went.
    Route,
    /// What the system makes of its networks: which one is first, their resolvers,
    /// whether one wants a sign-in of its own.
    Service,
}
