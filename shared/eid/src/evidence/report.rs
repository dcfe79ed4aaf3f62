//! What checking a bundle found, point by point.

use crate::signature::{Check, SignatureFault, Verified};
use std::fmt;
use strum::VariantArray as _;

/// What checking a bundle found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Every point, in the order in which they were checked.
    pub lines: Vec<Line>,
    /// What follows from all of them.
    pub verdict: Verdict,
}

/// What follows from all points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The signature is proved.
    Proved(Verified),
    /// The bundle is consistent, and says what the bank recorded; that cannot be proved without the bank's own key.
    Recorded,
    /// A point fails.
    Refuted,
}

/// One point, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What was checked.
    pub point: Point,
    /// What came of it.
    pub outcome: Outcome,
}

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// The text and its hash belong together.
    TextHash,
    /// A check of the BankID signature.
    Signature(Check),
    /// The challenge of a security token follows from the text.
    Challenge,
    /// The response of a security token is one that its suite has.
    Response,
}

/// What came of a point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is so.
    Holds,
    /// It is not, and why.
    Fails(String),
    /// An earlier point failed, so this one was not looked at.
    NotReached,
}

impl Report {
    /// A point that fails leaves nothing proved or recorded.
    pub(super) fn new(lines: Vec<Line>, verdict: Verdict) -> Self {
        let holds = lines.iter().all(|line| line.outcome == Outcome::Holds);
        Self { lines, verdict: if holds { verdict } else { Verdict::Refuted } }
    }
}

impl Line {
    pub(super) fn new(point: Point, holds: bool) -> Self {
        let outcome = if holds { Outcome::Holds } else { Outcome::Fails(point.broken().to_owned()) };
        Self { point, outcome }
    }
}

/// The seven checks of a signature: those before the one that failed hold, those after it were not looked at.
pub(super) fn of_signature(result: &Result<Verified, SignatureFault>) -> Vec<Line> {
    let failed = result.as_ref().err();
    let outcome = |check: Check| match failed {
        None => Outcome::Holds,
        Some(fault) if check < fault.check() => Outcome::Holds,
        Some(fault) if check == fault.check() => Outcome::Fails(fault.to_string()),
        Some(_) => Outcome::NotReached,
    };
    Check::VARIANTS
        .iter()
        .map(|&check| Line { point: Point::Signature(check), outcome: outcome(check) })
        .collect()
}

impl Point {
    fn broken(self) -> &'static str {
        match self {
            Self::TextHash => "the hash is of another text",
            Self::Signature(_) => "the signature does not hold",
            Self::Challenge => "the challenge does not end with the check number of the text",
            Self::Response => {
                "the suite is not known, or the response has another number of digits than it says"
            }
        }
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TextHash => "the text and its hash belong together",
            Self::Signature(check) => check.told(),
            Self::Challenge => "the challenge follows from the text",
            Self::Response => "the response is one that the token's suite has",
        })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Proved(_) => "proved",
            Self::Recorded => {
                "recorded by the bank; a security token's code cannot be proved without the bank's key"
            }
            Self::Refuted => "not proved",
        })
    }
}
