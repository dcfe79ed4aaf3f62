//! How an order goes, in BankID's words (`hintCode`).

use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt};
use strum::{AsRefStr, EnumString};

/// The longest unknown code that is kept, in characters.
const MAX_LEN: usize = 64;

/// How an order goes. Those that are not known are kept: BankID adds new ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, AsRefStr, EnumString)]
#[strum(serialize_all = "camelCase")]
#[serde(from = "Cow<'_, str>", into = "String")]
pub enum Hint {
    /// Pending: nobody has started the app for it.
    OutstandingTransaction,
    /// Pending: the person's app is not there.
    NoClient,
    /// Pending: the app was started, and has found no BankID that fits.
    Started,
    /// Pending: the person shows an identity document.
    UserMrtd,
    /// Pending: the person is asked about a telephone call.
    UserCallConfirm,
    /// Pending: the person is asked for their code.
    UserSign,
    /// Pending: BankID works on it.
    Processing,
    /// Pending: the person shows their face.
    UserFace,
    /// Pending: the person chooses how to confirm who they are.
    UserStepUp,
    /// Failed: nobody did anything in time.
    ExpiredTransaction,
    /// Failed: the BankID is blocked or too old.
    CertificateErr,
    /// Failed: the person said no.
    UserCancel,
    /// Failed: another order for the same person was started, or this one taken back.
    Cancelled,
    /// Failed: the app was not started in time.
    StartFailed,
    /// Failed: the person denies the telephone call.
    UserDeclinedCall,
    /// Failed: the app is too old for what is asked.
    NotSupportedByUserApp,
    /// Failed: BankID held the order for too risky.
    TransactionRiskBlocked,
    /// Failed: the identity document was not accepted.
    MrtdVerificationFailed,
    /// Failed: the face was not recognised.
    FacialRecognitionFailed,
    /// Failed: the device cannot read identity documents.
    NfcNotSupportedByDevice,
    /// Failed: more than one BankID on the device.
    MultipleBankIdsOnDevice,
    /// Failed: the person did not confirm who they are.
    StepUpFailed,
    /// One that is not known here, in BankID's words.
    #[strum(default, transparent)]
    Other(Unknown),
}

impl Hint {
    /// BankID's word for it.
    pub fn as_str(&self) -> &str {
        self.as_ref()
    }
}

impl From<Cow<'_, str>> for Hint {
    fn from(text: Cow<'_, str>) -> Self {
        Self::from(&*text)
    }
}

impl From<Hint> for String {
    fn from(hint: Hint) -> Self {
        hint.as_str().to_owned()
    }
}

/// A code of BankID's that is not known here, fit for a log: letters and digits, and not too many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown(String);

impl From<&str> for Unknown {
    fn from(text: &str) -> Self {
        Self(text.chars().filter(char::is_ascii_alphanumeric).take(MAX_LEN).collect())
    }
}

impl AsRef<str> for Unknown {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_is_read_and_written_in_bankids_words() {
        for (text, hint) in [
            ("outstandingTransaction", Hint::OutstandingTransaction),
            ("userMrtd", Hint::UserMrtd),
            ("certificateErr", Hint::CertificateErr),
            ("nfcNotSupportedByDevice", Hint::NfcNotSupportedByDevice),
            ("multipleBankIdsOnDevice", Hint::MultipleBankIdsOnDevice),
        ] {
            let read: Hint = serde_json::from_str(&format!("\"{text}\"")).unwrap();
            assert_eq!((&read, read.as_str()), (&hint, text));
        }
    }

    #[test]
    fn an_unknown_hint_is_kept_as_a_harmless_word() {
        assert_eq!(Hint::from("userDance"), Hint::Other("userDance".into()));
        assert_eq!(Hint::from("<b>\nx"), Hint::Other("bx".into()));
        assert_eq!(Hint::from("a".repeat(1000).as_str()).as_str().len(), MAX_LEN);
    }
}
