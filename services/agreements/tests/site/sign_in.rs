//! Signing in and out, and how long it lasts.

use crate::{
    browser::respond,
    house::{ANNA, ERIK, House, MAJA, NILS, SIGNATORY, USER},
};
use axum::http::StatusCode;
use bevaka_agreements::paths;
use bevaka_chassis::settings::Moment;
use bevaka_domain::{clock::Timestamp, organisation::CompanyForm, user::UserState};
use bevaka_eid::ocra::Suite;

#[tokio::test]
async fn r44_a_session_ends_after_five_minutes_without_use_and_says_so() {
    let house = House::open().await;
    house.user(house.company().await, (ANNA, "Anna Lind"), SIGNATORY).await;
    let mut anna = house.browser();
    anna.sign_in(ANNA).await.says(200, &["Exempelbolaget AB", "data-ends-s=\"300\""]);
    // Use keeps it alive.
    for _ in 0..3 {
        house.pass(299);
        anna.get(paths::START).await.says(200, &[]);
    }
    house.pass(300);
    let page = anna.get(paths::AGREEMENT).await;
    assert_eq!(page.location(), "/logga-in?next=%2Favtal&skal=inaktiv");
    anna.follow(page).await.says(200, &["Du har loggats ut.", "Du gjorde inget på fem minuter."]);
    assert!(!anna.cookies.contains_key("__Host-bevaka"));
}

#[tokio::test]
async fn r44_a_session_ends_at_its_greatest_age() {
    let house = House::open_with(|settings| settings.sessions.longest_s = 400).await;
    house.user(house.company().await, (ANNA, "Anna Lind"), SIGNATORY).await;
    let mut anna = house.browser();
    anna.sign_in(ANNA).await;
    house.pass(250);
    anna.get(paths::START).await.says(200, &[]);
    house.pass(250);
    let page = anna.get(paths::START).await;
    assert_eq!(page.location(), "/logga-in?skal=slut");
}

#[tokio::test]
async fn a_blocked_user_is_out_at_once() {
    let house = House::open().await;
    let user = house.user(house.company().await, (ANNA, "Anna Lind"), SIGNATORY).await;
    let mut anna = house.browser();
    anna.sign_in(ANNA).await.says(200, &[]);
    house.set_state(user, UserState::Blocked).await;
    assert_eq!(anna.get(paths::START).await.location(), "/logga-in?skal=slut");
    anna.sign_in(ANNA).await.says(403, &["Din åtkomst är stängd."]);
}

#[tokio::test]
async fn signing_in_again_makes_a_new_session_and_ends_the_old_one() {
    let house = House::open().await;
    house.user(house.company().await, (ANNA, "Anna Lind"), SIGNATORY).await;
    let mut anna = house.browser();
    anna.sign_in(ANNA).await.says(200, &[]);
    let mut stolen = anna.clone();
    anna.sign_in(ANNA).await.says(200, &[]);
    assert_ne!(stolen.cookies["__Host-bevaka"], anna.cookies["__Host-bevaka"]);
    assert_eq!(stolen.cookies["__Host-bevaka-try"], anna.cookies["__Host-bevaka-try"]);
    assert_eq!(stolen.get(paths::START).await.location(), paths::SIGN_IN);
    anna.get(paths::START).await.says(200, &[]);
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let house = House::open().await;
    house.user(house.company().await, (ANNA, "Anna Lind"), SIGNATORY).await;
    let mut anna = house.browser();
    anna.sign_in(ANNA).await;
    let mut copy = anna.clone();
    let page = anna.post(paths::SIGN_OUT, &[]).await;
    anna.follow(page).await.says(200, &["Du är utloggad."]);
    assert_eq!(copy.get(paths::START).await.location(), paths::SIGN_IN);
}

