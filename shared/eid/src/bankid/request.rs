//! What an order asks for, checked before it is sent.

use super::Method;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Serialize;
use std::net::IpAddr;

/// An order.
#[derive(Clone)]
pub struct Request {
    /// The person's address as the server sees it.
    pub end_user_ip: IpAddr,
    /// The text that the person is shown, as plain text.
    pub visible: Option<String>,
    /// What is signed along with it and not shown.
    pub non_visible: Option<Vec<u8>>,
    /// Which kind of BankID must be used (R9).
    pub method: Method,
    /// The certificate policies of that kind, from the profile.
    pub policies: Vec<String>,
    /// Who must sign: twelve digits. Nothing where it is not known yet.
    pub personal_number: Option<String>,
    /// Where the app sends the person afterwards, where it runs on the same device.
    pub return_url: Option<String>,
}

/// Why BankID would not take an order. Holds no value of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestFault {
    /// There is nothing to sign.
    #[error("an order to sign needs a text that is shown")]
    NothingToSign,
    /// The text is too long.
    #[error("the text has {characters} characters in base64, of {limit} at most")]
    Visible {
        /// How many it has.
        characters: usize,
        /// How many it may have.
        limit: usize,
    },
    /// The data that are not shown are too long.
    #[error("the data that are not shown have {characters} characters in base64, of {limit} at most")]
    NonVisible {
        /// How many they have.
        characters: usize,
        /// How many they may have.
        limit: usize,
    },
    /// Without policies every kind of BankID would do.
    #[error("an order names the certificate policies of the kind of BankID that must be used")]
    Policies,
    /// No personal number.
    #[error("a personal number has twelve digits")]
    PersonalNumber,
}

/// Which of the two orders it is, with BankID's limits in characters of base64.
#[derive(Clone, Copy)]
pub(super) enum Order {
    Auth,
    Sign,
}

impl Order {
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Sign => "sign",
        }
    }

    fn visible_limit(self) -> usize {
        match self {
            Self::Auth => 1_500,
            Self::Sign => 40_000,
        }
    }

    fn non_visible_limit(self) -> usize {
        match self {
            Self::Auth => 1_500,
            Self::Sign => 200_000,
        }
    }
}

/// An order in BankID's words.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Body<'a> {
    end_user_ip: IpAddr,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_visible_data: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_non_visible_data: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    return_url: Option<&'a str>,
    requirement: Requirement<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Requirement<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    card_reader: Option<&'static str>,
    certificate_policies: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    personal_number: Option<&'a str>,
}

impl Request {
    /// The order as BankID takes it, or why it does not.
    pub(super) fn body(&self, order: Order) -> Result<Body<'_>, RequestFault> {
        if matches!(order, Order::Sign) && self.visible.as_ref().is_none_or(String::is_empty) {
            return Err(RequestFault::NothingToSign);
        }
        if self.policies.is_empty() {
            return Err(RequestFault::Policies);
        }
        let is_number = |number: &String| number.len() == 12 && number.bytes().all(|b| b.is_ascii_digit());
        if !self.personal_number.as_ref().is_none_or(is_number) {
            return Err(RequestFault::PersonalNumber);
        }
        let user_visible_data = self.visible.as_ref().map(|text| BASE64_STANDARD.encode(text));
        let (characters, limit) = (length(user_visible_data.as_ref()), order.visible_limit());
        if characters > limit {
            return Err(RequestFault::Visible { characters, limit });
        }
        let user_non_visible_data = self.non_visible.as_ref().map(|bytes| BASE64_STANDARD.encode(bytes));
        let (characters, limit) = (length(user_non_visible_data.as_ref()), order.non_visible_limit());
        if characters > limit {
            return Err(RequestFault::NonVisible { characters, limit });
        }
        Ok(Body {
            end_user_ip: self.end_user_ip,
            user_visible_data,
            user_non_visible_data,
            return_url: self.return_url.as_deref(),
            requirement: Requirement {
                card_reader: self.method.card_reader(),
                certificate_policies: &self.policies,
                personal_number: self.personal_number.as_deref(),
            },
        })
    }
}

fn length(text: Option<&String>) -> usize {
    text.map_or(0, String::len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn request() -> Request {
        Request {
            end_user_ip: IpAddr::from([192, 0, 2, 1]),
            visible: Some("Anslut å".to_owned()),
            non_visible: Some(vec![0, 255]),
            method: Method::OnCard,
            policies: vec!["1.2.752.78.1.2".to_owned()],
            personal_number: Some("191212121212".to_owned()),
            return_url: None,
        }
    }

    fn fault(request: &Request, order: Order) -> RequestFault {
        request.body(order).map(|_| ()).unwrap_err()
    }

    #[test]
    fn r09_an_order_for_a_card_asks_for_its_policy_and_a_reader() {
        let body = serde_json::to_value(request().body(Order::Sign).unwrap()).unwrap();
        let expected = json!({
            "endUserIp": "192.0.2.1",
            "userVisibleData": "QW5zbHV0IMOl",
            "userNonVisibleData": "AP8=",
            "requirement": {
                "cardReader": "class1",
                "certificatePolicies": ["1.2.752.78.1.2"],
                "personalNumber": "191212121212",
            },
        });
        assert_eq!(body, expected);
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let request = Request {
            visible: None,
            non_visible: None,
            method: Method::Mobile,
            personal_number: None,
            return_url: Some("https://bank.example/".to_owned()),
            ..request()
        };
        let body = serde_json::to_value(request.body(Order::Auth).unwrap()).unwrap();
        let expected = json!({
            "endUserIp": "192.0.2.1",
            "returnUrl": "https://bank.example/",
            "requirement": { "certificatePolicies": ["1.2.752.78.1.2"] },
        });
        assert_eq!(body, expected);
    }

    #[test]
    fn the_limits_count_characters_of_base64() {
        // 4 characters for every 3 bytes begun.
        for (order, visible, non_visible) in [(Order::Auth, 1_125, 1_125), (Order::Sign, 30_000, 150_000)] {
            let fitting = Request {
                visible: Some("a".repeat(visible)),
                non_visible: Some(vec![0; non_visible]),
                ..request()
            };
            assert!(fitting.body(order).is_ok());
            let long = Request { visible: Some("a".repeat(visible + 1)), ..fitting.clone() };
            assert!(matches!(fault(&long, order), RequestFault::Visible { .. }));
            let long = Request { non_visible: Some(vec![0; non_visible + 1]), ..fitting };
            assert!(matches!(fault(&long, order), RequestFault::NonVisible { .. }));
        }
    }

    #[test]
    fn an_order_that_bankid_would_not_take_is_refused() {
        for visible in [None, Some(String::new())] {
            let empty = Request { visible, ..request() };
            assert_eq!(fault(&empty, Order::Sign), RequestFault::NothingToSign);
        }
        let without = Request { policies: Vec::new(), ..request() };
        assert_eq!(fault(&without, Order::Auth), RequestFault::Policies);
        for number in ["1212121212", "19121212-1212", "１９１２12121212"] {
            let wrong = Request { personal_number: Some(number.to_owned()), ..request() };
            assert_eq!(fault(&wrong, Order::Auth), RequestFault::PersonalNumber);
        }
    }
}
