use super::element::Element;
use crate::error::{Fault, Refusal};
use crate::limits;
use crate::text::is_forbidden;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;

/// A parsed document.
pub(crate) struct Document {
    /// Its outermost element; paths start below it.
    pub(crate) root: Element,
    /// `encoding` of the XML declaration, in lower case.
    pub(crate) declared_encoding: Option<String>,
}

/// Parses a document within the bounds of [`limits`]; any DOCTYPE is refused, so
/// that no entity but XML's own five can exist.
pub(crate) fn parse(text: &str) -> Result<Document, Refusal> {
    let mut reader = Reader::from_str(text);
    let mut builder = Builder::default();
    loop {
        let event = reader
            .read_event()
            .map_err(|error| not_well_formed(text, reader.error_position(), &error.to_string()))?;
        let position = reader.buffer_position();
        match event {
            Event::Start(tag) => builder.open(&tag)?,
            Event::Empty(tag) => {
                builder.open(&tag)?;
                builder.close();
            }
            Event::End(_) => builder.close(),
            Event::Text(part) => builder
                .add(&part.xml_content(XmlVersion::Implicit1_0))
                .map_err(|outside| outside.at(text, position))?,
            Event::CData(part) => builder
                .add(&part.xml_content(XmlVersion::Implicit1_0))
                .map_err(|outside| outside.at(text, position))?,
            Event::GeneralRef(reference) => {
                let letter = resolve(&reference).ok_or_else(|| bad_entity(&reference))?;
                builder
                    .add(letter.encode_utf8(&mut [0; 4]))
                    .map_err(|outside| outside.at(text, position))?;
            }
            Event::DocType(_) => return Err(doctype(text)),
            Event::Decl(declaration) => {
                builder.declared_encoding = declaration
                    .encoding()
                    .and_then(Result::ok)
                    .map(|name| name.to_ascii_lowercase());
            }
            Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => return builder.finish(),
        }
    }
}

/// The elements that are open, and the finished root.
#[derive(Default)]
struct Builder {
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
    declared_encoding: Option<String>,
}

/// Why text cannot stand where it stands.
enum Misplaced {
    OutsideRoot,
    TooLong(String),
}

impl Misplaced {
    fn at(self, text: &str, position: u64) -> Refusal {
        match self {
            Self::OutsideRoot => {
                not_well_formed(text, position, "text stands outside the root element")
            }
            Self::TooLong(path) => Refusal::new(
                Fault::TooLarge,
                format!(
                    "The text of `{path}` is longer than {} bytes.",
                    limits::TEXT_BYTES
                ),
                "Check that this is azurevpnconfig.xml from the portal's package.",
            ),
        }
    }
}

impl Builder {
    fn open(&mut self, tag: &BytesStart<'_>) -> Result<(), Refusal> {
        self.elements += 1;
        if self.open.len() >= limits::DEPTH {
            return Err(too_complex(&format!(
                "more than {} levels of elements",
                limits::DEPTH
            )));
        }
        if self.elements > limits::ELEMENTS {
            return Err(too_complex(&format!(
                "more than {} elements",
                limits::ELEMENTS
            )));
        }
        if tag.len() > limits::TAG_BYTES {
            return Err(too_complex(&format!(
                "a tag longer than {} bytes",
                limits::TAG_BYTES
            )));
        }
        if self.root.is_some() {
            return Err(Refusal::new(
                Fault::NotWellFormed,
                "The file is not well-formed XML: a second root element follows the first.",
                "Keep one profile per file.",
            ));
        }
        let name = tag.local_name().as_ref().to_owned();
        if name.len() > limits::ELEMENT_NAME_BYTES {
            return Err(too_complex(&format!(
                "an element name longer than {} bytes",
                limits::ELEMENT_NAME_BYTES
            )));
        }
        let path = match self.open.last() {
            None => String::new(),
            Some(parent) if parent.path.is_empty() => name.clone(),
            Some(parent) => format!("{}/{name}", parent.path),
        };
        self.open.push(Element {
            nil: says_nil(tag),
            name,
            path,
            ..Element::default()
        });
        Ok(())
    }

    fn close(&mut self) {
        let Some(mut element) = self.open.pop() else {
            return;
        };
        number_repeated(&mut element);
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
    }

