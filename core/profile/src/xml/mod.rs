//! From text to a bounded tree of elements.

mod element;
mod parse;

pub(crate) use element::Element;
pub(crate) use parse::{Document, parse};
