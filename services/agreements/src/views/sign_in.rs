//! *Logga in*.

use super::{
    FieldFault, Message, Place, Section, View,
    parts::{Method, MethodRow, SignProblem},
};
use bevaka_domain::{agreement::HeldThrough, clock::Timestamp, language::Language};
use bevaka_web::layout::Tone;
use serde::Serialize;
use std::fmt;

/// The page where one signs in. Each open method is a form, `POST` [`crate::paths::SIGN_IN`]:
/// `method` (`on_card`, `mobile`, `token`), `number` (personal number; card and token only), `next` (the address
/// to go on to, may be empty), `kanal` (`private`, `corporate`).
#[derive(Clone, Debug, Serialize)]
pub struct SignIn {
    /// The methods in the order they are offered.
    pub methods: Vec<MethodRow>,
    /// Where the person wanted to go: a path of this server, empty for the start page.
    pub next: String,
    /// Which internet bank one signs in to (R6).
    pub channel: HeldThrough,
    /// The address of this page for the other internet bank.
    pub other: String,
    /// What was typed, by method.
    pub typed: TypedNumbers,
    /// What happened before.
    #[serde(skip)]
    pub notice: Option<SignInNotice>,
    /// What is wrong with the number, and of which method's form.
    #[serde(skip)]
    pub fault: Option<(Method, SignInFault)>,
    /// The language of the page, for dates in the notice.
    #[serde(skip)]
    pub language: Language,
}

/// Personal numbers as typed, shown again when they are wrong.
#[derive(Clone, Default, Serialize)]
pub struct TypedNumbers {
    /// For *BankID på kort*.
    pub on_card: String,
    /// For *Säkerhetsdosa*.
    pub token: String,
}

impl fmt::Debug for TypedNumbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypedNumbers(…)")
    }
}

/// What happened before the page was shown.
#[derive(Clone, Debug)]
pub enum SignInNotice {
    /// The person pressed *Logga ut*.
    SignedOut,
    /// Five minutes without use (R44).
    EndedByInactivity,
    /// The session reached its greatest age, or was ended elsewhere.
    SessionOver,
    /// The person's identity is proven, and no company has them as a user.
    UnknownPerson,
    /// The person's company has no users yet.
    CompanyWithoutUsers {
        /// The company's name.
        company: String,
    },
    /// The person is blocked, denied or expired in every company.
    Blocked,
    /// Too many tries from this person or this address.
    TooManyTries {
        /// From when it is possible again.
        until: Timestamp,
    },
    /// The attempt did not come to its end.
    Problem(SignProblem),
}

/// What is wrong with the personal number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInFault {
    /// It is empty.
    Missing,
    /// It does not have twelve digits, or the check digit does not match.
    Invalid,
}

impl View for SignIn {
    const TEMPLATE: &'static str = "sign_in";

    fn title(&self) -> &'static str {
        "sign-in-title"
    }

    fn place(&self) -> Place {
        Place::Outside
    }

    fn help(&self) -> Section {
        Section::Connect
    }

    fn notice(&self) -> Option<Message> {
        self.notice.as_ref().map(|notice| notice.message(self.language))
    }

    fn faults(&self) -> Vec<FieldFault> {
        let Some((method, fault)) = self.fault else { return Vec::new() };
        let field = match method {
            Method::OnCard => "number-on_card",
            Method::Token => "number-token",
            Method::Mobile => return Vec::new(),
        };
        let key = match fault {
            SignInFault::Missing => "sign-in-number-missing",
            SignInFault::Invalid => "sign-in-number-invalid",
        };
        vec![FieldFault::new(field, key)]
    }
}

impl SignInNotice {
    fn message(&self, language: Language) -> Message {
        match self {
            Self::SignedOut => Message::new(Tone::Success, "sign-in-signed-out"),
            Self::EndedByInactivity => Message::new(Tone::Info, "sign-in-inactive"),
            Self::SessionOver => Message::new(Tone::Info, "sign-in-session-over"),
            Self::UnknownPerson => Message::new(Tone::Error, "sign-in-unknown"),
            Self::CompanyWithoutUsers { company } => {
                Message::new(Tone::Warning, "sign-in-no-users").with("company", company)
            }
            Self::Blocked => Message::new(Tone::Error, "sign-in-blocked"),
            Self::TooManyTries { until } => Message::new(Tone::Error, "sign-in-too-many")
                .with("until", until.local().time_of_day(language)),
            Self::Problem(problem) => problem.message(),
        }
    }
}
