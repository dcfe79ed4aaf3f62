//! axe-core, which finds what hinders people on a page.
//!
//! Deque publishes it for Node.js. The tests need one file of it, in a browser, and `PyPI` has a package that carries
//! that file unchanged; so it comes by the same way as the other test tools. It is under the MPL 2.0, stays under
//! `target/`, and no program of ours holds it.

use crate::python::file_of;
use anyhow::{Result, ensure};

/// axe-core 4.12.1.
const PACKAGE: &str = "axe-playwright-python==0.1.8";

/// The script that defines `axe`; installed from `PyPI` when it is missing.
///
/// # Errors
/// When it cannot be installed, or is not axe-core.
pub fn script() -> Result<String> {
    let script = file_of(PACKAGE, "axe_playwright_python/axe.min.js")?;
    ensure!(script.starts_with("/*! axe v4."), "{PACKAGE} does not bring axe-core 4");
    Ok(script)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_there_on_axe() {
        assert!(script().unwrap().contains("axe.run"));
    }
}
