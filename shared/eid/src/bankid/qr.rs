//! The animated QR code.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// What the QR code holds at a time, in whole seconds since the order was started. It is a new one each second; the
/// secret stays on the server.
pub fn qr(start_token: &str, start_secret: &SecretString, seconds: u64) -> String {
    let time = seconds.to_string();
    let mut text = format!("bankid.{start_token}.{time}.");
    // HMAC takes keys of any length, so this is always there.
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(start_secret.expose_secret().as_bytes()) {
        mac.update(time.as_bytes());
        text.push_str(&hex::encode(mac.finalize().into_bytes()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_bankids_own_vector() {
        let token = "67df3917-fa0d-44e5-b327-edcc928297f8";
        let secret = SecretString::from("d28db9a7-4cde-429e-a983-359be676944c");
        for (seconds, code) in [
            (0, "dc69358e712458a66a7525beef148ae8526b1c71610eff2c16cdffb4cdac9bf8"),
            (1, "949d559bf23403952a94d103e67743126381eda00f0b3cbddbf7c96b1adcbce2"),
            (2, "a9e5ec59cb4eee4ef4117150abc58fad7a85439a6a96ccbecc3668b41795b3f3"),
        ] {
            assert_eq!(qr(token, &secret, seconds), format!("bankid.{token}.{seconds}.{code}"));
        }
    }
}
