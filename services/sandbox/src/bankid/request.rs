//! What a relying party asks for, with BankID's checks.

#[cfg(test)]
mod tests;

use super::{
    error::ApiError,
    order::{Holder, Refused},
};
use crate::persons::{Method, PersonalNumber};
use base64::{Engine, prelude::BASE64_STANDARD};
use bevaka_eid::signature::Purpose;
use reqwest::Url;
use serde::Deserialize;
use std::net::IpAddr;
use strum::VariantArray;

/// The longest texts, in base64 characters.
const AUTH_TEXT: usize = 1_500;
const SIGN_VISIBLE: usize = 40_000;
const SIGN_NON_VISIBLE: usize = 200_000;

pub(crate) struct Ask {
    pub purpose: Purpose,
    pub end_user_ip: IpAddr,
    pub visible: Option<String>,
    pub non_visible: Option<Vec<u8>>,
    pub return_url: Option<String>,
    pub return_risk: bool,
    pub requirement: Requirement,
}

#[derive(Default)]
pub(crate) struct Requirement {
    /// As given; empty means the defaults.
    pub policies: Vec<String>,
    pub personal_number: Option<PersonalNumber>,
    pub mrtd: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    end_user_ip: String,
    user_visible_data: Option<String>,
    user_non_visible_data: Option<String>,
    user_visible_data_format: Option<String>,
    return_url: Option<String>,
    #[serde(default)]
    return_risk: bool,
    #[serde(default)]
    requirement: RequirementBody,
    web: Option<Web>,
    app: Option<App>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RequirementBody {
    card_reader: Option<String>,
    #[serde(default)]
    certificate_policies: Vec<String>,
    personal_number: Option<String>,
    /// Every BankID of the sandbox asks for its code anyhow.
    #[serde(default, rename = "pinCode")]
    _pin_code: bool,
    #[serde(default)]
    mrtd: bool,
    risk: Option<String>,
}

/// What the relying party knows of the browser. It is checked and not used: the sandbox sees no risk anywhere.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Web {
    #[serde(rename = "referringDomain")]
    _referring_domain: Option<String>,
    #[serde(rename = "userAgent")]
    _user_agent: Option<String>,
    #[serde(rename = "deviceIdentifier")]
    _device_identifier: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct App {
    #[serde(rename = "appIdentifier")]
    _app_identifier: Option<String>,
    #[serde(rename = "deviceOS")]
    _device_os: Option<String>,
    #[serde(rename = "deviceModelName")]
    _device_model_name: Option<String>,
    #[serde(rename = "deviceIdentifier")]
    _device_identifier: Option<String>,
}

impl Ask {
    pub(crate) fn parse(purpose: Purpose, body: &[u8]) -> Result<Self, ApiError> {
        let body: Body = super::error::json(body)?;
        if body.web.is_some() && body.app.is_some() {
            return Err(ApiError::invalid("web and app exclude each other"));
        }
        if body.user_visible_data_format.is_some_and(|format| format != "simpleMarkdownV1") {
            return Err(ApiError::invalid("userVisibleDataFormat is simpleMarkdownV1 or left out"));
        }
        let end_user_ip =
            body.end_user_ip.parse().map_err(|_| ApiError::invalid("endUserIp is no IP address"))?;
        if body.return_url.as_deref().is_some_and(|url| Url::parse(url).is_err()) {
            return Err(ApiError::invalid("returnUrl is no URL"));
        }
        let (visible, non_visible) =
            texts(purpose, body.user_visible_data.as_deref(), body.user_non_visible_data.as_deref())?;
        Ok(Self {
            purpose,
            end_user_ip,
            visible,
            non_visible,
            return_url: body.return_url,
            return_risk: body.return_risk,
            requirement: body.requirement.checked()?,
        })
    }
}

type Texts = (Option<String>, Option<Vec<u8>>);

fn texts(purpose: Purpose, visible: Option<&str>, non_visible: Option<&str>) -> Result<Texts, ApiError> {
    let (visible_limit, non_visible_limit) = match purpose {
        Purpose::Identification => (AUTH_TEXT, AUTH_TEXT),
        Purpose::Signing => (SIGN_VISIBLE, SIGN_NON_VISIBLE),
    };
    if purpose == Purpose::Signing && visible.is_none() {
        return Err(ApiError::invalid("userVisibleData is missing"));
    }
    let visible = visible
        .map(|text| {
            let wrong = "userVisibleData is not base64 of UTF-8 within its limit";
            let bytes = decoded(text, visible_limit).ok_or(ApiError::invalid(wrong))?;
            String::from_utf8(bytes).map_err(|_| ApiError::invalid(wrong))
        })
        .transpose()?;
    let wrong = ApiError::invalid("userNonVisibleData is not base64 within its limit");
    let non_visible = non_visible.map(|text| decoded(text, non_visible_limit).ok_or(wrong)).transpose()?;
    Ok((visible, non_visible))
}

fn decoded(text: &str, limit: usize) -> Option<Vec<u8>> {
    if text.is_empty() || text.len() > limit {
        return None;
    }
    BASE64_STANDARD.decode(text).ok()
}

impl RequirementBody {
    fn checked(self) -> Result<Requirement, ApiError> {
        if !self.certificate_policies.iter().all(|policy| is_policy(policy)) {
            return Err(ApiError::invalid("certificatePolicies are object identifiers"));
        }
        if self.risk.is_some_and(|risk| !matches!(risk.as_str(), "low" | "moderate")) {
            return Err(ApiError::invalid("risk is low or moderate"));
        }
        let number = self.personal_number.as_deref().map(PersonalNumber::parse).transpose();
        let personal_number = number.map_err(|_| ApiError::invalid("personalNumber is none"))?;
        let requirement =
            Requirement { policies: self.certificate_policies, personal_number, mrtd: self.mrtd };
        match self.card_reader.as_deref() {
            None => Ok(requirement),
            Some("class1" | "class2") if requirement.names(Method::OnCard) => Ok(requirement),
            // What BankID does then is undefined by its documents.
            Some("class1" | "class2") => Err(ApiError::invalid("cardReader needs the policy of a card")),
            Some(_) => Err(ApiError::invalid("cardReader is class1 or class2")),
        }
    }
}

impl Requirement {
    /// Whether a BankID is one that was asked for.
    pub(crate) fn accepts(&self, Holder { person, method }: &Holder) -> Result<(), Refused> {
        if !person.bankid.contains(method) {
            return Err(Refused::NotHeld);
        }
        if self.personal_number.as_ref().is_some_and(|number| *number != person.personal_number) {
            return Err(Refused::OtherPerson);
        }
        if !self.policies.is_empty() && !self.names(*method) {
            return Err(Refused::OtherKind);
        }
        Ok(())
    }

    /// The kinds of BankID that may be used.
    pub(crate) fn methods(&self) -> Vec<Method> {
        Method::VARIANTS
            .iter()
            .copied()
            .filter(|method| self.policies.is_empty() || self.names(*method))
            .collect()
    }

    fn names(&self, method: Method) -> bool {
        self.policies.iter().any(|policy| match policy.strip_suffix('*') {
            Some(prefix) => method.policy().starts_with(prefix),
            None => policy == method.policy(),
        })
    }
}

/// Numbers between dots; from the fifth place on the last may be an asterisk.
fn is_policy(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let Some((last, before)) = parts.split_last() else { return false };
    before.len() >= 2
        && before.iter().all(is_number)
        && (is_number(last) || (*last == "*" && before.len() >= 4))
}
