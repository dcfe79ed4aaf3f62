//! Tests that operators send through a channel.

use super::{ask, pause, trail};
use axum::http::StatusCode;
use bevaka_catalogue::AlertText;
use bevaka_domain::delivery::Outcome;
use bevaka_support::house::House;
use serde_json::json;

const NUMBER: &str = "0701740605";

#[tokio::test]
async fn r41_a_test_tells_what_came_of_it_and_its_address_is_kept_nowhere() {
    let house = House::open().await;
    pause(&house, "sms").await;
    house.sms.answers([
        Outcome::ChannelDown { cause: "refused".to_owned() },
        Outcome::Accepted { reference: Some("provider-1".to_owned()) },
    ]);
    let test = Some(json!({"address": NUMBER}));
    let (status, tested) = ask(&house, "channels/sms/test", test.clone()).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(tested, json!({"outcome": "channel_down", "reference": null, "cause": "refused"}));
    let (_, channels) = ask(&house, "channels", None).await;
    assert_eq!(channels[0]["last_failure"]["cause"], json!("refused"));
    let (_, tested) = ask(&house, "channels/sms/test", test).await;
    assert_eq!(tested, json!({"outcome": "accepted", "reference": "provider-1", "cause": null}));
    let sent = house.sms.sent();
    let AlertText::Sms(sms) = &sent[1].text else { panic!("no SMS") };
    assert!(sms.text.contains("test från bankens drift") && sms.segments == 1, "{sms:?}");
    assert_ne!(sent[0].key, sent[1].key);
    let found = trail(&house).await;
    let tests: Vec<_> = found.iter().filter(|link| link.action == "channel_tested").collect();
    assert!(tests.iter().all(|entry| entry.subject == "sms"));
    let outcomes: Vec<_> = tests.iter().map(|entry| entry.detail.as_str()).collect();
    let told = |outcome: &str| json!({"outcome": outcome}).to_string();
    assert_eq!(outcomes, ["begun", "channel_down", "begun", "accepted"].map(told));
    assert!(!format!("{found:?} {channels}").contains("701740605"));
    house.close().await;
}

#[tokio::test]
async fn a_test_by_mail_says_that_it_is_one() {
    let house = House::open().await;
    let (status, _) =
        ask(&house, "channels/email/test", Some(json!({"address": "drift@bank.example"}))).await;
    assert_eq!(status, StatusCode::OK);
    let AlertText::Mail { text, unsubscribe } = house.email.sent().remove(0).text else { panic!("no mail") };
    assert_eq!(text.subject, "Test från bankens drift");
    assert!(text.html.contains(&text.text) && unsubscribe.is_none(), "{}", text.html);
    house.close().await;
}

#[tokio::test]
async fn a_test_to_no_address_of_the_channel_is_refused_and_so_are_too_many() {
    let house = House::open().await;
    for (channel, address) in
        [("sms", "anna@x.example"), ("email", NUMBER), ("sms", ""), ("sms", "08-123 45")]
    {
        let path = format!("channels/{channel}/test");
        let (status, problem) = ask(&house, &path, Some(json!({"address": address}))).await;
        assert_eq!((status, &problem["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("address")));
        assert!(address.is_empty() || !problem.to_string().contains(address), "{problem}");
    }
    for _ in 0..5 {
        let (status, _) = ask(&house, "channels/sms/test", Some(json!({"address": NUMBER}))).await;
        assert_eq!(status, StatusCode::OK);
    }
    let (status, problem) = ask(&house, "channels/email/test", Some(json!({"address": "a@x.example"}))).await;
    assert_eq!((status, &problem["code"]), (StatusCode::TOO_MANY_REQUESTS, &json!("too_many_tests")));
    assert_eq!((house.sms.sent().len(), house.email.sent().len()), (5, 0));
    house.close().await;
}
