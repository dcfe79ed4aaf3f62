//! What the commands print for people.

use bevaka_dispatcher::api::{DeliverySummary, DeliveryView, EventView};
use bevaka_domain::{entitlement::Reason, language::Language};

/// A reason in words.
pub(crate) const fn words(reason: Reason) -> &'static str {
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
pub(crate) fn event(event: &EventView) {
    println!("\n{} ({}), event {}", event.kind_name, event.kind, event.event_id);
    if !event.company_known {
        println!("  nobody: the company is not known to Bevaka");
    }
    for decision in &event.decisions {
        let who = format!("{} ({})", decision.name, decision.reference);
        if let Some(reason) = decision.suppressed {
            println!("  {who:<24} not told: {}", words(reason));
        }
        for delivery in &decision.deliveries {
            println!("  {who:<24} {}", alert(delivery));
        }
        for (channel, reason) in &decision.silent {
            println!("  {who:<24} {channel} silent: {}", words(*reason));
        }
    }
}

/// One alert in a line.
pub(crate) fn alert(delivery: &DeliveryView) -> String {
    let to = delivery.to.as_deref().unwrap_or("(contact point gone)");
    let cause = delivery.cause.as_deref().map(|cause| format!(", {cause}")).unwrap_or_default();
    let again = if delivery.possible_duplicate { ", possible duplicate" } else { "" };
    let tries = if delivery.attempts > 1 { format!(", {} tries", delivery.attempts) } else { String::new() };
    let later = delivery.due_at.filter(|_| delivery.state == "waiting");
    let later =
        later.map(|at| format!(", till {}", at.local().moment(Language::English))).unwrap_or_default();
    let together = delivery.parcel_id.map(|id| format!(", parcel {id}")).unwrap_or_default();
    format!(
        "{:<6} {to:<28} {}{cause}{later}{tries}{again}{together}",
        delivery.channel.as_str(),
        delivery.state
    )
}

/// One alert in a line, among alerts to others.
pub(crate) fn listed(delivery: &DeliverySummary) -> String {
    let to = delivery.to.as_deref().unwrap_or("(contact point gone)");
    let cause = delivery.cause.as_deref().map(|cause| format!(", {cause}")).unwrap_or_default();
    format!(
        "{}  {} ({})  {:<6} {to:<28} {}{cause}",
        delivery.created_at,
        delivery.user_name,
        delivery.user_reference,
        delivery.channel.as_str(),
        delivery.state
    )
}
