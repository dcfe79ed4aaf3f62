//! What the sandbox's BankID keeps in its directory: certificates, keys, and what a relying party needs of them.
//!
//! Made at the first start and kept; made anew where something is missing, broken or near its end. The keys of the
//! signatures' root and of the bank are not kept at all: nothing more is issued by them.

#[cfg(test)]
mod tests;

use super::completion::HELD_FOR;
use anyhow::{Context, ensure};
use bevaka_domain::clock::Timestamp;
use bevaka_eid::sign::pki::{Authority, Validity};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
};
use secrecy::{ExposeSecret, SecretString};
use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::Path,
    sync::Arc,
    time::Duration,
};
use x509_cert::{Certificate, der::Decode};

const DAY: Duration = Duration::from_secs(86_400);
const SIGNING_YEARS: u32 = 10;
const TLS_YEARS: u32 = 2;
/// The names that the server's certificate is good for; the last is the one in docker compose.
const SERVER_NAMES: [&str; 4] = ["localhost", "127.0.0.1", "::1", "sandbox"];

const ROOT: &str = "signature-root.pem";
const AUTHORITY: &str = "customer-authority.pem";
const SERVER: &str = "server.pem";
const SERVER_CA: &str = "server-ca.pem";
const RELYING_PARTY: &str = "relying-party.pem";
const PROFILE: &str = "profile.toml";

const PROFILE_TEXT: &str = r#"# Which signatures count: those of the sandbox's BankID. Refused in production.
trust = "sandbox"

[[anchors]]
file = "signature-root.pem"

[policies]
on_card = ["1.2.3.4.10"]
mobile = ["1.2.3.4.25"]
"#;

/// What the directory holds, ready for use.
pub(crate) struct Kept {
    pub authority: Authority,
    /// Serves those relying parties only that have the client certificate.
    pub tls: ServerConfig,
}

/// Reads the directory, and makes what is not there or does not hold for long.
pub(crate) fn open(directory: &Path, now: Timestamp) -> anyhow::Result<Kept> {
    fs::create_dir_all(directory).with_context(|| format!("making {}", directory.display()))?;
    let lock = File::create(directory.join("lock"))
        .with_context(|| format!("making files in {}", directory.display()))?;
    lock.lock().with_context(|| format!("locking {}", directory.display()))?;
    let authority = match read_authority(directory, now) {
        Ok(authority) => authority,
        Err(missing) => {
            tracing::info!(reason = %missing, "the sandbox's BankID makes a root; signatures of an earlier one do not count");
            make_authority(directory, now)?
        }
    };
    let tls = match read_tls(directory, now) {
        Ok(tls) => tls,
        Err(missing) => {
            tracing::info!(reason = %missing, "the sandbox's BankID makes certificates for its connections");
            make_tls(directory, now)?;
            read_tls(directory, now)?
        }
    };
    write(directory, PROFILE, PROFILE_TEXT, Mode::Public)?;
    Ok(Kept { authority, tls })
}

fn read_authority(directory: &Path, now: Timestamp) -> anyhow::Result<Authority> {
    let secret = SecretString::from(read(directory, AUTHORITY)?);
    let authority = Authority::from_pem(&secret)?;
    let own = certificates(secret.expose_secret(), AUTHORITY)?;
    let root = certificates(&read(directory, ROOT)?, ROOT)?;
    let (Some(topmost), Some(root)) = (own.last(), root.first()) else {
        anyhow::bail!("certificates are missing")
    };
    // A certificate made in use holds for as long from then on, and must not outlive those above.
    for certificate in own.iter().chain([root]) {
        ensure!(holds(certificate, now, HELD_FOR * 2)?, "a certificate for signatures is near its end");
    }
    let issuer = Certificate::from_der(topmost)?.tbs_certificate.issuer;
    ensure!(issuer == Certificate::from_der(root)?.tbs_certificate.subject, "{ROOT} belongs to others");
    Ok(authority)
}

fn make_authority(directory: &Path, now: Timestamp) -> anyhow::Result<Authority> {
    let validity = Validity {
        from: now.minus(365 * DAY).to_offset_date_time(),
        until: now.plus(SIGNING_YEARS * 365 * DAY).to_offset_date_time(),
    };
    // Two roots must not share a name: by it a file of an earlier one is found out.
    let root = Authority::root(&format!("Sandbox BankID Root {}", now.as_millis()), validity)?;
    let bank = root.subordinate("Sandbox BankID Bank", validity)?;
    let customers = bank.subordinate("Sandbox BankID Customers", validity)?;
    write(directory, AUTHORITY, customers.to_pem().expose_secret(), Mode::Private)?;
    write(directory, ROOT, &root.certificate_pem(), Mode::Public)?;
    Ok(customers)
}

