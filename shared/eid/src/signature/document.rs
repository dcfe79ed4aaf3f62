//! The signed XML document: laid out as BankID's are, and neither its digests nor its signature broken.
//!
//! XML signatures refer to what they sign by id, which is how signed parts get swapped for others. Nothing is looked up
//! here: every part has one place, what stands there is what is hashed, and the same nodes are what is read. Whatever
//! BankID's layout does not have (a document type, comments, processing instructions, CDATA, a second id of the same
//! name) is refused.

mod node;

use base64::{Engine, prelude::BASE64_STANDARD};
use bergshamra_c14n::{C14nMode, canonicalize_doc};
use bergshamra_xml::NodeSet;
use node::Node;
use rustls::pki_types::CertificateDer;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uppsala::Parser;
use webpki::{EndEntityCert, ring::RSA_PKCS1_2048_8192_SHA256};

const C14N: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
const DATA_TYPE: &str = "http://www.bankid.com/signature/v1.0.0/types";

/// The longest document, in bytes: the largest text and data that BankID takes, twice in base64, and certificates.
const LONGEST: usize = 1_000_000;
/// The deepest element of BankID's layout stands at level 9.
const DEEPEST: u32 = 16;
/// BankID sends three certificates.
const MOST_CERTIFICATES: usize = 6;

/// A document whose signature holds with the key of its first certificate. Whether that one is trusted is still open.
pub struct Document {
    /// The signer's own first. At least one.
    pub certificates: Vec<CertificateDer<'static>>,
    /// What was signed.
    pub data: SignedData,
}

/// What was signed.
pub struct SignedData {
    /// The text that the person saw.
    pub visible: Option<Vec<u8>>,
    /// What was signed along with it.
    pub non_visible: Option<Vec<u8>>,
    /// What the person did.
    pub func_id: String,
}

