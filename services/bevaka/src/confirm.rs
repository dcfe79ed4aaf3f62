//! Asks before many things are changed at once.

use std::io::{self, BufRead, IsTerminal, Write};

/// Whether to go on: by `--yes`, or because whoever sits there says so.
///
/// # Errors
/// If nobody sits there and `--yes` is missing.
pub(crate) fn go_on(yes: bool, question: &str) -> anyhow::Result<bool> {
    if yes {
        return Ok(true);
    }
    if !io::stdin().is_terminal() {
        anyhow::bail!("{question} Nothing was changed: nobody can be asked here, so give --yes");
    }
    eprint!("{question} [y/N] ");
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes" | "j" | "ja"))
}
