//! What a person is told about their order: the messages that BankID recommends to every relying party.

use super::{BankIdError, ErrorCode, Hint};

/// The texts of all messages, Swedish then English, as flat TOML by [`Message::key`].
pub const TEXTS: (&str, &str) =
    (include_str!("../../translations/sv.toml"), include_str!("../../translations/en.toml"));

/// How the person was asked to start BankID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By scanning a QR code with another device.
    Qr,
    /// By a link, on the same telephone or tablet.
    SameDevice,
    /// By a link, on the computer with the card reader.
    Card,
}

/// A message, by BankID's own number. Numbers that are missing are no longer in BankID's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[cfg_attr(test, derive(strum::VariantArray))]
#[strum(serialize_all = "kebab-case", prefix = "bankid-")]
#[allow(missing_docs, reason = "the texts are in the catalogues")]
pub enum Message {
    Rfa1,
    Rfa2,
    Rfa3,
    Rfa4,
    Rfa5,
    Rfa6,
    Rfa8,
    Rfa9,
    Rfa13,
    Rfa15a,
    Rfa15b,
    Rfa16,
    Rfa17a,
    Rfa17b,
    Rfa19,
    Rfa20,
    Rfa21,
    Rfa22,
    Rfa23,
    Rfa24,
    Rfa25,
    Rfa26,
    Rfa27,
    Rfa28,
    Rfa29,
    Rfa30,
}

impl Message {
    /// What to say while an order is pending.
    pub fn pending(hint: &Hint, way: Way) -> Self {
        match (hint, way) {
            (Hint::OutstandingTransaction, Way::SameDevice | Way::Card) => Self::Rfa13,
            (Hint::OutstandingTransaction | Hint::NoClient, _) => Self::Rfa1,
            (Hint::Started, Way::Card) => Self::Rfa15a,
            (Hint::Started, _) => Self::Rfa15b,
            (Hint::UserSign, _) => Self::Rfa9,
            (Hint::UserMrtd, _) => Self::Rfa23,
            (Hint::UserFace, _) => Self::Rfa24,
            (Hint::UserStepUp, _) => Self::Rfa25,
            _ => Self::Rfa21,
        }
    }

    /// What to say when an order has failed.
    pub fn failed(hint: &Hint, way: Way) -> Self {
        match (hint, way) {
            (Hint::ExpiredTransaction, _) => Self::Rfa8,
            (Hint::CertificateErr, _) => Self::Rfa16,
            (Hint::UserCancel, _) => Self::Rfa6,
            (Hint::Cancelled, _) => Self::Rfa3,
            (Hint::StartFailed, Way::Qr) => Self::Rfa17b,
            (Hint::StartFailed, _) => Self::Rfa17a,
            (Hint::MrtdVerificationFailed, _) => Self::Rfa26,
            (Hint::FacialRecognitionFailed, _) => Self::Rfa27,
            (Hint::NfcNotSupportedByDevice, _) => Self::Rfa28,
            (Hint::MultipleBankIdsOnDevice, _) => Self::Rfa29,
            (Hint::StepUpFailed, _) => Self::Rfa30,
            _ => Self::Rfa22,
        }
    }

    /// What to say when BankID refused or could not be asked.
    pub fn error(error: &BankIdError) -> Self {
        match error {
            BankIdError::Refused(ErrorCode::AlreadyInProgress) => Self::Rfa4,
            BankIdError::Refused(
                ErrorCode::RequestTimeout | ErrorCode::InternalError | ErrorCode::Maintenance,
            )
            | BankIdError::Unreachable
            | BankIdError::Timeout => Self::Rfa5,
            BankIdError::Refused(_) | BankIdError::Request(_) | BankIdError::Answer { .. } => Self::Rfa22,
        }
    }

    /// The key of its text in a catalogue.
    pub fn key(self) -> &'static str {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Message as M;
    use std::collections::{BTreeMap, BTreeSet};
    use strum::VariantArray as _;

