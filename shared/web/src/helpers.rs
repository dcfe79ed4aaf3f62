//! What templates can call, besides what the engine brings.
//!
//! | in a template | shows |
//! | --- | --- |
//! | `{{t "key" name=value}}` | the text with its placeholders filled |
//! | `{{n "key" count name=value}}` | the text `key-one` or `key-many`, both with `{count}` |
//! | `{{word "key" value}}` | the text `key-value`, for the variants of an enum |
//! | `{{list names none="…"}}` | the names with commas between, or what stands for none |
//! | `{{join one two}}` | both without anything between, for an `id` |
//! | `{{date at}}` | 21 november 2026, of an instant or a day |
//! | `{{time at}}` | kl. 14.02 |
//! | `{{moment at}}` | 21 november 2026 kl. 14.02 |
//! | `{{hour "08:00"}}` | 8; 08:00 in English |
//! | `{{kr "10000.00"}}` | 10 000 kr |
//! | `{{fault "field"}}` | what is wrong with a field, or nothing |
//! | `{{asset "name"}}` | the address of an asset with its hash |

use crate::{
    figures,
    translations::{TextError, Translations},
};
use bevaka_domain::{
    clock::{LocalDate, TimeOfDay, Timestamp},
    event::Amount,
    language::Language,
};
use handlebars::{
    Context, Handlebars, Helper, HelperDef, JsonRender, RenderContext, RenderError, RenderErrorReason,
    ScopedJson,
};
use std::{collections::BTreeMap, sync::Arc};

/// Registers what is the same in every language.
pub(crate) fn register(registry: &mut Handlebars<'_>, assets: &Arc<BTreeMap<String, String>>) {
    registry.register_helper("asset", Box::new(Asset(Arc::clone(assets))));
    registry.register_helper("fault", Box::new(FieldFault));
    registry.register_helper("list", Box::new(List));
    registry.register_helper("join", Box::new(Join));
}

/// Registers what depends on the language.
pub(crate) fn register_worded(registry: &mut Handlebars<'_>, language: Language, texts: &Arc<Translations>) {
    for kind in [Kind::Text, Kind::Count, Kind::Word] {
        registry.register_helper(kind.name(), Box::new(Worded { kind, language, texts: Arc::clone(texts) }));
    }
    for part in [Part::Date, Part::Time, Part::Moment, Part::Hour, Part::Kronor] {
        registry.register_helper(part.name(), Box::new(Figure { part, language }));
    }
}

/// The keys of the two forms that a text with a count has.
pub(crate) fn counted_keys(key: &str) -> [String; 2] {
    [format!("{key}-one"), format!("{key}-many")]
}

/// The key of a word for a value such as `on_card`.
fn word_key(key: &str, value: &str) -> String {
    format!("{key}-{}", value.replace('_', "-"))
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Count,
    Word,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Text => "t",
            Self::Count => "n",
            Self::Word => "word",
        }
    }
}

/// The helpers that show a text; the engine escapes the result.
struct Worded {
    kind: Kind,
    language: Language,
    texts: Arc<Translations>,
}

impl HelperDef for Worded {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let name = self.kind.name();
        let key = text_param(helper, 0, name)?;
        let mut values = named_values(helper)?;
        let text = match self.kind {
            Kind::Text => self.texts.format(self.language, key, &values),
            Kind::Word => {
                self.texts.format(self.language, &word_key(key, text_param(helper, 1, name)?), &values)
            }
            Kind::Count => {
                let count = number_param(helper, 1, name)?;
                values.push(("count", count.to_string()));
                let [one, many] = counted_keys(key);
                self.texts.format(self.language, if count == 1 { &one } else { &many }, &values)
            }
        };
        Ok(ScopedJson::Derived(text.map_err(nested)?.into()))
    }
}

#[derive(Clone, Copy)]
enum Part {
    Date,
    Time,
    Moment,
    Hour,
    Kronor,
}

