use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixDatagram;

/// Rung by any thread; its descriptor is readable until it is silenced.
pub(crate) struct Bell {
    rope: UnixDatagram,
    clapper: UnixDatagram,
}

impl Bell {
    pub(crate) fn new() -> io::Result<Self> {
        let (rope, clapper) = UnixDatagram::pair()?;
        rope.set_nonblocking(true)?;
        clapper.set_nonblocking(true)?;
        Ok(Self { rope, clapper })
    }

    pub(crate) fn ring(&self) {
        // It fails only when the bell has rung so often that it is heard anyway.
        let _ = self.rope.send(&[1]);
    }

    pub(crate) fn silence(&self) {
        while self.clapper.recv(&mut [0]).is_ok() {}
    }
}

impl AsFd for Bell {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.clapper.as_fd()
    }
}