    #[test]
    fn every_message_has_a_text_in_both_languages_and_there_are_no_others() {
        let keys: BTreeSet<&str> = Message::VARIANTS.iter().map(|message| message.key()).collect();
        assert_eq!(keys.len(), Message::VARIANTS.len());
        for catalogue in [TEXTS.0, TEXTS.1] {
            let texts: BTreeMap<String, String> = toml::from_str(catalogue).unwrap();
            assert_eq!(texts.keys().map(String::as_str).collect::<BTreeSet<_>>(), keys);
            assert!(texts.values().all(|text| text.trim() == text && text.ends_with(['.', '?'])));
        }
    }

    #[test]
    fn a_pending_order_is_told_by_hint_and_by_how_it_was_started() {
        for (hint, qr, same_device, card) in [
            ("outstandingTransaction", M::Rfa1, M::Rfa13, M::Rfa13),
            ("noClient", M::Rfa1, M::Rfa1, M::Rfa1),
            ("started", M::Rfa15b, M::Rfa15b, M::Rfa15a),
            ("userSign", M::Rfa9, M::Rfa9, M::Rfa9),
            ("userMrtd", M::Rfa23, M::Rfa23, M::Rfa23),
            ("userFace", M::Rfa24, M::Rfa24, M::Rfa24),
            ("userStepUp", M::Rfa25, M::Rfa25, M::Rfa25),
            ("userCallConfirm", M::Rfa21, M::Rfa21, M::Rfa21),
            ("processing", M::Rfa21, M::Rfa21, M::Rfa21),
            ("something new", M::Rfa21, M::Rfa21, M::Rfa21),
        ] {
            let told = [Way::Qr, Way::SameDevice, Way::Card].map(|way| M::pending(&Hint::from(hint), way));
            assert_eq!(told, [qr, same_device, card], "{hint}");
        }
    }

    #[test]
    fn a_failed_order_is_told_by_hint_and_by_how_it_was_started() {
        for (hint, qr, same_device) in [
            ("expiredTransaction", M::Rfa8, M::Rfa8),
            ("certificateErr", M::Rfa16, M::Rfa16),
            ("userCancel", M::Rfa6, M::Rfa6),
            ("cancelled", M::Rfa3, M::Rfa3),
            ("startFailed", M::Rfa17b, M::Rfa17a),
            ("mrtdVerificationFailed", M::Rfa26, M::Rfa26),
            ("facialRecognitionFailed", M::Rfa27, M::Rfa27),
            ("nfcNotSupportedByDevice", M::Rfa28, M::Rfa28),
            ("multipleBankIdsOnDevice", M::Rfa29, M::Rfa29),
            ("stepUpFailed", M::Rfa30, M::Rfa30),
            ("userDeclinedCall", M::Rfa22, M::Rfa22),
            ("transactionRiskBlocked", M::Rfa22, M::Rfa22),
            ("something new", M::Rfa22, M::Rfa22),
        ] {
            let told = [Way::Qr, Way::SameDevice].map(|way| M::failed(&Hint::from(hint), way));
            assert_eq!(told, [qr, same_device], "{hint}");
        }
    }

    #[test]
    fn an_error_is_told_by_its_code() {
        for (code, message) in [
            ("alreadyInProgress", M::Rfa4),
            ("requestTimeout", M::Rfa5),
            ("internalError", M::Rfa5),
            ("maintenance", M::Rfa5),
            ("invalidParameters", M::Rfa22),
            ("unauthorized", M::Rfa22),
            ("something new", M::Rfa22),
        ] {
            assert_eq!(M::error(&BankIdError::Refused(ErrorCode::from(code))), message, "{code}");
        }
        assert_eq!(M::error(&BankIdError::Timeout), M::Rfa5);
        assert_eq!(M::error(&BankIdError::Unreachable), M::Rfa5);
        assert_eq!(M::error(&BankIdError::Answer { status: 200 }), M::Rfa22);
    }
}
