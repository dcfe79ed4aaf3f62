//! `bevaka explain`: who was told of an event, or would be, and why each of the others was not (R38).

use crate::{
    client::{Client, ServerArgs},
    exit::Ended,
    given::GivenArgs,
    output::{self, Fields, Format, Table, say, why},
};
use anyhow::bail;
use bevaka_chassis::process::ConfigArgs;
use serde_json::{Value, json};

/// Which event: a stored one by its id, or by --source and --id; or one that could be, as `inject` takes it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bevaka explain 01a1ff7a-ece6-7044-bd2a-febe98be8fed
  bevaka explain --source /payments --id 4711 --as-if-now
  bevaka explain payment.rejected --org 556016-0680 --data '{\"payment_id\": \"1\", \"reason\": \"other\"}' --texts
  bevaka explain --file event.json --json

Nothing is sent, and nothing is stored.")]
pub(crate) struct Args {
    // The first word is our id if it is one, else a kind.
    #[command(flatten)]
    given: GivenArgs,
    /// Of a stored event: what would happen if it came in now, instead of what was decided then.
    #[arg(long)]
    as_if_now: bool,
    /// Shows the texts that would leave, with the number of their segments.
    #[arg(long)]
    texts: bool,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) async fn run(config: &ConfigArgs, args: Args) -> anyhow::Result<Ended> {
    let questions = questions(&args)?;
    let client = Client::find(config, &args.server)?;
    let mut answers = Vec::with_capacity(questions.len());
    for question in &questions {
        answers.push(client.ask(client.post("explain", question)).await?);
    }
    if args.format.json {
        match &answers[..] {
            [one] => output::json(one)?,
            all => output::json(&all)?,
        }
        return Ok(Ended::Done);
    }
    for answer in &answers {
        tell(answer, args.texts);
    }
    Ok(Ended::Done)
}

fn questions(args: &Args) -> anyhow::Result<Vec<Value>> {
    let given = &args.given;
    let stored = |mut question: Value| {
        if args.as_if_now {
            question["as_if_now"] = json!(true);
        }
        Ok(vec![question])
    };
    match (given.kind.as_deref().filter(|word| is_id(word)), &given.source, &given.id) {
        (Some(id), ..) => stored(json!({"event_id": id})),
        (None, Some(source), Some(id)) if !given.is_given() => stored(json!({"source": source, "id": id})),
        _ if given.is_given() && args.as_if_now => bail!("--as-if-now is for stored events"),
        _ if given.is_given() => {
            Ok(given.events()?.into_iter().map(|event| json!({"event": event})).collect())
        }
        _ => bail!("give an event's id, --source with --id, a kind with --org, or --file"),
    }
}

/// Whether a word is one of our ids rather than a kind.
fn is_id(word: &str) -> bool {
    word.len() == 36 && word.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

fn tell(answer: &Value, texts: bool) {
    let (event, company) = (&answer["event"], &answer["company"]);
    say!(
        "{} ({}), {}",
        event.text("kind_name"),
        event.text("kind"),
        company["name"].as_str().map_or_else(|| company.text("organisation_number"), str::to_owned)
    );
    let mut table = Table::new(["user", "decision", "now", "facts"]);
    for user in answer.list("users") {
        let facts: Vec<_> =
            user.list("facts").iter().filter(|fact| fact["decides"] == true).map(fact).collect();
        table.row([
            format!("{} ({})", user.text("name"), user.text("reference")),
            ruling(&user["decision"]),
            ruling(&user["now"]),
            facts.join("; "),
        ]);
    }
    table.print();
    if !texts {
        return;
    }
    for user in answer.list("users") {
        for text in user.list("texts") {
            let size = match text["segments"].as_u64() {
                Some(segments) => format!(", {segments} segments, {}", text.text("encoding")),
                None => String::new(),
            };
            say!("\n{} {} {}{size}", user.text("name"), text.text("channel"), text.text("to"));
            if !text["subject"].is_null() {
                say!("  {}", text.text("subject"));
            }
            text.text("text").lines().for_each(|line| say!("  {line}"));
        }
    }
}

/// A decision in words.
fn ruling(ruling: &Value) -> String {
    if ruling.is_null() {
        return String::new();
    }
    if let Some(reason) = ruling["suppressed"].as_str() {
        return format!("not told: {}", why(reason));
    }
    let told = ruling.list("to").iter().map(|to| format!("{} {}", to.text("channel"), to.text("to")));
    let silent = ruling.list("silent").iter().map(|pair| {
        format!(
            "{} silent: {}",
            pair[0].as_str().unwrap_or_default(),
            why(pair[1].as_str().unwrap_or_default())
        )
    });
    told.chain(silent).collect::<Vec<_>>().join("; ")
}

/// A fact: its code with what it holds, and since when.
fn fact(fact: &Value) -> String {
    let about = ["code", "since", "decides", "changed_since"];
    let fields = fact.as_object().into_iter().flatten();
    let held: Vec<_> = fields
        .filter(|(name, value)| !about.contains(&name.as_str()) && !value.is_null())
        .map(|(name, _)| format!("{name} {}", fact.text(name)))
        .collect();
    let held = if held.is_empty() { String::new() } else { format!(" ({})", held.join(", ")) };
    let since =
        if fact["since"].is_null() { String::new() } else { format!(" since {}", fact.moment("since")) };
    format!("{}{held}{since}", fact.text("code").replace('_', " "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn asked(words: &[&str]) -> anyhow::Result<Vec<Value>> {
        let line = Line::try_parse_from([&["explain"], words].concat())?;
        questions(&line.args)
    }

    #[test]
    fn an_event_is_named_in_each_of_its_ways() {
        let id = "01a1ff7a-ece6-7044-bd2a-febe98be8fed";
        assert_eq!(asked(&[id]).unwrap(), [json!({"event_id": id})]);
        assert_eq!(
            asked(&["--source", "/p", "--id", "1", "--as-if-now"]).unwrap(),
            [json!({"source": "/p", "id": "1", "as_if_now": true})]
        );
        let dry =
            asked(&["payment.rejected", "--org", "556016-0680", "--id", "x", "--source", "/p"]).unwrap();
        assert_eq!(
            (&dry[0]["event"]["type"], &dry[0]["event"]["id"]),
            (&json!("payment.rejected"), &json!("x"))
        );
        for wrong in
            [&[][..], &["payment.rejected"], &["--source", "/p"], &["a.b", "--org", "1", "--as-if-now"]]
        {
            assert!(asked(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn decisions_and_facts_are_told_in_words() {
        assert_eq!(
            ruling(&json!({"suppressed": "contact_not_verified", "to": [], "silent": []})),
            "not told: the contact point is not confirmed"
        );
        assert_eq!(
            ruling(
                &json!({"suppressed": null, "to": [{"channel": "sms", "to": "•••• 06 05"}], "silent": [["email", "paused"]]})
            ),
            "sms •••• 06 05; email silent: has paused the watch"
        );
        let agreement = json!({"code": "agreement_in_force", "version": 3, "since": "2026-03-03T08:00:00Z", "decides": true});
        assert_eq!(fact(&agreement), "agreement in force (version 3) since 2026-03-03 09:00:00");
    }
}
