//! Tables: as wide as the terminal, and as wide as they need where there is none, so that other programs can read lines.

use super::say;
use comfy_table::{ContentArrangement, presets};

/// Rows under heads.
pub(crate) struct Table(comfy_table::Table);

impl Table {
    /// A table without rows.
    pub(crate) fn new<const N: usize>(heads: [&str; N]) -> Self {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING).set_header(heads.map(str::to_uppercase));
        if let Some((terminal_size::Width(width), _)) = terminal_size::terminal_size() {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        }
        Self(table)
    }

    /// One more row.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.0.add_row(cells.map(|cell| plain(&cell)));
    }

    /// Prints it; without rows nothing, not even the heads.
    pub(crate) fn print(&self) {
        if self.0.row_count() == 0 {
            return;
        }
        for line in self.0.lines() {
            say!("{}", line.trim_end());
        }
    }
}

/// What was stored by others must not move the cursor of who looks at it.
fn plain(cell: &str) -> String {
    cell.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_never_steers_the_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb\nc"), "a [2Jb c");
    }

    #[test]
    fn rows_stand_under_their_heads() {
        let mut table = Table::new(["id", "state"]);
        table.row(["1".to_owned(), "open".to_owned()]);
        let lines: Vec<_> = table.0.lines().map(|line| line.trim_end().to_owned()).collect();
        assert_eq!(lines, [" ID  STATE", " 1   open"]);
    }
}
