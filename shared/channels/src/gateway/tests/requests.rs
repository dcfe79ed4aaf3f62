use super::*;
use bevaka_domain::delivery::Outcome;
use serde_json::json;
use std::collections::BTreeMap;
use url::form_urlencoded;
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};

/// Sends one message to a provider that answers so, and gives what the provider saw.
async fn seen(
    config: GatewayConfig,
    change: impl FnOnce(&mut settings::Sms),
    text: &str,
    answer: ResponseTemplate,
) -> (Request, Outcome) {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).expect(1).mount(&server).await;
    let mut settings = settings(&server.uri());
    change(&mut settings);
    let gateway = SmsGateway::new(config, &settings, PUBLIC_URL).unwrap();
    let outcome = gateway.send(&message(text)).await;
    (server.received_requests().await.unwrap().remove(0), outcome)
}

fn pairs(encoded: &[u8]) -> BTreeMap<String, String> {
    form_urlencoded::parse(encoded).into_owned().collect()
}

fn expected(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn header<'a>(request: &'a Request, name: &str) -> &'a str {
    request.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

fn accepted(reference: Option<&str>) -> Outcome {
    Outcome::Accepted { reference: reference.map(str::to_owned) }
}

#[tokio::test]
async fn elks_gets_its_form() {
    let answer = ResponseTemplate::new(200).set_body_json(json!({"id": "s0123", "status": "created"}));
    let (request, outcome) = seen(ready("46elks"), |_| {}, "Hej å + €", answer).await;
    assert_eq!((request.method.as_str(), request.url.path()), ("POST", "/a1/sms"));
    assert_eq!(header(&request, "authorization"), "Basic QUMvMToxMjM0NQ==");
    assert_eq!(header(&request, "content-type"), "application/x-www-form-urlencoded");
    assert_eq!(
        pairs(&request.body),
        expected(&[
            ("from", "MinBank"),
            ("to", "+46701740605"),
            ("message", "Hej å + €"),
            (
                "whendelivered",
                "https://bevaka.bank.example/dispatcher/reports/46elks/\
                 00000000-0000-0000-0000-000000000007/63ad71174c58c8bdfb1970bc92d02ad1"
            ),
        ])
    );
    assert_eq!(outcome, accepted(Some("s0123")));
}

#[tokio::test]
async fn twilio_gets_its_form_and_no_account_adds_a_segment_to_its_path() {
    let answer = ResponseTemplate::new(201).set_body_json(json!({"sid": "SM0123", "status": "queued"}));
    let (request, outcome) = seen(ready("twilio"), |_| {}, "Hej", answer).await;
    assert_eq!(request.method.as_str(), "POST");
    assert_eq!(request.url.path(), "/2010-04-01/Accounts/AC%2F1/Messages.json");
    assert_eq!(header(&request, "authorization"), "Basic QUMvMToxMjM0NQ==");
    assert_eq!(
        pairs(&request.body),
        expected(&[
            ("From", "MinBank"),
            ("To", "+46701740605"),
            ("Body", "Hej"),
            (
                "StatusCallback",
                "https://bevaka.bank.example/dispatcher/reports/twilio/\
                 00000000-0000-0000-0000-000000000007/d4116e60dbd3a8ed8a750872cc6ee7f3"
            ),
        ])
    );
    assert_eq!(outcome, accepted(Some("SM0123")));
}

#[tokio::test]
async fn kannel_gets_its_query_and_the_coding_of_the_text() {
    for (text, coding) in [("Hej å", "0"), ("Łódź", "2")] {
        let answer = ResponseTemplate::new(202).set_body_string("0: Accepted for delivery");
        let (request, outcome) = seen(ready("kannel"), |_| {}, text, answer).await;
        assert_eq!((request.method.as_str(), request.url.path()), ("GET", "/cgi-bin/sendsms"));
        assert!(request.url.query().unwrap().contains("to=%2B46701740605"), "{}", request.url);
        assert_eq!(
            pairs(request.url.query().unwrap().as_bytes()),
            expected(&[
                ("username", "AC/1"),
                ("password", "12345"),
                ("from", "MinBank"),
                ("to", "+46701740605"),
                ("text", text),
                ("charset", "UTF-8"),
                ("coding", coding),
                ("dlr-mask", "31"),
                (
                    "dlr-url",
                    "https://bevaka.bank.example/dispatcher/reports/kannel/\
                     00000000-0000-0000-0000-000000000007/4bdb472636f78652065e27081db79240?type=%d"
                ),
            ])
        );
        assert_eq!(outcome, accepted(None));
    }
}

#[tokio::test]
async fn without_a_report_secret_no_report_is_asked_for() {
    for (name, field) in [("46elks", "whendelivered"), ("twilio", "StatusCallback"), ("kannel", "dlr-url")] {
        let none = |settings: &mut settings::Sms| settings.report_secret = String::new().into();
        let (request, _) = seen(ready(name), none, "Hej", ResponseTemplate::new(200)).await;
        let query = request.url.query().unwrap_or_default().as_bytes().to_vec();
        assert!(!pairs(&[query, request.body].concat()).contains_key(field), "{name}");
    }
}

#[tokio::test]
async fn json_takes_lists_and_tables_and_each_way_to_prove_who_asks() {
    let file = |auth: &str| {
        written(&format!(
            r#"
            base_url = "https://sms.example/api/"
            text = {{ max_segments = 2 }}
            [request]
            method = "POST"
            path = "/v1/batches"
            encoding = "json"
            auth = {auth}
            [request.fields]
            from = "{{{{sender}}}}"
            to = ["{{{{to_digits}}}}"]
            body = "{{{{text}}}}"
            flash = false
            options = {{ retries = 3, reference = "{{{{id}}}}", callback = "{{{{report_url}}}}" }}
            [response]
            success_statuses = [201]
            "#
        ))
    };
    for (auth, name, value) in [
        (r#"{ kind = "bearer", token = "{{secret}}" }"#, "authorization", "Bearer 12345"),
        (r#"{ kind = "header", name = "X-Key", value = "App {{secret}}" }"#, "x-key", "App 12345"),
        (r#"{ kind = "none" }"#, "authorization", ""),
    ] {
        let under = |settings: &mut settings::Sms| settings.base_url.push_str("/api/");
        let (request, outcome) = seen(file(auth), under, "\"{{secret}}\"", ResponseTemplate::new(201)).await;
        assert_eq!(request.url.path(), "/api/v1/batches");
        assert_eq!(header(&request, name), value);
        assert_eq!(
            serde_json::from_slice::<serde_json::Value>(&request.body).unwrap(),
            json!({
                "from": "MinBank",
                "to": ["46701740605"],
                "body": "\"{{secret}}\"",
                "flash": false,
                "options": {"retries": 3, "reference": "00000000-0000-0000-0000-000000000007"},
            })
        );
        assert_eq!(outcome, accepted(None));
    }
}
