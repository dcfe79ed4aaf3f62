//! The key that signs ID tokens: a new one at each start, so that clients learn to look for it.

use anyhow::anyhow;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// ECDSA with P-256 and SHA-256 (RFC 7518, 3.4).
pub(super) const ALGORITHM: &str = "ES256";

pub(super) struct Key {
    pair: EcdsaKeyPair,
    id: String,
    random: SystemRandom,
}

impl Key {
    pub(super) fn generate() -> anyhow::Result<Self> {
        let random = SystemRandom::new();
        let failed =
            |_| anyhow!("the sandbox's provider cannot make a key: the system gives no random bytes");
        let pkcs8 =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).map_err(failed)?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random)
            .map_err(|rejected| anyhow!("the sandbox's provider cannot use its key: {rejected}"))?;
        let hash = Sha256::digest(pair.public_key().as_ref());
        Ok(Self { id: URL_SAFE_NO_PAD.encode(&hash[..12]), pair, random })
    }

    /// Its public half as a JSON Web Key (RFC 7517).
    pub(super) fn public(&self) -> Value {
        // An uncompressed point: 4, x, y.
        let (x, y) = self.pair.public_key().as_ref().get(1..).unwrap_or_default().split_at(32);
        json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": ALGORITHM, "kid": self.id,
            "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
        })
    }

    /// Claims as a signed JSON Web Token (RFC 7519).
    pub(super) fn sign(&self, claims: &Value) -> anyhow::Result<String> {
        let header = json!({"alg": ALGORITHM, "typ": "JWT", "kid": self.id});
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(claims));
        let signature = self.pair.sign(&self.random, signed.as_bytes());
        let signature = signature.map_err(|_| anyhow!("the sandbox's provider cannot sign"))?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}
