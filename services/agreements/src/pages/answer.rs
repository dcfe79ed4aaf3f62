//! What a handler ends in: a page, a redirect, or a refusal in three parts (R46).

use super::visitor::Browser;
use crate::{
    fault::Fault,
    views::{Act, Place, Refused, Section},
};
use axum::response::Response;
use bevaka_domain::signing::Refusal;
use bevaka_portal::answer;
use bevaka_store::StoreError;
use bevaka_web::pages::ViewError;

pub(super) use bevaka_portal::Fields;

/// Why a handler does not show what it was asked for.
pub(super) enum Stop {
    /// A command was not carried out.
    Fault(Fault),
    /// A refusal with its page, another page, or a redirect.
    Page(answer::Stop),
}

/// What a handler gives.
pub(super) type Answer<T = Response> = Result<T, Stop>;

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<bevaka_portal::Fault> for Stop {
    fn from(fault: bevaka_portal::Fault) -> Self {
        Self::Fault(fault.into())
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Fault(refusal.into())
    }
}

impl From<StoreError> for Stop {
    fn from(fault: StoreError) -> Self {
        Self::Fault(fault.into())
    }
}

impl From<ViewError> for Stop {
    fn from(fault: ViewError) -> Self {
        Self::Fault(fault.into())
    }
}

impl From<Refused> for Stop {
    fn from(refused: Refused) -> Self {
        Self::Page(refused.into())
    }
}

impl From<Response> for Stop {
    fn from(response: Response) -> Self {
        Self::Page(response.into())
    }
}

impl Stop {
    /// Leads on to another page.
    pub(super) fn redirect(to: &str) -> Self {
        Self::Page(answer::Stop::redirect(to))
    }

    /// The same with its faults as refusals.
    pub(super) fn worded(self, refused: impl FnOnce(&Fault) -> Refused) -> answer::Stop {
        match self {
            Self::Page(stop) => stop,
            Self::Fault(fault) => refused(&fault).into(),
        }
    }
}

/// Where the page belongs on which something is done.
pub(super) const fn place(act: Act) -> (Place, Section) {
    match act {
        Act::Connect => (Place::Agreement, Section::Connect),
        Act::Change => (Place::Agreement, Section::Change),
        Act::End => (Place::Agreement, Section::End),
        Act::Users => (Place::Permissions, Section::Change),
    }
}

/// The refusal that a fault is where no company is known yet. A fault of ours is logged here, once; the answer says
/// nothing of its cause.
pub(super) fn refused(fault: &Fault) -> Refused {
    match fault {
        Fault::NotFound => Refused::NotFound,
        Fault::MethodClosed => Refused::MethodClosed,
        Fault::TooManyTries => Refused::TooManyTries,
        fault => {
            tracing::error!(error = %fault, "a page was not shown");
            Refused::OurFault
        }
    }
}

/// The answer of a handler that knows of no company.
pub(super) fn without_company(answer: Answer) -> bevaka_portal::Answer {
    answer.map_err(|stop| stop.worded(refused))
}

/// The answer of a handler for whoever has not signed in.
pub(super) fn outside(browser: &Browser, answer: Answer) -> Response {
    browser.answer(Section::Connect, without_company(answer))
}
