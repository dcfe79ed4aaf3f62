//! Finding events and alerts (R39): what is asked for, as it stands in an address, and what is found.

mod asked;
mod found;
mod read;

pub(crate) use asked::{DeliveriesAsked, EventsAsked, Fault, Wrong, company, users};
pub(crate) use found::{ListedDelivery, ListedEvent, deliveries, delivery, events, received_at};
pub(crate) use read::may_be_personal;

/// Where an alert can stand.
pub(crate) const STATES: [&str; 7] =
    ["sending", "waiting", "accepted", "delivered", "failed", "expired", "suppressed"];

#[cfg(test)]
mod tests {
    use super::*;
    use bevaka_domain::delivery::StateName;

    #[test]
    fn an_alert_can_stand_where_the_domain_says() {
        assert_eq!(STATES, StateName::ALL.map(StateName::as_str));
    }
}