impl Part {
    const fn name(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::Time => "time",
            Self::Moment => "moment",
            Self::Hour => "hour",
            Self::Kronor => "kr",
        }
    }

    fn show(self, text: &str, language: Language) -> Option<String> {
        let local = || Timestamp::parse(text).ok().map(Timestamp::local);
        match self {
            Self::Date => match LocalDate::parse(text) {
                Ok(day) => Some(day.text(language)),
                Err(_) => Some(local()?.date(language)),
            },
            Self::Time => Some(local()?.time_of_day(language)),
            Self::Moment => Some(local()?.moment(language)),
            Self::Hour => Some(figures::hour(TimeOfDay::parse(text).ok()?, language)),
            Self::Kronor => Some(figures::kronor(Amount::parse(text).ok()?, language)),
        }
    }
}

/// `{{date at}}` and its like: as the bank's customers read it.
struct Figure {
    part: Part,
    language: Language,
}

impl HelperDef for Figure {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let name = self.part.name();
        let shown = self
            .part
            .show(text_param(helper, 0, name)?, self.language)
            .ok_or_else(|| RenderErrorReason::Other(format!("{name} cannot show its value")))?;
        Ok(ScopedJson::Derived(shown.into()))
    }
}

/// `{{join one two}}`: an `id` made of two parts.
struct Join;

impl HelperDef for Join {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let joined = format!("{}{}", text_param(helper, 0, "join")?, text_param(helper, 1, "join")?);
        Ok(ScopedJson::Derived(joined.into()))
    }
}

/// `{{fault "field"}}`: found in the frame, so that a field needs nothing from its page.
struct FieldFault;

impl HelperDef for FieldFault {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        context: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let field = text_param(helper, 0, "fault")?;
        let faults = context.data().pointer("/frame/faults").and_then(|faults| faults.as_array());
        let text = faults
            .into_iter()
            .flatten()
            .find(|fault| fault["field"] == field)
            .and_then(|fault| fault["text"].as_str());
        Ok(ScopedJson::Derived(text.unwrap_or_default().into()))
    }
}

/// `{{list names none="…"}}`: names inside a sentence.
struct List;

impl HelperDef for List {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let names: Vec<&str> = helper
            .param(0)
            .and_then(|param| param.value().as_array())
            .ok_or(RenderErrorReason::ParamNotFoundForIndex("list", 0))?
            .iter()
            .filter_map(|name| name.as_str())
            .collect();
        let none = helper.hash_get("none").and_then(|none| none.value().as_str()).unwrap_or_default();
        let shown = if names.is_empty() { none.to_owned() } else { names.join(", ") };
        Ok(ScopedJson::Derived(shown.into()))
    }
}

/// `{{asset "name"}}`: the address of an asset with its hash.
struct Asset(Arc<BTreeMap<String, String>>);

impl HelperDef for Asset {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let name = text_param(helper, 0, "asset")?;
        let address =
            self.0.get(name).ok_or_else(|| RenderErrorReason::Other(format!("unknown asset {name:?}")))?;
        Ok(ScopedJson::Derived(address.clone().into()))
    }
}

fn text_param<'a>(
    helper: &'a Helper<'_>,
    place: usize,
    name: &'static str,
) -> Result<&'a str, RenderErrorReason> {
    helper
        .param(place)
        .and_then(|param| param.value().as_str())
        .ok_or(RenderErrorReason::ParamNotFoundForIndex(name, place))
}

fn number_param(helper: &Helper<'_>, place: usize, name: &'static str) -> Result<u64, RenderErrorReason> {
    helper
        .param(place)
        .and_then(|param| param.value().as_u64())
        .ok_or(RenderErrorReason::ParamNotFoundForIndex(name, place))
}

fn named_values<'a>(helper: &'a Helper<'_>) -> Result<Vec<(&'a str, String)>, RenderError> {
    helper
        .hash()
        .iter()
        .map(|(name, value)| {
            if value.is_value_missing() {
                return Err(RenderErrorReason::MissingVariable(Some((*name).to_owned())).into());
            }
            Ok((*name, value.value().render()))
        })
        .collect()
}

fn nested(fault: TextError) -> RenderErrorReason {
    RenderErrorReason::NestedError(Box::new(fault))
}
