//! Programs of macOS, as far as it takes to see what was linked, and to put those of several
//! processors into one file. Layouts: `mach-o/loader.h` and `mach-o/fat.h` of Darwin.

/// A program of 64 bits for one processor.
const MAGIC: u32 = 0xfeed_facf;
/// Several of them in one file; this header's numbers have their high byte first.
const UNIVERSAL: u32 = 0xcafe_babe;
const HEADER: usize = 32;
/// `LC_LOAD_DYLIB`
const LIBRARY: u32 = 0xc;
/// `LC_CODE_SIGNATURE`
const SIGNATURE: u32 = 0x1d;
/// `LC_BUILD_VERSION`
const BUILD_VERSION: u32 = 0x32;
/// `PLATFORM_MACOS`
const MACOS: u32 = 1;
/// Pages of Apple's processors, which each program in a file begins at: 2 to the power of this.
const ALIGNMENT: u32 = 14;

/// Kinds of processors that macOS runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Processor {
    /// Apple's.
    Apple,
    /// Intel's.
    Intel,
}

impl Processor {
    /// Both, in the order in which they are packed.
    pub(crate) const ALL: [Self; 2] = [Self::Apple, Self::Intel];

    /// As rustc calls it.
    pub(crate) const fn target(self) -> &'static str {
        match self {
            Self::Apple => "aarch64-apple-darwin",
            Self::Intel => "x86_64-apple-darwin",
        }
    }

    /// As Zig calls it, with the oldest macOS that programs run on.
    pub(crate) const fn zig(self) -> &'static str {
        match self {
            Self::Apple => "aarch64-macos.11.0",
            Self::Intel => "x86_64-macos.10.15",
        }
    }

    /// The oldest macOS that programs run on.
    pub(crate) const fn least_macos(self) -> (u32, u32) {
        match self {
            Self::Apple => (11, 0),
            Self::Intel => (10, 15),
        }
    }

    /// `CPU_TYPE_ARM64`, `CPU_TYPE_X86_64`
    const fn kind(self) -> u32 {
        match self {
            Self::Apple => 0x0100_000c,
            Self::Intel => 0x0100_0007,
        }
    }

    /// `CPU_SUBTYPE_ARM64_ALL`, `CPU_SUBTYPE_X86_64_ALL`
    const fn subkind(self) -> u32 {
        match self {
            Self::Apple => 0,
            Self::Intel => 3,
        }
    }
}

/// What a program says of itself.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) processor: Processor,
    /// The oldest macOS that it runs on.
    pub(crate) least_macos: (u32, u32),
    /// What it is loaded with, by the paths on a Mac.
    pub(crate) libraries: Vec<String>,
    /// Apple's processors run nothing without, be it a signature by nobody.
    pub(crate) signed: bool,
}

impl Program {
    /// Reads what `bytes` are a program for.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, String> {
        if number(bytes, 0)? != MAGIC {
            return Err("this is no program of macOS with 64 bits".to_owned());
        }
        let kind = number(bytes, 4)?;
        let processor = Processor::ALL.into_iter().find(|one| one.kind() == kind);
        let mut program = Self {
            processor: processor.ok_or(format!("no processor is known as {kind:#x}"))?,
            least_macos: (0, 0),
            libraries: Vec::new(),
            signed: false,
        };
        let mut at = HEADER;
        for _ in 0..number(bytes, 16)? {
            let size = number(bytes, at + 4)? as usize;
            let end = at.checked_add(size).filter(|_| size >= 8);
            let command = end.and_then(|end| bytes.get(at..end));
            program.heed(command.ok_or("a load command is cut off")?)?;
            at += size;
        }
        Ok(program)
    }

    fn heed(&mut self, command: &[u8]) -> Result<(), String> {
        match number(command, 0)? {
            LIBRARY => {
                let from = number(command, 8)? as usize;
                let name = command.get(from..).ok_or("a library's name is cut off")?;
                let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
                self.libraries
                    .push(String::from_utf8_lossy(name).into_owned());
            }
            SIGNATURE => self.signed = true,
            BUILD_VERSION if number(command, 8)? == MACOS => {
                let version = number(command, 12)?;
                self.least_macos = (version >> 16, (version >> 8) & 0xff);
            }
            _ => {}
        }
        Ok(())
    }
}

