//! What the kernel tells when it is asked by number or name (sysctl(3)).

use crate::error::HostError;
use std::ffi::CStr;
use std::io;
use std::ptr;

/// How often a table may grow between being measured and being read.
const TRIES: usize = 8;

/// The identity of this run of the system.
const BOOT_ID: &CStr = c"kern.bootsessionuuid";

/// A table of the routing system: `NET_RT_IFLIST` or `NET_RT_DUMP`, both families.
pub(crate) fn table(which: libc::c_int, operation: &str) -> Result<Vec<u8>, HostError> {
    let name = [libc::CTL_NET, libc::PF_ROUTE, 0, 0, which, 0];
    let mut result = Err(io::Error::from_raw_os_error(libc::ENOMEM));
    for _ in 0..TRIES {
        result = read_table(name);
        match &result {
            Err(error) if error.raw_os_error() == Some(libc::ENOMEM) => {}
            _ => break,
        }
    }
    result.map_err(|source| HostError::Kernel {
        operation: operation.to_owned(),
        source,
    })
}

/// What changes with every boot.
pub(crate) fn boot_id() -> Result<String, HostError> {
    read_text(BOOT_ID).map_err(|source| HostError::Kernel {
        operation: "read the boot id".to_owned(),
        source,
    })
}

#[expect(unsafe_code, reason = "the tables are read by sysctl and no other way")]
fn read_table(mut name: [libc::c_int; 6]) -> io::Result<Vec<u8>> {
    let parts = name.len() as libc::c_uint;
    let mut size = 0;
    // SAFETY: the name has as many parts as are told, and without a buffer the kernel
    // only writes the size it would need.
    let measured = unsafe {
        libc::sysctl(
            name.as_mut_ptr(),
            parts,
            ptr::null_mut(),
            &raw mut size,
            ptr::null_mut(),
            0,
        )
    };
    if measured < 0 {
        return Err(io::Error::last_os_error());
    }
    // It may grow meanwhile.
    size += size / 4 + 4096;
    let mut bytes = vec![0; size];
    // SAFETY: as above, and the kernel writes at most `size` bytes, which the buffer has.
    let read = unsafe {
        libc::sysctl(
            name.as_mut_ptr(),
            parts,
            bytes.as_mut_ptr().cast(),
            &raw mut size,
            ptr::null_mut(),
            0,
        )
    };
    if read < 0 {
        return Err(io::Error::last_os_error());
    }
    bytes.truncate(size);
    Ok(bytes)
}

#[expect(unsafe_code, reason = "the value is read by sysctl and no other way")]
fn read_text(name: &CStr) -> io::Result<String> {
    let mut bytes = vec![0_u8; 128];
    let mut size = bytes.len();
    // SAFETY: the name ends with a zero, and the kernel writes at most `size` bytes, which
    // the buffer has.
    let read = unsafe {
        libc::sysctlbyname(
            name.as_ptr(),
            bytes.as_mut_ptr().cast(),
            &raw mut size,
            ptr::null_mut(),
            0,
        )
    };
    if read < 0 {
        return Err(io::Error::last_os_error());
    }
    bytes.truncate(size);
    let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    Ok(String::from_utf8_lossy(text).into_owned())
}
