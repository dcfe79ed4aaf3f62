//! The file of a profile, read and checked.

use super::{Anchor, Policies, Profile, ProfileError, Trust};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use x509_cert::{Certificate, der::Decode, der::asn1::ObjectIdentifier};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    trust: Trust,
    anchors: Vec<AnchorEntry>,
    policies: Policies,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnchorEntry {
    file: PathBuf,
    #[serde(default)]
    accepted_until: Option<String>,
}

/// A profile's file, to name it where something is wrong.
struct At<'a>(&'a Path);

pub(super) fn load(path: &Path) -> Result<Profile, ProfileError> {
    let text = read(path)?;
    let file: File = toml::from_str(&text).map_err(|fault| ProfileError::Toml {
        file: path.to_owned(),
        line: fault.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count()),
        reason: fault.message().to_owned(),
    })?;
    let at = At(path);
    at.policies("policies.on_card", &file.policies.on_card)?;
    at.policies("policies.mobile", &file.policies.mobile)?;
    if let Some(shared) = file.policies.on_card.iter().find(|oid| file.policies.mobile.contains(oid)) {
        let reason = format!("{shared} stands under on_card as well; a policy belongs to one kind of BankID");
        return Err(at.fault("policies.mobile", reason));
    }
    if file.anchors.is_empty() {
        return Err(at.fault("anchors", "name at least one trusted certificate".to_owned()));
    }
    let anchors = file.anchors.iter().enumerate().map(|(index, entry)| at.anchor(index, entry));
    Ok(Profile { trust: file.trust, anchors: anchors.collect::<Result<_, _>>()?, policies: file.policies })
}

fn read(path: &Path) -> Result<String, ProfileError> {
    std::fs::read_to_string(path)
        .map_err(|fault| ProfileError::Read { file: path.to_owned(), reason: fault.to_string() })
}

impl At<'_> {
    fn fault(&self, key: &str, reason: String) -> ProfileError {
        ProfileError::Value { file: self.0.to_owned(), key: key.to_owned(), reason }
    }

    fn policies(&self, key: &str, policies: &[String]) -> Result<(), ProfileError> {
        if policies.is_empty() {
            return Err(self.fault(key, "name at least one policy, such as \"1.2.752.78.1.5\"".to_owned()));
        }
        match policies.iter().find(|policy| ObjectIdentifier::new(policy).is_err()) {
            Some(policy) => {
                let reason = format!("{policy:?} is no object identifier such as \"1.2.752.78.1.5\"");
                Err(self.fault(key, reason))
            }
            None => Ok(()),
        }
    }

    fn anchor(&self, index: usize, entry: &AnchorEntry) -> Result<Anchor, ProfileError> {
        let path = self.0.parent().unwrap_or(Path::new("")).join(&entry.file);
        let pem = read(&path)?;
        let certificates: Vec<_> =
            CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<_, _>>().unwrap_or_default();
        let [certificate] = certificates.as_slice() else {
            let reason = format!("{} must hold exactly one certificate in PEM", path.display());
            return Err(self.fault(&format!("anchors[{index}].file"), reason));
        };
        if Certificate::from_der(certificate).is_err() {
            let reason = format!("{} holds something else than an X.509 certificate", path.display());
            return Err(self.fault(&format!("anchors[{index}].file"), reason));
        }
        let accepted_until =
            entry.accepted_until.as_deref().map(|text| self.time(index, text)).transpose()?;
        Ok(Anchor { certificate: certificate.clone(), accepted_until })
    }

    fn time(&self, index: usize, text: &str) -> Result<OffsetDateTime, ProfileError> {
        OffsetDateTime::parse(text, &Rfc3339).map_err(|_| {
            let reason = format!("{text:?} is no time such as \"2034-12-31T00:00:00Z\"");
            self.fault(&format!("anchors[{index}].accepted_until"), reason)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::pki::{Authority, Validity};
    use time::macros::datetime;

    const GOOD: &str = r#"
trust = "sandbox"
[[anchors]]
file = "root.pem"
accepted_until = "2034-12-31T00:00:00Z"
[policies]
on_card = ["1.2.3.4.10"]
mobile = ["1.2.3.4.25"]
"#;

    /// Loads a profile beside which `root.pem` lies.
    fn loaded(text: &str) -> Result<Profile, String> {
        let directory = tempfile::tempdir().unwrap();
        let validity =
            Validity { from: datetime!(2026-01-01 0:00 UTC), until: datetime!(2027-01-01 0:00 UTC) };
        let root = Authority::root("Root", validity).unwrap();
        std::fs::write(directory.path().join("root.pem"), root.certificate_pem()).unwrap();
        std::fs::write(directory.path().join("two.pem"), root.certificate_pem().repeat(2)).unwrap();
        let path = directory.path().join("profile.toml");
        std::fs::write(&path, text).unwrap();
        Profile::load(&path)
            .map_err(|error| error.to_string().replace(&format!("{}/", directory.path().display()), ""))
    }

    #[test]
    fn a_profile_has_its_anchors_and_the_policies_of_each_method() {
        use crate::bankid::Method;
        let profile = loaded(GOOD).unwrap();
        assert_eq!(profile.trust, Trust::Sandbox);
        assert_eq!(profile.anchors()[0].accepted_until, Some(datetime!(2034-12-31 0:00 UTC)));
        assert_eq!(profile.policies(Method::OnCard), ["1.2.3.4.10"]);
        assert_eq!(profile.policies(Method::Mobile), ["1.2.3.4.25"]);
    }

    #[test]
    fn a_fault_names_file_key_and_what_is_right() {
        for (from, to, told) in [
            ("\"sandbox\"", "\"none\"", "profile.toml:2: unknown variant `none`"),
            ("trust", "trsut", "profile.toml:2: unknown field `trsut`, expected one of `trust`"),
            ("root.pem", "gone.pem", "gone.pem: No such file"),
            (
                "root.pem",
                "two.pem",
                "profile.toml: anchors[0].file: two.pem must hold exactly one certificate",
            ),
            ("root.pem", "profile.toml", "profile.toml: anchors[0].file: profile.toml must hold exactly one"),
            (
                "2034-12-31T",
                "31/12",
                "profile.toml: anchors[0].accepted_until: \"31/1200:00:00Z\" is no time such as",
            ),
            ("\"1.2.3.4.10\"", "", "profile.toml: policies.on_card: name at least one policy"),
            (
                "1.2.3.4.25",
                "mobile",
                "profile.toml: policies.mobile: \"mobile\" is no object identifier such as",
            ),
            (
                "1.2.3.4.25",
                "1.2.3.4.10",
                "profile.toml: policies.mobile: 1.2.3.4.10 stands under on_card as well",
            ),
        ] {
            let fault = loaded(&GOOD.replace(from, to)).unwrap_err();
            assert!(fault.starts_with(told), "{fault}");
        }
    }
}