/// Puts programs for different processors into one file.
pub(crate) fn universal(programs: &[Vec<u8>]) -> Result<Vec<u8>, String> {
    let count = u32::try_from(programs.len()).map_err(|error| error.to_string())?;
    let mut header = [UNIVERSAL, count].map(u32::to_be_bytes).concat();
    let mut body = Vec::new();
    let page = 1_usize << ALIGNMENT;
    for program in programs {
        let processor = Program::read(program)?.processor;
        body.resize(body.len().next_multiple_of(page), 0);
        // The header takes the first page.
        let place = u32::try_from(page + body.len()).map_err(|_| "the file is too large")?;
        let size = u32::try_from(program.len()).map_err(|_| "the program is too large")?;
        let entry = [
            processor.kind(),
            processor.subkind(),
            place,
            size,
            ALIGNMENT,
        ];
        header.extend(entry.map(u32::to_be_bytes).concat());
        body.extend_from_slice(program);
    }
    header.resize(page, 0);
    header.append(&mut body);
    Ok(header)
}

fn number(bytes: &[u8], at: usize) -> Result<u32, String> {
    let found = at.checked_add(4).and_then(|end| bytes.get(at..end));
    let found = found.and_then(|found| found.try_into().ok());
    found
        .map(u32::from_le_bytes)
        .ok_or("the file is cut off".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(processor: Processor, least: u32) -> Vec<u8> {
        let name = b"/usr/lib/libSystem.B.dylib\0\0\0\0\0\0";
        let library = [LIBRARY, 24 + 32, 24, 2, 0, 0].map(u32::to_le_bytes);
        let version = [BUILD_VERSION, 24, MACOS, least, least, 0].map(u32::to_le_bytes);
        let signature = [SIGNATURE, 16, 0, 0].map(u32::to_le_bytes);
        let commands = [
            &library.concat(),
            &name[..],
            &version.concat(),
            &signature.concat(),
        ]
        .concat();
        let length = u32::try_from(commands.len()).unwrap();
        let kind = processor.kind();
        let header = [MAGIC, kind, processor.subkind(), 2, 3, length, 0, 0];
        [header.map(u32::to_le_bytes).concat(), commands].concat()
    }

    #[test]
    fn a_program_says_what_it_runs_on() {
        let bytes = program(Processor::Intel, 0x000a_0f00);
        let read = Program::read(&bytes).unwrap();
        assert_eq!(read.processor, Processor::Intel);
        assert_eq!(read.least_macos, (10, 15));
        assert_eq!(read.libraries, ["/usr/lib/libSystem.B.dylib"]);
        assert!(read.signed);
    }

    #[test]
    fn what_is_cut_off_is_refused() {
        let bytes = program(Processor::Apple, 0x000b_0000);
        for length in 0..bytes.len() {
            assert!(Program::read(&bytes[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn each_program_of_a_universal_one_begins_at_a_page() {
        let programs = Processor::ALL.map(|one| program(one, 0x000b_0000));
        let joined = universal(&programs).unwrap();
        let field = |at: usize| {
            let bytes = joined[at..at + 4].try_into().unwrap();
            u32::from_be_bytes(bytes) as usize
        };
        assert_eq!((field(0), field(4)), (UNIVERSAL as usize, 2));
        for (at, program) in programs.iter().enumerate() {
            let entry = 8 + 20 * at;
            let (place, size) = (field(entry + 8), field(entry + 12));
            assert_eq!(place % (1 << ALIGNMENT), 0);
            assert_eq!(&joined[place..place + size], program);
            let processor = Program::read(program).unwrap().processor;
            assert_eq!(field(entry), processor.kind() as usize);
        }
    }
}
