//! `Dockerfile`, as far as tests read it.

use std::collections::BTreeMap;

/// Instructions and their arguments, with continued lines joined and comments left out.
pub fn instructions() -> Vec<(String, String)> {
    let text = crate::read("Dockerfile");
    let text: Vec<_> = text.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
    text.join("\n")
        .replace("\\\n", " ")
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let (name, rest) = line.trim().split_once(' ').unwrap_or_else(|| panic!("{line}"));
            (name.to_owned(), rest.split_whitespace().collect::<Vec<_>>().join(" "))
        })
        .collect()
}

/// The instructions of the last stage, which is the image.
pub fn runtime() -> Vec<(String, String)> {
    let all = instructions();
    let last = all.iter().rposition(|(name, _)| name == "FROM").unwrap();
    all[last..].to_vec()
}

/// The one instruction of the image with this name.
pub fn only(name: &str) -> String {
    let found: Vec<_> = runtime().into_iter().filter(|(other, _)| other == name).collect();
    assert_eq!(found.len(), 1, "{name}: {found:?}");
    found[0].1.clone()
}

/// The variables that the image sets.
pub fn environment() -> BTreeMap<String, String> {
    let pairs = only("ENV");
    let pairs = pairs.split(' ').map(|pair| pair.split_once('=').unwrap_or_else(|| panic!("{pair}")));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