/// Why a document does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DocumentFault {
    /// Not XML, too long, or with a document type.
    #[error("the signature is no XML document as BankID makes it")]
    Xml,
    /// A part is missing, doubled, or out of its place.
    #[error("the signature is not laid out as BankID's are: {0}")]
    Layout(&'static str),
    /// Another algorithm than BankID's.
    #[error("the signature uses another algorithm than BankID's: {0}")]
    Algorithm(&'static str),
    /// A part was altered.
    #[error("the digest of {0} does not match: it was altered")]
    Digest(&'static str),
    /// The signer's certificate cannot be read.
    #[error("the signer's certificate cannot be read")]
    Certificate,
    /// The signature was not made with the key of the certificate.
    #[error("the signature was not made with the signer's key")]
    Signature,
}

impl Document {
    /// The signer's own certificate.
    pub fn leaf(&self) -> &CertificateDer<'static> {
        &self.certificates[0]
    }
}

/// Reads a document and checks its digests and its signature.
pub fn read(xml: &[u8]) -> Result<Document, DocumentFault> {
    let text =
        std::str::from_utf8(xml).ok().filter(|text| text.len() <= LONGEST).ok_or(DocumentFault::Xml)?;
    let parser = Parser::new().with_forbid_dtd(true).with_max_depth(DEEPEST);
    let document = parser.parse(text).map_err(|_| DocumentFault::Xml)?;
    let root = Node::root(&document)?;
    if !root.is_dsig("Signature") {
        return Err(DocumentFault::Layout("the root is no Signature"));
    }
    let [signed_info, value, key_info, object] = root.children()?;
    for (node, name) in
        [(signed_info, "SignedInfo"), (value, "SignatureValue"), (key_info, "KeyInfo"), (object, "Object")]
    {
        if !node.is_dsig(name) {
            return Err(DocumentFault::Layout("the parts of Signature"));
        }
    }
    let [data] = object.children()?;
    if !data.is_bankid("bankIdSignedData") {
        return Err(DocumentFault::Layout("the content of Object"));
    }
    data.must_have_id("bidSignedData")?;
    key_info.must_have_id("bidKeyInfo")?;
    check_references(signed_info, data, key_info)?;
    let certificates = certificates(key_info)?;
    let leaf = EndEntityCert::try_from(&certificates[0]).map_err(|_| DocumentFault::Certificate)?;
    leaf.verify_signature(RSA_PKCS1_2048_8192_SHA256, &canonical(signed_info)?, &base64(value)?)
        .map_err(|_| DocumentFault::Signature)?;
    let data = signed_data(data)?;
    Ok(Document { certificates, data })
}

/// `SignedInfo`: BankID's algorithms, and exactly the two references, whose digests match.
fn check_references(signed_info: Node<'_>, data: Node<'_>, key_info: Node<'_>) -> Result<(), DocumentFault> {
    let [canonicalization, method, first, second] = signed_info.children()?;
    must_use(canonicalization, "CanonicalizationMethod", C14N)?;
    must_use(method, "SignatureMethod", RSA_SHA256)?;
    if first.attribute("Type") != Some(DATA_TYPE) {
        return Err(DocumentFault::Layout("the type of the first reference"));
    }
    check_reference(first, "#bidSignedData", data, "the signed data")?;
    check_reference(second, "#bidKeyInfo", key_info, "the certificates")
}

fn check_reference(
    reference: Node<'_>,
    uri: &str,
    target: Node<'_>,
    what: &'static str,
) -> Result<(), DocumentFault> {
    let [transforms, method, digest] = reference.children()?;
    let is_in_place =
        reference.is_dsig("Reference") && transforms.is_dsig("Transforms") && digest.is_dsig("DigestValue");
    if !is_in_place || reference.attribute("URI") != Some(uri) {
        return Err(DocumentFault::Layout("the references"));
    }
    let [transform] = transforms.children()?;
    must_use(transform, "Transform", C14N)?;
    must_use(method, "DigestMethod", SHA256)?;
    let is_same = Sha256::digest(canonical(target)?).as_slice().ct_eq(base64(digest)?.as_slice());
    if bool::from(is_same) { Ok(()) } else { Err(DocumentFault::Digest(what)) }
}

/// The node names an algorithm, this one, and nothing within it changes what that means.
fn must_use(node: Node<'_>, name: &'static str, algorithm: &str) -> Result<(), DocumentFault> {
    let [] = node.children()?;
    if !node.is_dsig(name) {
        return Err(DocumentFault::Layout(name));
    }
    if node.attribute("Algorithm") != Some(algorithm) {
        return Err(DocumentFault::Algorithm(name));
    }
    Ok(())
}

fn certificates(key_info: Node<'_>) -> Result<Vec<CertificateDer<'static>>, DocumentFault> {
    let [x509_data] = key_info.children()?;
    let nodes = x509_data.elements()?;
    let is_in_place =
        x509_data.is_dsig("X509Data") && nodes.iter().all(|node| node.is_dsig("X509Certificate"));
    if !is_in_place || !(1..=MOST_CERTIFICATES).contains(&nodes.len()) {
        return Err(DocumentFault::Layout("the content of KeyInfo"));
    }
    nodes.into_iter().map(|node| base64(node).map(CertificateDer::from)).collect()
}

fn signed_data(data: Node<'_>) -> Result<SignedData, DocumentFault> {
    let visible = data.optional("usrVisibleData")?;
    if visible.is_some_and(|node| node.attribute("charset") != Some("UTF-8")) {
        return Err(DocumentFault::Layout("the character set of the text"));
    }
    let client = data.optional("clientInfo")?.ok_or(DocumentFault::Layout("clientInfo"))?;
    let func_id = client.optional("funcId")?.ok_or(DocumentFault::Layout("funcId"))?;
    Ok(SignedData {
        visible: visible.map(base64).transpose()?,
        non_visible: data.optional("usrNonVisibleData")?.map(base64).transpose()?,
        func_id: func_id.text()?.to_owned(),
    })
}

/// Canonical XML 1.0 of an element as it stands in the document.
fn canonical(node: Node<'_>) -> Result<Vec<u8>, DocumentFault> {
    let subtree = NodeSet::tree_without_comments(node.id, node.document);
    canonicalize_doc::<&str>(node.document, C14nMode::Inclusive, Some(&subtree), &[])
        .map_err(|_| DocumentFault::Xml)
}

/// The bytes of a text in base64, which may be broken into lines.
fn base64(node: Node<'_>) -> Result<Vec<u8>, DocumentFault> {
    let text: Vec<u8> = node.text()?.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    BASE64_STANDARD.decode(text).map_err(|_| DocumentFault::Layout("base64"))
}
