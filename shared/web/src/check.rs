//! Walks parsed templates for names that must exist, so that a page never fails late for a misspelt one.

use crate::{helpers::counted_keys, translations::Translations};
use handlebars::{
    Handlebars, Template,
    template::{HelperTemplate, Parameter, TemplateElement},
};
use std::collections::{BTreeMap, BTreeSet};

/// Checks the literal names in `{{t "…"}}`, `{{n "…"}}`, `{{word "…"}}`, `{{asset "…"}}` and `{{> …}}`. A partial with a block is its own
/// fallback, so that one may be missing.
pub(crate) fn check_template(
    template: &Template,
    registry: &Handlebars<'_>,
    texts: &Translations,
    assets: &BTreeMap<String, String>,
) -> Result<(), String> {
    for element in &template.elements {
        match element {
            TemplateElement::Expression(helper)
            | TemplateElement::HtmlExpression(helper)
            | TemplateElement::HelperBlock(helper) => {
                check_helper(helper, texts, assets)?;
                for inner in [&helper.template, &helper.inverse].into_iter().flatten() {
                    check_template(inner, registry, texts, assets)?;
                }
            }
            TemplateElement::PartialExpression(partial) | TemplateElement::PartialBlock(partial) => {
                check_partial(&partial.name, partial.template.is_some(), registry)?;
                check_values(partial.params.iter().chain(partial.hash.values()), texts, assets)?;
                if let Some(inner) = &partial.template {
                    check_template(inner, registry, texts, assets)?;
                }
            }
            TemplateElement::DecoratorBlock(decorator) => {
                if let Some(inner) = &decorator.template {
                    check_template(inner, registry, texts, assets)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn check_partial(name: &Parameter, has_fallback: bool, registry: &Handlebars<'_>) -> Result<(), String> {
    match name.as_name() {
        Some(name) if !has_fallback && !name.starts_with('@') && !registry.has_template(name) => {
            Err(format!("unknown partial {name:?}"))
        }
        _ => Ok(()),
    }
}

/// The helpers of `helpers.rs`, all of which work on a value.
const HELPERS: [&str; 12] =
    ["t", "n", "word", "date", "time", "moment", "hour", "kr", "list", "join", "fault", "asset"];

fn check_helper(
    helper: &HelperTemplate,
    texts: &Translations,
    assets: &BTreeMap<String, String>,
) -> Result<(), String> {
    let literal = match helper.params.first() {
        Some(Parameter::Literal(value)) => value.as_str(),
        _ => None,
    };
    // A value of the data by a helper's name is never shown: the helper is asked instead, and has nothing to work on.
    if let Some(name) =
        helper.name.as_name().filter(|name| HELPERS.contains(name) && helper.params.is_empty())
    {
        return Err(format!("{name:?} is a helper and needs a value; call the data otherwise"));
    }
    let mut names: BTreeSet<&str> = helper.hash.keys().map(String::as_str).collect();
    match (helper.name.as_name(), literal) {
        (Some("t"), Some(key)) => texts.check(key, &names).map_err(|fault| fault.to_string())?,
        (Some("n"), Some(key)) => {
            names.insert("count");
            for key in counted_keys(key) {
                texts.check(&key, &names).map_err(|fault| fault.to_string())?;
            }
        }
        (Some("word"), Some(key)) if !texts.has_words(key) => {
            return Err(format!("no text begins with {key:?}"));
        }
        (Some("asset"), Some(name)) if !assets.contains_key(name) => {
            return Err(format!("unknown asset {name:?}"));
        }
        _ => {}
    }
    check_values(helper.params.iter().chain(helper.hash.values()), texts, assets)
}

/// Helpers also stand inside parentheses, as values of other helpers.
fn check_values<'a>(
    values: impl Iterator<Item = &'a Parameter>,
    texts: &Translations,
    assets: &BTreeMap<String, String>,
) -> Result<(), String> {
    for value in values {
        if let Parameter::Subexpression(inner) = value
            && let TemplateElement::Expression(helper) = &*inner.element
        {
            check_helper(helper, texts, assets)?;
        }
    }
    Ok(())
}
