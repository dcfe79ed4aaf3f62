//! Pages from templates: everything is registered once and checked at start.

use crate::{
    assets,
    check::check_template,
    helpers,
    layout::Frame,
    translations::{TextError, Translations, TranslationsError},
};
use axum::response::Html;
use bevaka_domain::language::Language;
use handlebars::{Handlebars, RenderError};
use rust_embed::RustEmbed;
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc};

#[derive(RustEmbed)]
#[folder = "templates"]
struct SharedTemplates;

const SHARED_SV: &str = include_str!("../translations/sv.toml");
const SHARED_EN: &str = include_str!("../translations/en.toml");

/// Templates, texts and asset addresses of one service, ready to render. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Pages {
    /// One registry a language: the helper `t` then needs nothing from the data.
    registries: Arc<[Handlebars<'static>; 2]>,
    texts: Arc<Translations>,
}

/// Why pages cannot be built. All of it is found at start.
#[derive(Debug, thiserror::Error)]
pub enum PagesError {
    /// A catalogue is not usable.
    #[error(transparent)]
    Translations(#[from] TranslationsError),
    /// A template does not parse.
    #[error("template {name}: {fault}")]
    Template {
        /// Its name.
        name: String,
        /// What the parser says.
        fault: Box<handlebars::TemplateError>,
    },
    /// A template is not UTF-8.
    #[error("template {name} is not UTF-8")]
    Encoding {
        /// Its name.
        name: String,
    },
    /// A template uses a text, an asset or a partial that does not exist.
    #[error("template {name}: {fault}")]
    Reference {
        /// Its name.
        name: String,
        /// What is missing.
        fault: String,
    },
}

/// Why a page was not rendered: its data lack what the template shows.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// The template refused the data.
    #[error("page not rendered: {0}")]
    Render(#[from] Box<RenderError>),
    /// A text is missing.
    #[error(transparent)]
    Text(#[from] TextError),
}

/// Collects what a service brings along.
pub struct PagesBuilder {
    templates: BTreeMap<String, Vec<u8>>,
    texts: Translations,
    assets: BTreeMap<String, String>,
}

impl PagesBuilder {
    /// Begins with the shared layout, texts and assets.
    ///
    /// # Errors
    /// [`PagesError`] if the shared catalogues are unusable, which a test rules out.
    pub fn new() -> Result<Self, PagesError> {
        let builder = Self {
            templates: BTreeMap::new(),
            texts: Translations::parse(SHARED_SV, SHARED_EN)?,
            assets: assets::addresses::<assets::Shared>(assets::PREFIX).into_iter().collect(),
        };
        Ok(builder.templates::<SharedTemplates>())
    }

    /// Adds embedded templates; `name.hbs` becomes the template `name`.
    #[must_use]
    pub fn templates<T: RustEmbed>(mut self) -> Self {
        for file in T::iter() {
            if let (Some(name), Some(content)) = (file.strip_suffix(".hbs"), T::get(&file)) {
                self.templates.insert(name.to_owned(), content.data.into_owned());
            }
        }
        self
    }

    /// Adds embedded assets that are served under `prefix`, for `{{asset "name"}}`.
    #[must_use]
    pub fn assets<A: RustEmbed>(mut self, prefix: &str) -> Self {
        self.assets.extend(assets::addresses::<A>(prefix));
        self
    }

    /// Adds texts for the helpers `t`, `n` and `word`.
    ///
    /// # Errors
    /// [`PagesError`] if a key is there already.
    pub fn texts(mut self, texts: Translations) -> Result<Self, PagesError> {
        self.texts = self.texts.merge(texts)?;
        Ok(self)
    }

    /// Parses every template and checks that each text, asset and partial it names exists.
    ///
    /// # Errors
    /// [`PagesError`] names the template and what is wrong with it.
    pub fn build(self) -> Result<Pages, PagesError> {
        let texts = Arc::new(self.texts);
        let assets = Arc::new(self.assets);
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        // Otherwise an indented partial would indent text in <pre>.
        registry.set_prevent_indent(true);
        helpers::register(&mut registry, &assets);
        for (name, content) in self.templates {
            let Ok(content) = String::from_utf8(content) else {
                return Err(PagesError::Encoding { name });
            };
            registry
                .register_template_string(&name, content)
                .map_err(|fault| PagesError::Template { name, fault: Box::new(fault) })?;
        }
        for (name, template) in registry.get_templates() {
            check_template(template, &registry, &texts, &assets)
                .map_err(|fault| PagesError::Reference { name: name.clone(), fault })?;
        }
        let registries = Language::ALL.map(|language| {
            let mut registry = registry.clone();
            helpers::register_worded(&mut registry, language, &texts);
            registry
        });
        Ok(Pages { registries: Arc::new(registries), texts })
    }
}

#[derive(Serialize)]
struct View<'a, T> {
    frame: &'a Frame,
    #[serde(flatten)]
    data: &'a T,
}

impl Pages {
    /// A whole page: the template takes the layout as `{{#> layout}}…{{/layout}}`.
    ///
    /// # Errors
    /// [`ViewError`] if the data lack something that the template shows.
    pub fn page<T: Serialize>(
        &self,
        language: Language,
        template: &str,
        frame: &Frame,
        data: &T,
    ) -> Result<Html<String>, ViewError> {
        self.fragment(language, template, &View { frame, data })
    }

    /// A part of a page, without the layout.
    ///
    /// # Errors
    /// As [`Pages::page`].
    pub fn fragment<T: Serialize>(
        &self,
        language: Language,
        template: &str,
        data: &T,
    ) -> Result<Html<String>, ViewError> {
        let [swedish, english] = &*self.registries;
        let registry = match language {
            Language::Swedish => swedish,
            Language::English => english,
        };
        let html = registry.render(template, data).map_err(Box::new)?;
        Ok(Html(html))
    }

    /// A text for Rust code, such as a page's title.
    ///
    /// # Errors
    /// [`ViewError::Text`] if there is no such text.
    pub fn text(&self, language: Language, key: &str) -> Result<String, ViewError> {
        Ok(self.texts.text(language, key)?.to_owned())
    }

    /// A text with its placeholders filled, for Rust code.
    ///
    /// # Errors
    /// [`ViewError::Text`] if there is no such text, or the values are not exactly its placeholders.
    pub fn format(
        &self,
        language: Language,
        key: &str,
        values: &[(&str, String)],
    ) -> Result<String, ViewError> {
        Ok(self.texts.format(language, key, values)?)
    }
}

#[cfg(test)]
mod tests;