    fn add(&mut self, part: &str) -> Result<(), Misplaced> {
        match self.open.last_mut() {
            None if part.trim().is_empty() => Ok(()),
            None => Err(Misplaced::OutsideRoot),
            Some(element) if element.text.len() + part.len() > limits::TEXT_BYTES => {
                Err(Misplaced::TooLong(element.name.clone()))
            }
            Some(element) => {
                element.text.push_str(part);
                Ok(())
            }
        }
    }

    fn finish(self) -> Result<Document, Refusal> {
        if let Some(element) = self.open.last() {
            let name = &element.name;
            return Err(Refusal::new(
                Fault::NotWellFormed,
                format!("The file ends inside the element `{name}`: its end is cut off."),
                "Download or copy the profile again.",
            ));
        }
        match self.root {
            Some(root) => Ok(Document {
                root,
                declared_encoding: self.declared_encoding,
            }),
            None => Err(Refusal::new(
                Fault::NotAProfile,
                "The file contains no XML element, so it is no profile.",
                "Import azurevpnconfig.xml, or the portal's zip as it is.",
            )),
        }
    }
}

/// Gives children that share a name a number in their paths, and their own
/// children with them.
fn number_repeated(element: &mut Element) {
    let names: Vec<String> = element
        .children
        .iter()
        .map(|child| child.name.to_ascii_lowercase())
        .collect();
    let mut counts = std::collections::BTreeMap::<&str, (usize, usize)>::new();
    for name in &names {
        counts.entry(name).or_default().0 += 1;
    }
    for (child, name) in element.children.iter_mut().zip(&names) {
        let Some((total, seen)) = counts.get_mut(name.as_str()) else {
            continue;
        };
        *seen += 1;
        if *total > 1 {
            let (old, new) = (child.path.len(), format!("{}[{seen}]", child.path));
            renumber(child, old, &new);
        }
    }
}

fn renumber(element: &mut Element, old: usize, new: &str) {
    if let Some(rest) = element.path.get(old..) {
        element.path = format!("{new}{rest}");
    }
    for child in &mut element.children {
        renumber(child, old, new);
    }
}

fn says_nil(tag: &BytesStart<'_>) -> bool {
    tag.attributes()
        .with_checks(false)
        .flatten()
        .any(|attribute| {
            let value: &str = attribute.value.as_ref();
            attribute
                .key
                .local_name()
                .as_ref()
                .eq_ignore_ascii_case("nil")
                && matches!(value.trim(), "true" | "1")
        })
}

/// The character of `&amp;` and its four kin, or of a numeric reference.
fn resolve(reference: &BytesRef<'_>) -> Option<char> {
    let letter = match &**reference {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => reference.resolve_char_ref().ok().flatten()?,
    };
    (!is_forbidden(letter)).then_some(letter)
}

fn bad_entity(reference: &BytesRef<'_>) -> Refusal {
    let name: String = reference.chars().take(40).collect();
    Refusal::new(
        Fault::NotWellFormed,
        format!("The file uses `&{name};`, which is no character that XML allows."),
        "Write a plain `&` as `&amp;`, or download the profile again.",
    )
}

fn too_complex(what: &str) -> Refusal {
    Refusal::new(
        Fault::TooLarge,
        format!("The file has {what}; no profile has."),
        "Check that this is azurevpnconfig.xml from the portal's package.",
    )
}

fn doctype(text: &str) -> Refusal {
    let start = text.trim_start().get(..14).unwrap_or_default();
    if start.eq_ignore_ascii_case("<!doctype html") {
        return Refusal::new(
            Fault::NotAProfile,
            "The file is a web page (HTML), not a profile: the download probably ended at a sign-in page.",
            "Sign in to the Azure portal and download the profile package again.",
        );
    }
    Refusal::new(
        Fault::Doctype,
        "The file has a DOCTYPE, which no profile from the portal has and which Spoke refuses because it can hide expanding entities or files.",
        "Download the profile again, or remove the DOCTYPE in an editor.",
    )
}

fn not_well_formed(text: &str, position: u64, why: &str) -> Refusal {
    let position = usize::try_from(position).unwrap_or(usize::MAX);
    let before = text.get(..position.min(text.len())).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let why = why.trim_start_matches("ill-formed document: ");
    let why: String = why
        .chars()
        .filter(|letter| !letter.is_control())
        .take(200)
        .collect();
    Refusal::new(
        Fault::NotWellFormed,
        format!("The file is not well-formed XML (line {line}): {why}."),
        "Download the profile again, or correct that line in an editor.",
    )
}