fn read_tls(directory: &Path, now: Timestamp) -> anyhow::Result<ServerConfig> {
    let server = read(directory, SERVER)?;
    let relying_party = read(directory, RELYING_PARTY)?;
    let chain = certificates(&server, SERVER)?;
    let clients = certificates(&relying_party, RELYING_PARTY)?;
    let authority = certificates(&read(directory, SERVER_CA)?, SERVER_CA)?;
    ensure!(chain.get(1).is_some() && chain.get(1) == authority.first(), "{SERVER_CA} belongs to others");
    let client_authority = clients.get(1).context("the relying party's authority is missing")?.clone();
    for certificate in chain.iter().chain(&clients) {
        ensure!(holds(certificate, now, 30 * DAY)?, "a certificate for connections is near its end");
    }
    PrivateKeyDer::from_pem_slice(relying_party.as_bytes()).context("the relying party's key is missing")?;
    let key = PrivateKeyDer::from_pem_slice(server.as_bytes()).context("the server's key is missing")?;
    let mut roots = RootCertStore::empty();
    roots.add(client_authority)?;
    let provider = Arc::new(ring::default_provider());
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build()?;
    Ok(ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)?)
}

fn make_tls(directory: &Path, now: Timestamp) -> anyhow::Result<()> {
    let (from, until) = (now.minus(365 * DAY), now.plus(TLS_YEARS * 365 * DAY));
    let pair = |authority: &str, name: &str, usage, names: &[&str]| {
        let names = names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        issued(authority, name, usage, names, (from, until))
    };
    let server =
        pair("Sandbox BankID Server CA", "localhost", ExtendedKeyUsagePurpose::ServerAuth, &SERVER_NAMES)?;
    let client = pair("Sandbox BankID RP CA", "Bevaka", ExtendedKeyUsagePurpose::ClientAuth, &[])?;
    write(directory, SERVER, server.pem.expose_secret(), Mode::Private)?;
    write(directory, RELYING_PARTY, client.pem.expose_secret(), Mode::Private)?;
    write(directory, SERVER_CA, &server.authority, Mode::Public)
}

/// A certificate with its authority's and its key, and the authority's alone.
struct Issued {
    pem: SecretString,
    authority: String,
}

fn issued(
    authority: &str,
    name: &str,
    usage: ExtendedKeyUsagePurpose,
    names: Vec<String>,
    (from, until): (Timestamp, Timestamp),
) -> Result<Issued, rcgen::Error> {
    let params = |name: &str, names: Vec<String>| -> Result<CertificateParams, rcgen::Error> {
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::OrganizationName, "Bevaka sandbox");
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = from.to_offset_date_time();
        params.not_after = until.to_offset_date_time();
        params.use_authority_key_identifier_extension = true;
        Ok(params)
    };
    let (above_key, key) = (KeyPair::generate()?, KeyPair::generate()?);
    let mut above = params(authority, Vec::new())?;
    above.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    above.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let mut own = params(name, names)?;
    own.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    own.extended_key_usages = vec![usage];
    let authority = above.self_signed(&above_key)?.pem();
    let certificate = own.signed_by(&key, &Issuer::new(above, above_key))?.pem();
    let pem = format!("{certificate}{authority}{}", key.serialize_pem()).into();
    Ok(Issued { pem, authority })
}

fn read(directory: &Path, name: &str) -> anyhow::Result<String> {
    fs::read_to_string(directory.join(name)).with_context(|| format!("{name} cannot be read"))
}

fn certificates(pem: &str, name: &str) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|_| anyhow::anyhow!("{name} holds a broken certificate"))
}

/// Whether a certificate holds now and for so long from now on.
fn holds(certificate: &CertificateDer<'_>, now: Timestamp, ahead: Duration) -> anyhow::Result<bool> {
    let validity = Certificate::from_der(certificate)?.tbs_certificate.validity;
    let since_1970 = |at: Timestamp| Duration::from_micros(u64::try_from(at.as_micros()).unwrap_or_default());
    let (from, until) = (validity.not_before.to_unix_duration(), validity.not_after.to_unix_duration());
    Ok(from <= since_1970(now) && since_1970(now.plus(ahead)) < until)
}

#[derive(Clone, Copy)]
enum Mode {
    Public = 0o644,
    Private = 0o600,
}

/// Writes a file whole or not at all.
fn write(directory: &Path, name: &str, text: &str, mode: Mode) -> anyhow::Result<()> {
    let (part, path) = (directory.join(format!("{name}.part")), directory.join(name));
    let written = || {
        // A part that an earlier process left has its own mode.
        let _ = fs::remove_file(&part);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode as u32).open(&part)?;
        file.write_all(text.as_bytes())?;
        fs::rename(&part, &path)
    };
    written().with_context(|| format!("writing {}", path.display()))
}
