mod files;
mod outcomes;
mod reports;
mod requests;

use super::{GatewayConfig, SmsGateway, SmsMessage};
use bevaka_chassis::settings;
use bevaka_domain::sms::Sms;
use std::path::{Path, PathBuf};
use uuid::Uuid;

const KEY: Uuid = Uuid::from_u128(7);
const PUBLIC_URL: &str = "https://bevaka.bank.example";
const REPORT_SECRET: &str = "0123456789abcdef0123456789abcdef";

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/gateways")
}

fn ready(name: &str) -> GatewayConfig {
    GatewayConfig::load(&directory().join(format!("{name}.toml"))).unwrap()
}

fn written(text: &str) -> GatewayConfig {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("own.toml");
    std::fs::write(&file, text).unwrap();
    GatewayConfig::load(&file).unwrap()
}

fn settings(base_url: &str) -> settings::Sms {
    settings::Sms {
        gateway: "ignored".into(),
        base_url: base_url.into(),
        account: "AC/1".into(),
        secret: "12345".to_owned().into(),
        sender: "MinBank".into(),
        concurrency: 4,
        timeout_ms: 5_000,
        report_secret: REPORT_SECRET.to_owned().into(),
    }
}

fn gateway(config: GatewayConfig, base_url: &str) -> SmsGateway {
    SmsGateway::new(config, &settings(base_url), PUBLIC_URL).unwrap()
}

fn message(text: &str) -> SmsMessage {
    SmsMessage { key: KEY, to: "+46701740605".into(), sms: Sms::new(text) }
}
