//! Bounds on what is read. A real profile is about 3 KiB with 40 elements and four
//! levels; the bounds leave a thousand routes ample room.

/// Bytes in one profile document.
pub(crate) const DOCUMENT_BYTES: usize = 1024 * 1024;
/// Levels of nested elements.
pub(crate) const DEPTH: usize = 16;
/// Elements in one document.
pub(crate) const ELEMENTS: usize = 10_000;
/// Bytes of text directly inside one element.
pub(crate) const TEXT_BYTES: usize = 64 * 1024;
/// Bytes of one element name.
pub(crate) const ELEMENT_NAME_BYTES: usize = 64;
/// Bytes of one tag with its attributes.
pub(crate) const TAG_BYTES: usize = 16 * 1024;
/// Findings that are kept for one document.
pub(crate) const FINDINGS: usize = 200;
/// Characters in a profile's name.
pub(crate) const NAME_CHARS: usize = 100;
/// Gateways of one profile.
pub(crate) const SERVERS: usize = 64;
/// Routes, DNS servers or suffixes in one list.
pub(crate) const LIST_ENTRIES: usize = 4096;
/// Entries in one list of what OpenVPN is told, such as ciphers or filters.
pub(crate) const PROTOCOL_ENTRIES: usize = 100;
/// Directives of one `.ovpn` file.
pub(crate) const DIRECTIVES: usize = 10_000;
/// Files that one `.ovpn` file may name.
pub(crate) const NEEDED_FILES: usize = 16;
/// Root certificates of one `.ovpn` file.
pub(crate) const CA_CERTIFICATES: usize = ROOT_CERTIFICATES;
/// Certificates in the chain of a client.
pub(crate) const CHAIN_CERTIFICATES: usize = 10;
/// Fingerprints, digests or lists of revoked certificates in one profile.
pub(crate) const CERTIFICATE_RULES: usize = 32;
/// Routes that an Azure gateway serves to OpenVPN clients (Microsoft's FAQ).
pub(crate) const AZURE_ROUTES: usize = 1000;
/// Bytes of a portal package; real ones, with Windows installers, stay under 1 MiB.
pub(crate) const PACKAGE_BYTES: usize = 16 * 1024 * 1024;
/// Entries in a package or files in a folder.
pub(crate) const PACKAGE_ENTRIES: usize = 1000;
/// Bytes unpacked from one package in total.
pub(crate) const UNPACKED_BYTES: usize = 8 * 1024 * 1024;
/// Bytes of one certificate file.
pub(crate) const CERTIFICATE_BYTES: usize = 64 * 1024;
/// Root certificates kept with one profile.
pub(crate) const ROOT_CERTIFICATES: usize = 16;
