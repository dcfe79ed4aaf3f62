//! A page as the browser reads it.

use html5ever::{parse_document, tendril::TendrilSink};
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use std::collections::BTreeMap;

/// An element with its attributes and the text inside.
pub struct Element {
    /// Its name, such as `button`.
    pub name: String,
    /// Its attributes by name.
    pub attributes: BTreeMap<String, String>,
    /// The text of it and all inside, with single spaces.
    pub text: String,
    /// The names of the elements around, the nearest last.
    pub around: Vec<String>,
}

/// A parsed page: what the parser complains about, and all elements in their order.
pub struct Page {
    /// What the parser complains about.
    pub errors: Vec<String>,
    /// All elements in their order.
    pub elements: Vec<Element>,
}

impl Page {
    /// Reads a whole page.
    pub fn parse(html: &str) -> Self {
        let dom = parse_document(RcDom::default(), html5ever::ParseOpts::default()).one(html);
        let mut elements = Vec::new();
        collect(&dom.document, &mut Vec::new(), &mut elements);
        let errors = dom.errors.borrow().iter().map(ToString::to_string).collect();
        Self { errors, elements }
    }

    /// The elements of one name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.elements.iter().filter(move |element| element.name == name)
    }

    /// The values of one attribute of all elements.
    pub fn values<'a>(&'a self, attribute: &'a str) -> impl Iterator<Item = &'a str> {
        self.elements.iter().filter_map(move |element| element.get(attribute))
    }

    /// Whether an element has this `id`.
    pub fn has_id(&self, id: &str) -> bool {
        self.values("id").any(|found| found == id)
    }

    /// What a keyboard reaches, in its order.
    pub fn focusable(&self) -> impl Iterator<Item = &Element> {
        self.elements.iter().filter(|element| match element.name.as_str() {
            "a" => element.get("href").is_some(),
            "button" | "select" | "textarea" | "summary" => true,
            "input" => element.get("type") != Some("hidden"),
            _ => element.get("tabindex").is_some_and(|index| index != "-1"),
        })
    }
}

impl Element {
    /// The value of an attribute.
    pub fn get(&self, attribute: &str) -> Option<&str> {
        self.attributes.get(attribute).map(String::as_str)
    }
}

fn collect(node: &Handle, around: &mut Vec<String>, elements: &mut Vec<Element>) {
    let NodeData::Element { name, attrs, .. } = &node.data else {
        return node.children.borrow().iter().for_each(|child| collect(child, around, elements));
    };
    let name = name.local.to_string();
    let attributes = attrs
        .borrow()
        .iter()
        .map(|attribute| (attribute.name.local.to_string(), attribute.value.to_string()))
        .collect();
    let mut text = String::new();
    read(node, &mut text);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    elements.push(Element { name: name.clone(), attributes, text, around: around.clone() });
    around.push(name);
    node.children.borrow().iter().for_each(|child| collect(child, around, elements));
    around.pop();
}

fn read(node: &Handle, text: &mut String) {
    if let NodeData::Text { contents } = &node.data {
        text.push_str(&contents.borrow());
    }
    node.children.borrow().iter().for_each(|child| read(child, text));
}
