//! Faults of commands as people are told of them.

use crate::{
    company::{Caller, Company},
    fault::Fault,
    paths,
};
use bevaka_domain::{agreement::HeldThrough, clock::Timestamp, signing::Refusal};
use bevaka_portal::{Act, Refused, company::names};

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

/// The refusal that a fault is, by who is refused what. `None` for faults of ours, and for those that are refused in the
/// same words whoever asks.
pub fn refused(fault: &Fault, of: Circumstances<'_>) -> Option<Refused> {
    let Circumstances { caller, company, act, now } = of;
    let refusal = match fault {
        Fault::Refused(refusal) => *refusal,
        Fault::OrderPending(order) => return Some(Refused::OrderPending { order: paths::order(order) }),
        Fault::NoInsight => return Some(Refused::NoInsight { signatories: names(company.signatories(now)) }),
        // What a form of ours asks for can become impossible only while it is shown.
        Fault::Field(_) => return Some(Refused::ChangedMeanwhile),
        Fault::NotFound
        | Fault::TooManyTries
        | Fault::MethodClosed
        | Fault::BankId(_)
        | Fault::Store(_)
        | Fault::Internal(_) => return None,
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
        Refusal::AlreadySigned => Refused::SignedAlready,
        Refusal::OrderOver | Refusal::OrderExpired | Refusal::NotYours => Refused::OrderOver,
        Refusal::NotAdministrator => Refused::NotAdministrator { administrators: administrators() },
        Refusal::OwnPermissions => Refused::OwnPermissions,
        // As above.
        Refusal::ChangedMeanwhile
        | Refusal::NotActive
        | Refusal::NothingChosen
        | Refusal::UnknownKind
        | Refusal::ChannelMissing
        | Refusal::ChannelNotAsked
        | Refusal::NoChange
        | Refusal::NotNeeded
        | Refusal::UserExists => Refused::ChangedMeanwhile,
    })
}
