//! Faults of commands as people and programs are told of them.

use crate::{
    company::{Caller, Company},
    fault::Fault,
    paths,
    views::{Act, Refused},
};
use bevaka_domain::{agreement::HeldThrough, clock::Timestamp, signing::Refusal};
use bevaka_portal::company::names;

/// What is known of whoever is refused.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// Who asked.
    pub caller: Caller,
    /// Their company.
    pub company: &'a Company,
    /// What they tried.
    pub act: Act,
    /// When.
    pub now: Timestamp,
}

/// The refusal that a fault is. `None` for faults of a field, which the form or the API tells beside the field, and for
/// faults of ours.
pub fn refused(fault: &Fault, of: Circumstances<'_>) -> Option<Refused> {
    let Circumstances { caller, company, act, now } = of;
    let refusal = match fault {
        Fault::Refused(refusal) => *refusal,
        Fault::OrderPending(order) => return Some(Refused::OrderPending { order: paths::order(order) }),
        Fault::NotFound => return Some(Refused::NotFound),
        Fault::NoInsight => return Some(Refused::NoInsight { signatories: names(company.signatories(now)) }),
        Fault::TooManyTries => return Some(Refused::TooManyTries),
        Fault::MethodClosed => return Some(Refused::MethodClosed),
        Fault::Field(_) | Fault::BankId(_) | Fault::Store(_) | Fault::Internal(_) => return None,
    };
    let administrators = || names(company.administrators());
    Some(match refusal {
        Refusal::NoMandate => Refused::NoMandate { act, signatories: names(company.signatories(now)) },
        Refusal::OtherChannel => {
            let held_through = match caller.channel {
                HeldThrough::Private => HeldThrough::Corporate,
                HeldThrough::Corporate => HeldThrough::Private,
            };
            Refused::OtherChannel { held_through }
        }
        Refusal::AlreadyConnected => Refused::AlreadyConnected,
        Refusal::NotConnected if act == Act::End => Refused::AlreadyEnded,
        Refusal::NotConnected => Refused::NoAgreement,
        Refusal::ChangedMeanwhile | Refusal::NotActive => Refused::ChangedMeanwhile,
        Refusal::AlreadySigned => Refused::SignedAlready,
        Refusal::OrderOver | Refusal::OrderExpired | Refusal::NotYours => Refused::OrderOver,
        Refusal::NotAdministrator => Refused::NotAdministrator { administrators: administrators() },
        Refusal::OwnPermissions => Refused::OwnPermissions,
        Refusal::NothingChosen
        | Refusal::UnknownKind
        | Refusal::ChannelMissing
        | Refusal::ChannelNotAsked
        | Refusal::NoChange
        | Refusal::NotNeeded
        | Refusal::UserExists => return None,
    })
}
