use super::*;
use crate::gateway::{ParsedReport, ReportRefused};
use axum::http::HeaderMap;
use base64::{Engine, prelude::BASE64_STANDARD};
use bevaka_domain::delivery::Report;
use hmac::{Hmac, KeyInit, Mac};

const ELKS: &str = "63ad71174c58c8bdfb1970bc92d02ad1";
const TWILIO: &str = "d4116e60dbd3a8ed8a750872cc6ee7f3";
const KANNEL: &str = "4bdb472636f78652065e27081db79240";

fn read(name: &str, hmac: &str, query: &str, body: &str) -> Result<ParsedReport, ReportRefused> {
    let gateway = gateway(ready(name), "http://127.0.0.1");
    gateway.read_report(KEY, hmac, "", &HeaderMap::new(), Some(query), body.as_bytes())
}

fn parsed(report: Report, cause: Option<&str>) -> ParsedReport {
    ParsedReport { report, cause: cause.map(str::to_owned) }
}

#[test]
fn kannels_bit_mask_is_understood() {
    for (kind, report, cause) in [
        ("1", Report::Delivered, None),
        ("2", Report::Failed, Some("dlr_2")),
        ("4", Report::Underway, None),
        ("8", Report::Underway, None),
        ("16", Report::Failed, Some("dlr_16")),
        ("34", Report::Failed, Some("dlr_34")),
    ] {
        assert_eq!(read("kannel", KANNEL, &format!("type={kind}"), ""), Ok(parsed(report, cause)), "{kind}");
    }
    for query in ["type=64", "type=%25d", "", "kind=1"] {
        assert_eq!(read("kannel", KANNEL, query, ""), Err(ReportRefused::Illegible), "{query}");
    }
}

#[test]
fn elks_reports_by_form() {
    for (status, report, cause) in [
        ("sent", Report::Underway, None),
        ("delivered", Report::Delivered, None),
        ("failed", Report::Failed, Some("dlr_failed")),
    ] {
        assert_eq!(read("46elks", ELKS, "", &format!("id=s01&status={status}")), Ok(parsed(report, cause)));
    }
}

#[test]
fn a_report_needs_the_code_of_its_own_delivery_and_gateway() {
    for code in ["", "63ad", KANNEL, &ELKS.to_uppercase()] {
        assert_eq!(read("46elks", code, "", "status=delivered"), Err(ReportRefused::Forged), "{code}");
    }
    let gateway = gateway(ready("46elks"), "http://127.0.0.1");
    let other = Uuid::from_u128(8);
    let refused = gateway.read_report(other, ELKS, "", &HeaderMap::new(), None, b"status=delivered");
    assert_eq!(refused, Err(ReportRefused::Forged));
}

#[test]
fn without_a_report_secret_every_report_is_refused() {
    let settings = settings::Sms { report_secret: String::new().into(), ..settings("http://127.0.0.1") };
    let gateway = SmsGateway::new(ready("46elks"), &settings, PUBLIC_URL).unwrap();
    let refused = gateway.read_report(KEY, ELKS, "", &HeaderMap::new(), None, b"status=delivered");
    assert_eq!(refused, Err(ReportRefused::NotAskedFor));
}

#[test]
fn a_twilio_report_needs_its_signature_too() {
    let gateway = gateway(ready("twilio"), "http://127.0.0.1");
    let url = format!("{PUBLIC_URL}/dispatcher/reports/twilio/{KEY}/{TWILIO}");
    let body = "MessageStatus=undelivered&ErrorCode=30005&MessageSid=SM0123";
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(b"12345").unwrap();
    mac.update(format!("{url}ErrorCode30005MessageSidSM0123MessageStatusundelivered").as_bytes());
    let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
    let headers = HeaderMap::from_iter([("x-twilio-signature".parse().unwrap(), signature.parse().unwrap())]);

    let read = |url: &str, headers: &HeaderMap, body: &str| {
        gateway.read_report(KEY, TWILIO, url, headers, None, body.as_bytes())
    };
    assert_eq!(read(&url, &headers, body), Ok(parsed(Report::Failed, Some("dlr_undelivered_30005"))));
    assert_eq!(read(&url, &HeaderMap::new(), body), Err(ReportRefused::Forged));
    assert_eq!(read(&url, &headers, "MessageStatus=delivered"), Err(ReportRefused::Forged));
    assert_eq!(read("https://elsewhere.example", &headers, body), Err(ReportRefused::Forged));
}

#[test]
fn a_json_report_is_read_by_pointers_and_never_shows_what_could_be_a_number() {
    let file = r#"
        base_url = "https://sms.example"
        text = { max_segments = 2 }
        request = { method = "POST", path = "/", encoding = "json", fields = { callback = "{{report_url}}" } }
        response = { success_statuses = [200] }
        [reports]
        encoding = "json"
        status = "/results/0/status/groupId"
        code = "/results/0/error/id"
        statuses = { 1 = "underway", 2 = "failed", 3 = "delivered" }
    "#;
    let gateway = gateway(written(file), "http://127.0.0.1");
    let reporting = gateway.reporting.as_ref().unwrap();
    let code = reporting.url(KEY).rsplit_once('/').unwrap().1.to_owned();
    let read = |body: &str| gateway.read_report(KEY, &code, "", &HeaderMap::new(), None, body.as_bytes());
    let with = |group: u8, error: &str| {
        format!(r#"{{"results": [{{"status": {{"groupId": {group}}}, "error": {{"id": {error}}}}}]}}"#)
    };
    assert_eq!(read(&with(3, "0")), Ok(parsed(Report::Delivered, None)));
    assert_eq!(read(&with(1, "0")), Ok(parsed(Report::Underway, None)));
    assert_eq!(read(&with(2, "500")), Ok(parsed(Report::Failed, Some("dlr_2_500"))));
    assert_eq!(read(&with(2, "46701740605")), Ok(parsed(Report::Failed, Some("dlr_2"))));
    assert_eq!(read("{}"), Err(ReportRefused::Illegible));
    assert_eq!(read("?"), Err(ReportRefused::Illegible));
}