#[tokio::test]
async fn only_addresses_of_this_server_are_led_to() {
    let house = House::open().await;
    house.user(house.company().await, (ANNA, "Anna Lind"), SIGNATORY).await;
    for (next, to) in [
        ("/avtal?x=1", "/avtal?x=1"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
    ] {
        let mut anna = house.browser();
        assert_eq!(anna.sign_in_to(ANNA, "", next).await.location(), to, "{next:?}");
    }
    let mut stranger = house.browser();
    let page = stranger.get("/logga-in?next=//evil.example").await;
    page.says(200, &["name=\"next\" value=\"\""]);
}

#[tokio::test]
async fn whoever_comes_by_a_link_is_led_back_to_it() {
    let house = House::open().await;
    house.user(house.company().await, (ANNA, "Anna Lind"), SIGNATORY).await;
    let mut anna = house.browser();
    let page = anna.get("/avtal/anslut?lang=en").await;
    assert_eq!(page.location(), "/logga-in?next=%2Favtal%2Fanslut%3Flang%3Den");
    assert_eq!(anna.sign_in_to(ANNA, "", "/avtal/anslut?lang=en").await.location(), "/avtal/anslut?lang=en");
    // What was posted is not sent again.
    let page = house.browser().post(paths::CONNECT, &[("kind", "payment.rejected")]).await;
    assert_eq!(page.location(), paths::SIGN_IN);
}

#[tokio::test]
async fn r46_a_wrong_personal_number_is_told_at_its_field() {
    let house = House::open().await;
    let mut anna = house.browser();
    let missing = anna.post(paths::SIGN_IN, &[("method", "token")]).await;
    missing.says(422, &["Skriv ditt personnummer.", "href=\"#number-token\""]);
    let wrong = anna.post(paths::SIGN_IN, &[("method", "token"), ("number", "191212121213")]).await;
    wrong.says(422, &["Personnumret ska ha tolv siffror.", "value=\"191212121213\""]);
}

#[tokio::test]
async fn a_method_that_is_not_open_is_shown_and_refused() {
    let house = House::open_with(|settings| {
        settings.sign_in.token.closed_from = Moment(Some(Timestamp::from_micros(0)));
    })
    .await;
    let mut anna = house.browser();
    anna.get(paths::SIGN_IN).await.says(200, &["Stängt tills vidare."]);
    for method in ["token", "mobile", "unheard of"] {
        let page = anna.post(paths::SIGN_IN, &[("method", method), ("number", ANNA)]).await;
        page.says(403, &["Sättet går inte att använda nu", "Välj ett annat sätt."]);
    }
}

#[tokio::test]
async fn tries_are_limited_and_it_says_until_when() {
    let house = House::open_with(|settings| {
        settings.sign_in.tries_per_minute = std::num::NonZeroU32::new(2).unwrap();
    })
    .await;
    let mut anna = house.browser();
    let fields = [("method", "token"), ("number", ANNA)];
    for _ in 0..2 {
        anna.post(paths::SIGN_IN, &fields).await.location();
    }
    anna.post(paths::SIGN_IN, &fields).await.says(429, &["För många försök.", "Försök igen kl. 14.03."]);
}

#[tokio::test]
async fn a_token_is_locked_after_five_wrong_answers() {
    let house = House::open().await;
    house.user(house.company().await, (ANNA, "Anna Lind"), SIGNATORY).await;
    let mut anna = house.browser();
    let begun = anna.post(paths::SIGN_IN, &[("method", "token"), ("number", ANNA)]).await;
    let address = begun.location().to_owned();
    anna.post(&address, &[("answer", "12")]).await.says(422, &["Svaret ska ha åtta siffror."]);
    let right = respond(&Suite::LOGIN, &anna.get(&address).await);
    let wrong = if right == "00000000" { "00000001" } else { "00000000" };
    for left in ["4 försök", "3 försök", "2 försök", "1 försök"] {
        anna.post(&address, &[("answer", wrong)]).await.says(422, &["Svaret stämmer inte.", left]);
    }
    let locked = anna.post(&address, &[("answer", wrong)]).await;
    anna.follow(locked).await.says(200, &["Dosan är låst."]);
    // The right answer is too late, for this challenge and the next.
    let late = anna.post(&address, &[("answer", &right)]).await;
    anna.follow(late).await.says(200, &["Dosan är låst."]);
    let next = anna.post(paths::SIGN_IN, &[("method", "token"), ("number", ANNA)]).await;
    let address = next.location().to_owned();
    let right = respond(&Suite::LOGIN, &anna.get(&address).await);
    anna.post(&address, &[("answer", &right)]).await.says(422, &["Svaret stämmer inte.", "4 försök"]);
}

#[tokio::test]
async fn a_challenge_is_over_after_three_minutes() {
    let house = House::open().await;
    house.user(house.company().await, (ANNA, "Anna Lind"), SIGNATORY).await;
    let mut anna = house.browser();
    let begun = anna.post(paths::SIGN_IN, &[("method", "token"), ("number", ANNA)]).await;
    let address = begun.location().to_owned();
    let answer = respond(&Suite::LOGIN, &anna.get(&address).await);
    house.pass(180);
    for page in [anna.get(&address).await, anna.post(&address, &[("answer", &answer)]).await] {
        anna.follow(page).await.says(200, &["Tiden gick ut."]);
    }
}

#[tokio::test]
async fn a_cancelled_sign_in_says_so_and_its_challenge_is_worth_nothing() {
    let house = House::open().await;
    house.user(house.company().await, (ANNA, "Anna Lind"), SIGNATORY).await;
    let mut anna = house.browser();
    let begun = anna.post(paths::SIGN_IN, &[("method", "token"), ("number", ANNA), ("next", "/avtal")]).await;
    let address = begun.location().to_owned();
    let answer = respond(&Suite::LOGIN, &anna.get(&address).await);
    let page = anna.post(&format!("{address}{}", paths::CANCEL), &[]).await;
    anna.follow(page).await.says(200, &["Du avbröt.", "name=\"next\" value=\"/avtal\""]);
    let page = anna.post(&address, &[("answer", &answer)]).await;
    anna.follow(page).await.says(200, &["Du avbröt."]);
}

#[tokio::test]
async fn nobody_goes_on_with_an_attempt_of_another_browser() {
    let house = House::open().await;
    house.user(house.company().await, (ANNA, "Anna Lind"), SIGNATORY).await;
    let (mut anna, mut other) = (house.browser(), house.browser());
    let begun = anna.post(paths::SIGN_IN, &[("method", "token"), ("number", ANNA)]).await;
    let address = begun.location().to_owned();
    let answer = respond(&Suite::LOGIN, &anna.get(&address).await);
    other.get(&address).await.says(404, &[]);
    // One with a secret of its own.
    other.post(paths::SIGN_IN, &[("method", "token"), ("number", ERIK)]).await.location();
    other.get(&address).await.says(404, &[]);
    other.post(&address, &[("answer", &answer)]).await.says(404, &[]);
    other.post(&format!("{address}{}", paths::CANCEL), &[]).await.says(404, &[]);
    assert_eq!(anna.post(&address, &[("answer", &answer)]).await.location(), paths::START);
    // Once.
    anna.cookies.remove("__Host-bevaka");
    assert!(anna.post(&address, &[("answer", &answer)]).await.location().starts_with(paths::SIGN_IN));
    assert!(!anna.cookies.contains_key("__Host-bevaka"));
}

#[tokio::test]
async fn somebody_who_is_no_user_is_told_whom_to_ask() {
    let house = House::open().await;
    house.person(ERIK, "Erik Berg").await;
    house.browser().sign_in(ERIK).await.says(403, &["Du verkar inte vara registrerad.", "Be en kollega"]);
    // A sole trader whose company nobody can sign in for.
    house.company_of("5908149858", "Dahls snickeri", CompanyForm::SoleTrader).await;
    house.person(NILS, "Nils Dahl").await;
    house
        .browser()
        .sign_in(NILS)
        .await
        .says(403, &["Företaget har inga användare.", "Dahls snickeri är kund"]);
}

#[tokio::test]
async fn who_is_a_user_of_several_companies_chooses_one() {
    let house = House::open().await;
    let one = house.company().await;
    let two = house.company_of("5908149858", "Dahls snickeri", CompanyForm::SoleTrader).await;
    let other = house.company_of("2021005448", "Andra", CompanyForm::Other).await;
    for company in [one, two] {
        house.user(company, (ANNA, "Anna Lind"), SIGNATORY).await;
    }
    house.user(one, (MAJA, "Maja Öst"), USER).await;
    let mut anna = house.browser();
    let page = anna.sign_in_to(ANNA, "", "/avtal").await;
    assert_eq!(page.location(), "/valj-foretag?next=%2Favtal");
    let page = anna.follow(page).await;
    page.says(
        200,
        &["Exempelbolaget AB", "556016-0680", "Dahls snickeri", "590814-••••", "Får teckna avtal"],
    );
    // Without a choice every page leads there.
    assert_eq!(anna.get(paths::HELP).await.status, StatusCode::OK);
    assert_eq!(anna.get(paths::CONNECT).await.location(), "/valj-foretag?next=%2Favtal%2Fanslut");
    for foreign in [other.to_string(), "x".to_owned(), String::new()] {
        anna.post(paths::CHOOSE_COMPANY, &[("company", &foreign)]).await.says(404, &[]);
    }
    let fields = [("company", two.to_string()), ("next", "//evil.example".to_owned())];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(anna.post(paths::CHOOSE_COMPANY, &fields).await.location(), paths::START);
    let page = anna.get(paths::START).await;
    page.says(200, &["Dahls snickeri", "590814-••••", "Byt företag"]);
    assert!(!page.body.contains("9858"));
    // With one company there is nothing to choose.
    assert_eq!(house.browser().sign_in_to(MAJA, "", "").await.location(), paths::START);
}

#[tokio::test]
async fn another_sites_form_changes_nothing() {
    let house = House::open().await;
    house.user(house.company().await, (ANNA, "Anna Lind"), SIGNATORY).await;
    let mut anna = house.browser();
    anna.sign_in(ANNA).await;
    anna.post_from("cross-site", paths::SIGN_OUT, &[]).await.says(403, &[]);
    anna.get(paths::START).await.says(200, &[]);
    assert_eq!(anna.post_from("same-origin", paths::SIGN_OUT, &[]).await.status, StatusCode::SEE_OTHER);
}
