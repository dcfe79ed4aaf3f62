//! What all pages share: layout, assets, translations, problem answers.
