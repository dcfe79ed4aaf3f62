//! What the commands print: for people tables and words, for machines JSON.

mod fields;
mod table;
mod words;

pub(crate) use fields::Fields;
pub(crate) use table::Table;
pub(crate) use words::{event, when, why};

use bevaka_domain::operator::Justification;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::{
    fmt,
    io::{self, ErrorKind, Write},
};

/// How to tell: for people, or for machines.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(crate) struct Format {
    /// Prints JSON, as the document of the API describes it: docs/openapi/operators.json.
    #[arg(long)]
    pub json: bool,
}

/// Writes a line to standard output. Whoever reads it may have had enough, as `head` has: then the command ends quietly.
macro_rules! say {
    ($($argument:tt)*) => {
        $crate::output::write(format_args!("{}\n", format_args!($($argument)*)))
    };
}
pub(crate) use say;

/// As [`say`] does, without ending the line.
pub(crate) fn write(text: fmt::Arguments<'_>) {
    bytes(text.to_string().as_bytes());
}

/// As [`say`] does, bytes as they are.
pub(crate) fn bytes(bytes: &[u8]) {
    let mut out = io::stdout().lock();
    if let Err(error) = out.write_all(bytes).and_then(|()| out.flush()) {
        if error.kind() != ErrorKind::BrokenPipe {
            eprintln!("bevaka: standard output cannot be written: {error}");
            std::process::exit(1);
        }
        std::process::exit(0);
    }
}

/// Prints a value for machines.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    say!("{}", serde_json::to_string_pretty(value)?);
    Ok(())
}

/// A bar for long work, seen on terminals only.
pub(crate) fn progress(doing: &str, length: u64) -> ProgressBar {
    let style = ProgressStyle::with_template(&format!("{doing} {{wide_bar}} {{pos}}/{{len}} {{eta}}"));
    ProgressBar::new(length).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// A justification on the command line, checked before anything is sent.
pub(crate) fn because(text: &str) -> Result<String, String> {
    Justification::parse(text).map(|given| given.as_str().to_owned()).map_err(|fault| fault.to_string())
}
