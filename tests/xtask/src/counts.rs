//! Counts what cargo's test programs print about themselves.

use std::fmt;

/// The sum over all test programs of a run.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: u64,
    pub failed: u64,
    pub ignored: u64,
    pub filtered_out: u64,
    /// The names of the ignored tests, with the reason where one is given.
    pub ignored_names: Vec<String>,
    /// The names of the failed tests.
    pub failed_names: Vec<String>,
}

impl Counts {
    /// Reads one line of output; only those of the test programs count.
    pub fn add(&mut self, line: &str) {
        if let Some(result) = line.strip_prefix("test result: ") {
            let numbers = result.split_once(". ").map_or("", |(_, numbers)| numbers);
            for part in numbers.split("; ") {
                let (number, what) = part.split_once(' ').unwrap_or_default();
                let number = number.parse().unwrap_or(0);
                match what {
                    "passed" => self.passed += number,
                    "failed" => self.failed += number,
                    "ignored" => self.ignored += number,
                    "filtered out" => self.filtered_out += number,
                    _ => {}
                }
            }
        } else if let Some((name, outcome)) =
            line.strip_prefix("test ").and_then(|rest| rest.rsplit_once(" ... "))
        {
            if let Some(reason) = outcome.strip_prefix("ignored") {
                self.ignored_names.push(format!("{name}{reason}"));
            } else if outcome == "FAILED" {
                self.failed_names.push(name.to_owned());
            }
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for name in &self.ignored_names {
            writeln!(f, "ignored: {name}")?;
        }
        for name in &self.failed_names {
            writeln!(f, "FAILED: {name}")?;
        }
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.ignored > 0 {
            write!(f, ", {} ignored", self.ignored)?;
        }
        if self.filtered_out > 0 {
            write!(f, ", {} left out by name", self.filtered_out)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_results_of_all_programs_are_summed() {
        let mut counts = Counts::default();
        for line in [
            "running 14 tests",
            "test a::one ... ok",
            "test a::slow ... ignored, takes an hour",
            "test a::broken ... FAILED",
            "test result: FAILED. 12 passed; 1 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.10s",
            "test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        ] {
            counts.add(line);
        }
        assert_eq!(
            counts.to_string(),
            "ignored: a::slow, takes an hour\nFAILED: a::broken\n\
             14 passed, 1 failed, 1 ignored, 3 left out by name"
        );
    }
}
