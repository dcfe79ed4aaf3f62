//! Users and permissions.

use crate::house::{ADMINISTRATOR, ANNA, ERIK, House, MAJA, RESTRICTED, SIGNATORY};
use bevaka_agreements::paths;
use bevaka_domain::agreement::HeldThrough;

const GRANT: [(&str, &str); 1] = [("action", "grant")];

#[tokio::test]
async fn r20_a_restricted_user_without_the_permission_is_told_who_can_grant_it() {
    let house = House::open().await;
    let company = house.company().await;
    house.user(company, (ANNA, "Anna Lind"), ADMINISTRATOR).await;
    let maja = house.user(company, (MAJA, "Maja Öst"), RESTRICTED).await;
    house.agreement(company, HeldThrough::Corporate).await;
    let (mut his, mut hers) = (house.browser(), house.browser());
    hers.sign_in(MAJA).await.says(403, &["Du saknar behörighet", "Hantera Bevaka ärenden", "Anna Lind"]);
    his.sign_in(ANNA).await;
    let granted = his.post(&paths::user(maja), &GRANT).await;
    let page = his.follow(granted).await;
    page.says(200, &["Behörigheten är tilldelad.", "Maja Öst har nu Hantera Bevaka ärenden."]);
    assert!(!his.get(paths::PERMISSIONS).await.body.contains("Behörigheten är tilldelad."));
    hers.get(paths::START).await.says(200, &["Välj vad du vill bevaka"]);
    // R22: what is taken away is away at once.
    let withdrawn = his.post(&paths::user(maja), &[("action", "withdraw")]).await;
    his.follow(withdrawn).await.says(200, &["Behörigheten är borttagen."]);
    hers.get(paths::START).await.says(403, &["Du saknar behörighet"]);
    let blocked = his.post(&paths::user(maja), &[("action", "block")]).await;
    his.follow(blocked).await.says(200, &["Användaren är spärrad.", "Häv spärren"]);
    assert_eq!(hers.get(paths::START).await.location(), "/logga-in?skal=slut");
    let unblocked = his.post(&paths::user(maja), &[("action", "unblock")]).await;
    his.follow(unblocked).await.says(200, &["Spärren är hävd."]);
}

#[tokio::test]
async fn r21_only_administrators_administer_and_never_themselves() {
    let house = House::open().await;
    let company = house.company().await;
    let anna_is = house.user(company, (ANNA, "Anna Lind"), ADMINISTRATOR).await;
    let maja_is = house.user(company, (MAJA, "Maja Öst"), RESTRICTED).await;
    house.user(company, (ERIK, "Erik Berg"), SIGNATORY).await;
    let mut anna = house.browser();
    anna.sign_in(ANNA).await.says(200, &["Till administrera behörigheter"]);
    let page = anna.get(paths::PERMISSIONS).await;
    page.says(200, &["Det här är du.", "19900723-••••", &paths::user(maja_is)]);
    assert!(!page.body.contains(&paths::user(anna_is)) && !page.body.contains("1212-1212"));
    for action in ["grant", "withdraw", "block", "unblock", "remove"] {
        let page = anna.post(&paths::user(anna_is), &[("action", action)]).await;
        page.says(403, &["Du kan inte ändra din egen behörighet"]);
    }
    anna.post(&paths::user(maja_is), &[("action", "promote")]).await.says(404, &[]);
    for number in [MAJA, ERIK] {
        let mut other = house.browser();
        let page = other.sign_in(number).await;
        assert!(!page.body.contains(&format!("href=\"{}\"", paths::PERMISSIONS)));
        let reason = ["Du kan inte administrera behörigheter", "är Anna Lind."];
        other.get(paths::PERMISSIONS).await.says(403, &reason);
        other.get(paths::ADD_USER).await.says(403, &reason);
        other.post(&paths::user(maja_is), &GRANT).await.says(403, &reason);
        other.post(paths::ADD_USER, &[("name", "Ny")]).await.says(403, &reason);
    }
}

