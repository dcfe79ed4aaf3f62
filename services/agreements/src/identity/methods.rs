//! Which methods can be used now: planned from a date, open, closed until a date.

use crate::app::Parts;
use bevaka_chassis::settings::{MethodTimes, Moment};
use bevaka_domain::{clock::Timestamp, signing::Method};
use serde::Serialize;
use strum::EnumDiscriminants;
use utoipa::ToSchema;

/// Whether a method can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, EnumDiscriminants)]
#[serde(tag = "is", rename_all = "snake_case")]
#[strum_discriminants(
    name(AvailabilityName),
    doc = "The name of an [`Availability`].",
    derive(Serialize, ToSchema),
    serde(rename_all = "snake_case"),
    schema(as = Availability, description = "Whether a method can be used.")
)]
pub enum Availability {
    /// It can.
    Open,
    /// It comes.
    Planned {
        /// From when.
        from: Timestamp,
    },
    /// It is closed.
    Closed {
        /// Until when, if that is known.
        until: Option<Timestamp>,
    },
}

/// All methods in the order they are offered.
pub const METHODS: [Method; 3] = [Method::Mobile, Method::OnCard, Method::Token];

impl Parts {
    /// Whether a method can be used now. BankID without an address of its API is closed.
    pub fn availability(&self, method: Method, now: Timestamp) -> Availability {
        let settings = &self.chassis.settings.sign_in;
        let times = match method {
            Method::OnCard => &settings.on_card,
            Method::Mobile => &settings.mobile,
            Method::Token => &settings.token,
        };
        if method != Method::Token && self.bankid.is_none() {
            return Availability::Closed { until: None };
        }
        at(times, now)
    }
}

fn at(times: &MethodTimes, now: Timestamp) -> Availability {
    let MethodTimes { opens_at: Moment(opens), closed_from: Moment(from), closed_until: Moment(until) } =
        *times;
    match (opens, from) {
        (Some(opens), _) if now < opens => Availability::Planned { from: opens },
        (_, Some(from)) if from <= now && until.is_none_or(|until| now < until) => {
            Availability::Closed { until }
        }
        _ => Availability::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_planned_then_open_then_closed_then_open_again() {
        let moment = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
        let times = MethodTimes {
            opens_at: Moment(Some(moment(10))),
            closed_from: Moment(Some(moment(20))),
            closed_until: Moment(Some(moment(30))),
        };
        let (planned, closed) =
            (Availability::Planned { from: moment(10) }, Availability::Closed { until: Some(moment(30)) });
        let expected =
            [(9, planned), (10, Availability::Open), (20, closed), (29, closed), (30, Availability::Open)];
        for (seconds, expected) in expected {
            assert_eq!(at(&times, moment(seconds)), expected, "{seconds}");
        }
        let always =
            MethodTimes { opens_at: Moment(None), closed_from: Moment(None), closed_until: Moment(None) };
        assert_eq!(at(&always, moment(0)), Availability::Open);
    }
}
