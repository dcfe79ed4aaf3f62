//! The XML signature as BankID lays it out.
//!
//! Every fragment is written in canonical form (Canonical XML 1.0), as BankID's own are, so that its digest is the hash
//! of its text.

use super::{SignFault, pki::Signer};
use crate::signature::Purpose;
use base64::{Engine, prelude::BASE64_STANDARD};
use rcgen::SigningKey;
use sha2::{Digest, Sha256};
use std::fmt::Write;

const C14N: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
const BANKID: &str = "http://www.bankid.com/signature/v1.0.0/types";

/// What the person is shown and signs.
#[derive(Clone, Copy)]
pub struct Content<'a> {
    /// Whether the person signs or identifies themselves.
    pub purpose: Purpose,
    /// The text that the person reads.
    pub visible: Option<&'a str>,
    /// What is signed along with it and not shown.
    pub non_visible: Option<&'a [u8]>,
    /// The name of the relying party, as the person is shown it.
    pub relying_party: &'a str,
    /// Makes the signature differ from every other.
    pub nonce: &'a [u8],
    /// The policies that the relying party asked for, as object identifiers.
    pub policies: &'a [String],
}

impl Signer {
    /// Signs as the BankID app does. The answer is the XML text; in `completionData.signature` it stands in base64.
    ///
    /// # Errors
    /// [`SignFault`] where a policy is no object identifier or the key cannot sign.
    pub fn sign(&self, content: &Content<'_>) -> Result<String, SignFault> {
        let data = signed_data(content)?;
        let key_info = self.key_info();
        let signed_info = signed_info(&data, &key_info);
        let signature = self.key.sign(signed_info.as_bytes()).map_err(|_| SignFault::Key)?;
        Ok(format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?><Signature xmlns=\"{DSIG}\">{signed_info}\
             <SignatureValue>{}</SignatureValue>{key_info}<Object>{data}</Object></Signature>",
            BASE64_STANDARD.encode(signature)
        ))
    }

    fn key_info(&self) -> String {
        let certificates = self.chain.iter().fold(String::new(), |mut text, der| {
            let _ = write!(text, "<X509Certificate>{}</X509Certificate>", BASE64_STANDARD.encode(der));
            text
        });
        format!("<KeyInfo xmlns=\"{DSIG}\" Id=\"bidKeyInfo\"><X509Data>{certificates}</X509Data></KeyInfo>")
    }
}

fn signed_info(data: &str, key_info: &str) -> String {
    let transforms = format!("<Transforms><Transform Algorithm=\"{C14N}\"></Transform></Transforms>");
    let digest = |text: &str| {
        format!(
            "<DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></DigestMethod><DigestValue>{}\
             </DigestValue>",
            BASE64_STANDARD.encode(Sha256::digest(text))
        )
    };
    format!(
        "<SignedInfo xmlns=\"{DSIG}\"><CanonicalizationMethod Algorithm=\"{C14N}\"></CanonicalizationMethod>\
         <SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"></SignatureMethod>\
         <Reference Type=\"{BANKID}\" URI=\"#bidSignedData\">{transforms}{}</Reference>\
         <Reference URI=\"#bidKeyInfo\">{transforms}{}</Reference></SignedInfo>",
        digest(data),
        digest(key_info)
    )
}

fn signed_data(content: &Content<'_>) -> Result<String, SignFault> {
    let encoded = |bytes: &[u8]| BASE64_STANDARD.encode(bytes);
    let visible = content.visible.map_or_else(String::new, |text| {
        let text = encoded(text.as_bytes());
        format!("<usrVisibleData charset=\"UTF-8\" visible=\"wysiwys\">{text}</usrVisibleData>")
    });
    let non_visible = content.non_visible.map_or_else(String::new, |bytes| {
        format!("<usrNonVisibleData>{}</usrNonVisibleData>", encoded(bytes))
    });
    Ok(format!(
        "<bankIdSignedData xmlns=\"{BANKID}\" Id=\"bidSignedData\">{visible}{non_visible}<srvInfo><name>{}</name>\
         <nonce>{}</nonce><displayName>{}</displayName></srvInfo><clientInfo><funcId>{}</funcId><version>{}</version>\
         <env><ai><type>{}</type><deviceInfo>{}</deviceInfo><uhi>{}</uhi><fsib>0</fsib><utb>cs1</utb>{}\
         <uauth>pw</uauth></ai></env></clientInfo></bankIdSignedData>",
        encoded(format!("cn={0},name={0},o=Bevaka sandbox,c=SE", content.relying_party).as_bytes()),
        encoded(content.nonce),
        encoded(content.relying_party.as_bytes()),
        content.purpose.func_id(),
        encoded(b"Personal=7.15.0&platform=sandbox"),
        encoded(b"SANDBOX"),
        encoded(b"1.0"),
        encoded(&[0; 21]),
        requirement(content.policies)?
    ))
}

fn requirement(policies: &[String]) -> Result<String, SignFault> {
    if policies.is_empty() {
        return Ok(String::new());
    }
    let mut values = String::new();
    for policy in policies {
        super::pki::object_identifier(policy)?;
        let _ = write!(values, "<value>{policy}</value>");
    }
    Ok(format!("<requirement><condition><type>CertificatePolicies</type>{values}</condition></requirement>"))
}
