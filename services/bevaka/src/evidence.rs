//! `bevaka verify-evidence FILE`: whether an evidence document proves what it says (R10). Offline: nothing is needed but
//! the document and a profile with the trust anchors, neither database nor network nor settings.

use crate::{Ended, output::say};
use bevaka_domain::person::PersonalNumber;
use bevaka_eid::{
    evidence::{Bundle, Line, Outcome, Point, Proof, Report, Verdict},
    profile::{Profile, Trust},
};
use serde::Serialize;
use serde_json::json;
use std::{fs, path::PathBuf};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Which document, and whom to trust.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit codes: 0 proved, 1 refuted, 2 the document or the profile cannot be read, 3 recorded by the bank but not provable,
which is all that a security token's code can be.

The personal number is in the document; here it is shown in part.")]
pub(crate) struct Args {
    /// An evidence document, as it was downloaded.
    file: PathBuf,
    /// Which signatures count: a TOML file with trust anchors and certificate policies (docs/operations.md).
    #[arg(long, value_name = "PROFILE.toml")]
    profile: PathBuf,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// What was found, for programs.
#[derive(Serialize)]
struct Found<'a> {
    verdict: &'static str,
    trust: &'static str,
    order: &'a str,
    method: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<&'a str>,
    checks: Vec<Checked<'a>>,
}

#[derive(Serialize)]
struct Checked<'a> {
    check: String,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Ended> {
    let (bundle, profile) = match read(args) {
        Ok(read) => read,
        Err(problem) => {
            if args.json {
                let found = json!({ "verdict": "unreadable", "problem": problem });
                say!("{}", serde_json::to_string_pretty(&found)?);
            } else {
                eprintln!("{problem}");
            }
            return Ok(Ended::Unreadable);
        }
    };
    let report = bundle.verify(&profile);
    if args.json {
        say!("{}", serde_json::to_string_pretty(&found(&bundle, &profile, &report))?);
    } else {
        tell(&bundle, &profile, &report);
    }
    Ok(match report.verdict {
        Verdict::Proved(_) => Ended::Done,
        Verdict::Refuted => Ended::Refuted,
        Verdict::Recorded => Ended::Recorded,
    })
}

fn read(args: &Args) -> Result<(Bundle, Profile), String> {
    let file = args.file.display();
    let text = fs::read_to_string(&args.file).map_err(|fault| format!("{file}: {fault}"))?;
    let bundle = Bundle::parse(&text).map_err(|fault| format!("{file}: {fault}"))?;
    let profile = Profile::load(&args.profile).map_err(|fault| fault.to_string())?;
    Ok((bundle, profile))
}

fn found<'a>(bundle: &'a Bundle, profile: &Profile, report: &'a Report) -> Found<'a> {
    let verified = match &report.verdict {
        Verdict::Proved(verified) => Some(verified),
        Verdict::Refuted | Verdict::Recorded => None,
    };
    Found {
        verdict: match report.verdict {
            Verdict::Proved(_) => "proved",
            Verdict::Refuted => "refuted",
            Verdict::Recorded => "recorded",
        },
        trust: trust(profile).0,
        order: &bundle.order,
        method: method(&bundle.proof),
        signed_at: verified.map(|verified| moment(verified.signed_at)),
        policy: verified.map(|verified| verified.policy.as_str()),
        checks: report.lines.iter().map(checked).collect(),
    }
}

fn checked(line: &Line) -> Checked<'_> {
    let (outcome, why) = match &line.outcome {
        Outcome::Holds => ("holds", None),
        Outcome::Fails(why) => ("fails", Some(why.as_str())),
        Outcome::NotReached => ("not_reached", None),
    };
    Checked { check: name(line.point), outcome, why }
}

fn name(point: Point) -> String {
    match point {
        Point::TextHash => "text_hash".to_owned(),
        Point::Challenge => "challenge".to_owned(),
        Point::Response => "response".to_owned(),
        Point::Signature(check) => serde_json::to_value(check)
            .ok()
            .and_then(|name| name.as_str().map(str::to_owned))
            .unwrap_or_default(),
    }
}

fn tell(bundle: &Bundle, profile: &Profile, report: &Report) {
    say!("order      {}", bundle.order);
    say!("signatory  {}", masked(&bundle.signatory));
    say!("method     {}", method(&bundle.proof));
    say!("recorded   {}", moment(bundle.recorded_at));
    say!("trust      {}\n", trust(profile).1);
    for line in &report.lines {
        match &line.outcome {
            Outcome::Holds => say!("  holds        {}", line.point),
            Outcome::Fails(why) => say!("  FAILS        {}: {why}", line.point),
            Outcome::NotReached => say!("  not reached  {}", line.point),
        }
    }
    say!("\n{}", verdict(bundle, &report.verdict));
}

fn verdict(bundle: &Bundle, verdict: &Verdict) -> String {
    match verdict {
        Verdict::Proved(verified) => format!(
            "PROVED: this person signed exactly this text on {}. Nobody's word is needed for it.",
            moment(verified.signed_at)
        ),
        Verdict::Refuted => {
            "REFUTED: this document does not prove what it says; it is damaged, altered, or was never right."
                .to_owned()
        }
        Verdict::Recorded => format!(
            "RECORDED, not proved: the document is whole and says what the bank recorded on {}. A security token's code \
             cannot be proved without the bank's key, and with it the bank could have made it.",
            moment(bundle.recorded_at)
        ),
    }
}

/// For programs and for people.
const fn trust(profile: &Profile) -> (&'static str, &'static str) {
    match profile.trust {
        Trust::Production => ("production", "production"),
        Trust::Test => ("test", "test: BankID's test environment, whose signatures bind nobody"),
        Trust::Sandbox => ("sandbox", "sandbox: for development, such signatures bind nobody"),
    }
}

const fn method(proof: &Proof) -> &'static str {
    match proof {
        Proof::BankId { method: bevaka_eid::bankid::Method::OnCard, .. } => "on_card",
        Proof::BankId { method: bevaka_eid::bankid::Method::Mobile, .. } => "mobile",
        Proof::SecurityToken { .. } => "token",
    }
}

fn masked(number: &str) -> String {
    PersonalNumber::parse(number)
        .map_or_else(|_| "not a personal number".to_owned(), |number| number.masked())
}

fn moment(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}

#[cfg(test)]
mod tests;
