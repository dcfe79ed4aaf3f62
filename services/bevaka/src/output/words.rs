//! Words for codes, and one event as people read it.

use super::{Fields, say};
use bevaka_domain::{
    clock::{Timestamp, Zone},
    entitlement::Reason,
};
use serde_json::Value;

/// A reason in words; one that this version does not know, as it is.
pub(crate) fn why(reason: &str) -> &str {
    reason.parse().map_or(reason, |known| words(known))
}

const fn words(reason: Reason) -> &'static str {
    match reason {
        Reason::NoActiveAgreement => "the company has no agreement in force",
        Reason::KindNotInScope => "the agreement does not cover this kind",
        Reason::EventExpired => "the event was too old to tell of",
        Reason::UserBlocked => "the user is blocked",
        Reason::UserDenied => "the user was not approved in time",
        Reason::UserExpired => "the user's access has run out",
        Reason::UserRemoved => "the user is removed from the company",
        Reason::NoAccess => "restricted, without the permission Hantera Bevaka ärenden",
        Reason::NotAddressed => "the event is addressed to another user",
        Reason::NoWatch => "does not watch this kind",
        Reason::WatchOff => "has switched the watch off from a mail",
        Reason::BelowLeastAmount => "wants to hear of larger amounts only",
        Reason::AccountNotChosen => "does not watch this account",
        Reason::Paused => "has paused the watch",
        Reason::ContactMissing => "the contact point is gone",
        Reason::ContactNotVerified => "the contact point is not confirmed",
        Reason::ChannelNotChosen => "no longer uses this contact point for the kind",
        Reason::StoodIn => "is away, a stand-in is told instead",
    }
}

/// One event: who was told, and why the others were not.
pub(crate) fn event(event: &Value) {
    say!("\n{} ({}), event {}", event.text("kind_name"), event.text("kind"), event.text("event_id"));
    if event["company_known"] == false {
        say!("  nobody: the company is not known to Bevaka");
    }
    for decision in event.list("decisions") {
        let who = format!("{} ({})", decision.text("name"), decision.text("reference"));
        if let Some(reason) = decision["suppressed"].as_str() {
            say!("  {who:<24} not told: {}", why(reason));
        }
        for delivery in decision.list("deliveries") {
            say!("  {who:<24} {}", alert(delivery));
        }
        for silent in decision.list("silent") {
            let (channel, reason) = (silent[0].as_str(), silent[1].as_str());
            say!("  {who:<24} {} silent: {}", channel.unwrap_or_default(), why(reason.unwrap_or_default()));
        }
    }
}

/// One alert in a line.
fn alert(delivery: &Value) -> String {
    let to = delivery["to"].as_str().unwrap_or("(contact point gone)");
    let told = |name: &str, before: &str, after: &str| match &delivery[name] {
        Value::Null => String::new(),
        _ => format!("{before}{}{after}", delivery.text(name)),
    };
    let again = if delivery["possible_duplicate"] == true { ", possible duplicate" } else { "" };
    let tries =
        if delivery.number("attempts") > 1 { told("attempts", ", ", " tries") } else { String::new() };
    let later = if delivery["state"] == "waiting" && !delivery["due_at"].is_null() {
        format!(", till {}", delivery.moment("due_at"))
    } else {
        String::new()
    };
    format!(
        "{:<6} {to:<28} {}{}{later}{tries}{again}{}",
        delivery.text("channel"),
        delivery.text("state"),
        told("cause", ", ", ""),
        told("parcel_id", ", parcel ", "")
    )
}

/// A moment in a table: by Stockholm's clock, to the second.
pub(crate) fn when(at: Timestamp) -> String {
    let (day, time) = Zone::STOCKHOLM.read(at);
    let seconds = at.as_millis().rem_euclid(60_000) / 1_000;
    format!("{day} {time}:{seconds:02}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_reason_has_words_and_an_unknown_one_stays() {
        for reason in Reason::ALL {
            assert_ne!(why(reason.as_str()), reason.as_str());
        }
        assert_eq!(why("a_new_one"), "a_new_one");
    }

    #[test]
    fn an_alert_is_one_line() {
        let waiting = json!({
            "channel": "sms", "to": null, "state": "waiting", "cause": "smtp_451", "attempts": 2,
            "due_at": "2026-11-21T13:02:00Z", "possible_duplicate": true, "parcel_id": null,
        });
        assert_eq!(
            alert(&waiting),
            "sms    (contact point gone)         waiting, smtp_451, till 2026-11-21 14:02:00, 2 tries, possible duplicate"
        );
    }
}