#[tokio::test]
async fn another_companys_users_are_not_there() {
    let house = House::open().await;
    house.user(house.company().await, (ANNA, "Anna Lind"), ADMINISTRATOR).await;
    let form = bevaka_domain::organisation::CompanyForm::Other;
    let other = house.company_of("2021005448", "Andra", form).await;
    let theirs = house.user(other, (MAJA, "Maja Öst"), RESTRICTED).await;
    let mut anna = house.browser();
    anna.sign_in(ANNA).await;
    for action in ["grant", "withdraw", "block", "unblock", "remove"] {
        anna.post(&paths::user(theirs), &[("action", action)]).await.says(404, &["Sidan finns inte"]);
    }
    anna.post("/behorigheter/x", &GRANT).await.says(404, &[]);
}

#[tokio::test]
async fn r46_a_new_users_form_lists_every_fault_and_keeps_what_was_typed() {
    let house = House::open().await;
    house.user(house.company().await, (ANNA, "Anna Lind"), ADMINISTRATOR).await;
    let mut anna = house.browser();
    anna.sign_in(ANNA).await;
    anna.get(paths::ADD_USER).await.says(200, &["Lägg till användare"]);
    let faults = ["href=\"#name\"", "href=\"#number\"", "href=\"#access\""];
    anna.post(paths::ADD_USER, &[]).await.says(422, &faults);
    let long = "a".repeat(201);
    for fields in [
        [("name", "Karin"), ("number", "19720930-9802"), ("access", "restricted")],
        [("name", long.as_str()), ("number", "19720930-9801"), ("access", "restricted")],
        [("name", "Anna"), ("number", ANNA), ("access", "restricted")],
    ] {
        let page = anna.post(paths::ADD_USER, &fields).await;
        page.says(422, &[&format!("value=\"{}\"", fields[0].1), &format!("value=\"{}\"", fields[1].1)]);
    }
    let fields = [("name", "Anna"), ("number", ANNA), ("access", "restricted")];
    anna.post(paths::ADD_USER, &fields).await.says(422, &["Personen är redan användare i företaget."]);
}

#[tokio::test]
async fn users_come_and_go_by_orders_that_a_signatory_signs() {
    let house = House::open().await;
    let company = house.company().await;
    house.user(company, (ANNA, "Anna Lind"), ADMINISTRATOR).await;
    house.user(company, (ERIK, "Erik Berg"), SIGNATORY).await;
    let (mut anna, mut erik) = (house.browser(), house.browser());
    anna.sign_in(ANNA).await;
    erik.sign_in(ERIK).await;
    let fields = [("name", "Karin Holm"), ("number", "19720930-9801"), ("access", "restricted")];
    let order = anna.post(paths::ADD_USER, &fields).await.location().to_owned();
    // She has no mandate: it waits for him.
    anna.get(&order).await.says(200, &["Väntar på Erik Berg", "Karin Holm"]);
    anna.post(&order, &[("method", "token")]).await.says(403, &["Du kan inte skriva under beställningen"]);
    anna.get(paths::PERMISSIONS).await.says(200, &["Väntar på underskrift", "Lägga till användare"]);
    erik.get(paths::START).await.says(200, &["Anna Lind har beställt att en användare läggs till.", &order]);
    let done = erik.sign(&order).await;
    erik.follow(done).await.says(200, &["Användaren är tillagd"]);
    let page = anna.get(paths::PERMISSIONS).await;
    page.says(200, &["Karin Holm", "19720930-••••", "Saknar Hantera Bevaka ärenden"]);
    let action = format!("/behorigheter/{}", page.between("action=\"/behorigheter/", "\""));
    let first = page.between("action=\"/behorigheter/", "\"").to_owned();
    assert!(page.body.matches("action=\"/behorigheter/").count() == 2, "{first}");
    let order = anna.post(&action, &[("action", "remove")]).await.location().to_owned();
    anna.post(&format!("{order}{}", paths::CANCEL), &[]).await.location();
    anna.get(&order).await.says(200, &["Beställningen är tillbakatagen"]);
}

#[tokio::test]
async fn r43_help_is_for_everyone() {
    let house = House::open().await;
    house.user(house.company().await, (ANNA, "Anna Lind"), SIGNATORY).await;
    let mut anna = house.browser();
    anna.get(paths::HELP).await.says(200, &["id=\"avsluta-avtal\""]);
    anna.sign_in(ANNA).await;
    anna.get(paths::HELP).await.says(200, &["Anna Lind", "Exempelbolaget AB"]);
    anna.get("/hjalp?lang=en").await.says(200, &["<html lang=\"en\">"]);
}
