//! What proves a signature: R10.

use crate::house::{House, PAYMENT};
use bevaka_domain::ids::SignatureId;
use bevaka_eid::{
    evidence::{Bundle, Verdict, sha256},
    profile::{Policies, Profile, Trust},
};
use bevaka_store::orders;
use serde_json::json;

fn profile() -> Profile {
    Profile::new(Trust::Sandbox, Vec::new(), Policies { on_card: Vec::new(), mobile: Vec::new() })
}

#[tokio::test]
async fn r10_the_evidence_is_downloaded_and_verified_without_bevaka() {
    let house = House::open().await;
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let (administrator, other) = (house.administrator(company, 1).await, house.restricted(company, 2).await);
    let session = house.sign_in(&signatory).await;
    let order = session.connect_and_sign(&[PAYMENT]).await;
    let detail = session.get(&format!("/orders/{order}")).await.is(200);
    let path = format!("/signatures/{}/evidence", detail["signatures"][0]["signature"].as_str().unwrap());
    let answer = session.get(&path).await;
    assert!(answer.headers["content-disposition"].to_str().unwrap().starts_with("attachment;"));
    let bundle = Bundle::parse(&answer.text).unwrap();
    assert_eq!((bundle.order.as_str(), bundle.signatory.as_str()), (order.as_str(), signatory.person.number));
    assert_eq!(bundle.text, detail["text"].as_str().unwrap(), "byte for byte what was shown");
    assert_eq!(bundle.verify(&profile()).verdict, Verdict::Recorded);

    assert_eq!(house.sign_in(&administrator).await.get(&path).await.text, answer.text);
    house.sign_in(&other).await.get(&path).await.refuses(403, "no_insight");
}

#[tokio::test]
async fn r10_evidence_lies_sealed_in_the_database() {
    let house = House::open().await;
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let session = house.sign_in(&signatory).await;
    let order = session.connect_and_sign(&[PAYMENT]).await;
    let detail = session.get(&format!("/orders/{order}")).await.is(200);
    let signature: SignatureId =
        serde_json::from_value(detail["signatures"][0]["signature"].clone()).unwrap();
    let mut tx = house.db.begin_read().await.unwrap();
    let (_, stored) = orders::evidence(&mut tx, signature).await.unwrap().unwrap();
    for part in [signatory.person.number, "text_sha256", "Bevaka"] {
        assert!(!stored.windows(part.len()).any(|window| window == part.as_bytes()), "{part}");
    }
    let stored = orders::find(&mut tx, order.parse::<uuid::Uuid>().unwrap().into()).await.unwrap().unwrap();
    let content = serde_json::to_string(&stored.content).unwrap();
    assert!(!content.contains(signatory.person.number) && !stored.text.contains(signatory.person.number));
}

#[tokio::test]
async fn r41_the_trail_holds_the_hashes_of_text_and_evidence() {
    let house = House::open().await;
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let session = house.sign_in(&signatory).await;
    let order = session.connect_and_sign(&[PAYMENT]).await;
    let detail = session.get(&format!("/orders/{order}")).await.is(200);
    let signature = &detail["signatures"][0]["signature"];
    let text = sha256(detail["text"].as_str().unwrap());
    let evidence = session.get(&format!("/signatures/{}/evidence", signature.as_str().unwrap())).await.text;
    assert_eq!(house.trail_detail("order_placed").await, json!({"kind": "connect", "text_sha256": text}));
    assert_eq!(
        house.trail_detail("order_signed").await,
        json!({
            "signature": signature, "method": "token", "text_sha256": text, "evidence_sha256": sha256(&evidence)
        })
    );
}

#[tokio::test]
async fn r10_altered_evidence_is_refuted() {
    let house = House::open().await;
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let session = house.sign_in(&signatory).await;
    let order = session.connect_and_sign(&[PAYMENT]).await;
    let detail = session.get(&format!("/orders/{order}")).await.is(200);
    let path = format!("/signatures/{}/evidence", detail["signatures"][0]["signature"].as_str().unwrap());
    let whole = session.get(&path).await.is(200);
    let text = whole["text"].as_str().unwrap().replace("556016-0680", "556016-0681");
    for (field, value) in [("text", json!(text)), ("text_sha256", json!("00".repeat(32)))] {
        let mut altered = whole.clone();
        altered[field] = value;
        let bundle = Bundle::parse(&altered.to_string()).unwrap();
        assert_eq!(bundle.verify(&profile()).verdict, Verdict::Refuted, "{field}");
    }
}
