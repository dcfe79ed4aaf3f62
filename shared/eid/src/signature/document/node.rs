//! An element of the document, with no more than what reading BankID's layout needs.

use super::{DATA_TYPE, DocumentFault};
use uppsala::{Document, Element, NodeId, NodeKind};

const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
const MIXED: DocumentFault = DocumentFault::Layout("text beside elements");
const NO_TEXT: DocumentFault = DocumentFault::Layout("something else than text");

/// An element in its document.
#[derive(Clone, Copy)]
pub struct Node<'d> {
    pub document: &'d Document<'d>,
    pub id: NodeId,
    element: &'d Element<'d>,
}

impl<'d> Node<'d> {
    /// The root of a document that has nothing but elements and text.
    pub fn root(document: &'d Document<'d>) -> Result<Self, DocumentFault> {
        let root = document.document_element().ok_or(DocumentFault::Xml)?;
        let is_plain = |id| matches!(document.node_kind(id), Some(NodeKind::Element(_) | NodeKind::Text(_)));
        let is_alone =
            document.children(document.root()).iter().all(|id| *id == root || !is_comment(document, *id));
        if !is_alone || !document.descendants(root).into_iter().all(is_plain) {
            return Err(DocumentFault::Layout("comments, processing instructions or CDATA"));
        }
        Self::at(document, root).ok_or(DocumentFault::Xml)
    }

    fn at(document: &'d Document<'d>, id: NodeId) -> Option<Self> {
        Some(Self { document, id, element: document.element(id)? })
    }

    /// Whether it is the XML signature's element of this name.
    pub fn is_dsig(self, name: &str) -> bool {
        self.element.matches_name_ns(DSIG, name)
    }

    /// Whether it is BankID's element of this name.
    pub fn is_bankid(self, name: &str) -> bool {
        self.element.matches_name_ns(DATA_TYPE, name)
    }

    /// The value of an attribute without a namespace.
    pub fn attribute(self, name: &str) -> Option<&'d str> {
        let mut attributes = self.element.attributes.iter();
        let found = attributes.find(|a| a.name.namespace_uri.is_none() && a.name.local_name == name);
        found.map(|attribute| &*attribute.value)
    }

    /// The elements within it. Text between them may only be white space.
    pub fn elements(self) -> Result<Vec<Self>, DocumentFault> {
        let mut elements = Vec::new();
        for id in self.document.children(self.id) {
            match self.document.node_kind(id) {
                Some(NodeKind::Text(text)) if text.trim_ascii().is_empty() => {}
                _ => elements.push(Self::at(self.document, id).ok_or(MIXED)?),
            }
        }
        Ok(elements)
    }

    /// The elements within it, which are exactly so many.
    pub fn children<const N: usize>(self) -> Result<[Self; N], DocumentFault> {
        let elements = self.elements()?;
        elements.try_into().map_err(|_| DocumentFault::Layout("an element too many or too few"))
    }

    /// BankID's element of this name within it, of which there is at most one.
    pub fn optional(self, name: &'static str) -> Result<Option<Self>, DocumentFault> {
        let mut found = self.elements()?.into_iter().filter(|node| node.is_bankid(name));
        let first = found.next();
        if found.next().is_some() { Err(DocumentFault::Layout(name)) } else { Ok(first) }
    }

    /// The text within it.
    pub fn text(self) -> Result<&'d str, DocumentFault> {
        match self.document.children(self.id).as_slice() {
            [] => Ok(""),
            [only] => match self.document.node_kind(*only) {
                Some(NodeKind::Text(text)) => Ok(text),
                _ => Err(NO_TEXT),
            },
            _ => Err(NO_TEXT),
        }
    }

    /// It has this id, and nothing else in the document has, however it is written.
    pub fn must_have_id(self, id: &'static str) -> Result<(), DocumentFault> {
        let elements = self.document.descendants(self.document.root()).into_iter();
        let attributes = elements.filter_map(|id| self.document.element(id)).flat_map(|e| &e.attributes);
        let named = attributes.filter(|a| a.name.local_name.eq_ignore_ascii_case("id") && a.value == id);
        if self.attribute("Id") == Some(id) && named.count() == 1 {
            Ok(())
        } else {
            Err(DocumentFault::Layout(id))
        }
    }
}

fn is_comment(document: &Document<'_>, id: NodeId) -> bool {
    matches!(document.node_kind(id), Some(NodeKind::Comment(_) | NodeKind::ProcessingInstruction(_)))
}
