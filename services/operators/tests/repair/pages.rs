//! The pages *Dödbrev* and those of many alerts.

use super::{
    dead_letters::faulty,
    deliveries::{alert, busy, rejected, user, waits},
    done, post,
};
use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use bevaka_domain::{
    clock::Clock,
    delivery::State,
    operator::{Operator, Role},
    user::Access,
};
use bevaka_store::operator_sessions;
use bevaka_support::house::{House, bytes, payment};
use serde_json::json;
use sha2::{Digest, Sha256};
use tower::ServiceExt;
use url::form_urlencoded::Serializer;

/// A browser in which an operator is signed in.
struct Browser<'a> {
    house: &'a House,
    person: &'static str,
}

/// What it got.
struct Shown {
    status: StatusCode,
    to: String,
    news: String,
    page: String,
}

impl<'a> Browser<'a> {
    async fn of(house: &'a House, person: &'static str, roles: &[Role]) -> Self {
        let roles = roles.iter().copied().collect();
        let operator = Operator { person: person.to_owned(), client: None, name: person.to_owned(), roles };
        let mut tx = house.chassis.db.begin().await.unwrap();
        let hash = Sha256::digest(person).to_vec();
        operator_sessions::insert(&mut tx, &hash, &operator, house.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        Self { house, person }
    }

    async fn ask(&self, method: &str, path: &str, news: &str, body: String) -> Shown {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(
                header::COOKIE,
                format!("__Host-bevaka-drift={}; __Host-bevaka-flash={news}", self.person),
            )
            .header(header::ACCEPT_LANGUAGE, "sv")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        let answer = self.house.router.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let to = answer.headers().get(header::LOCATION).map(|to| to.to_str().unwrap().to_owned());
        let cookies = answer.headers().get_all(header::SET_COOKIE).iter();
        let news = cookies
            .filter_map(|cookie| cookie.to_str().unwrap().strip_prefix("__Host-bevaka-flash="))
            .map(|cookie| cookie.split(';').next().unwrap_or_default().to_owned())
            .next();
        let page = to_bytes(answer.into_body(), usize::MAX).await.unwrap().to_vec();
        let (to, news) = (to.unwrap_or_default(), news.unwrap_or_default());
        Shown { status, to, news, page: String::from_utf8(page).unwrap() }
    }

    async fn get(&self, path: &str) -> Shown {
        self.ask("GET", path, "", String::new()).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Shown {
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        self.ask("POST", path, "", body).await
    }

    /// Sends a form and goes where it leads.
    async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Shown {
        let sent = self.post(path, fields).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.page);
        self.ask("GET", &sent.to, &sent.news, String::new()).await
    }
}

/// Whether each of these stands on the page.
fn shows(shown: &Shown, all: &[&str]) {
    for words in all {
        assert!(shown.page.contains(words), "{words} is missing:\n{}", shown.page);
    }
}

/// The value of a hidden field.
fn hidden(shown: &Shown, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let rest = shown.page.split_once(&start).unwrap_or_else(|| panic!("{name}: {}", shown.page)).1;
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn r40_an_operator_reads_a_dead_letter_mends_it_and_finds_the_event() {
    let house = House::open().await;
    user(&house).await;
    house.publish([bytes(&faulty("p1"))]).await;
    let id = house.dead_letters(1).await[0].id;
    let karin = Browser::of(&house, "karin", &[Role::Operator]).await;
    let list = karin.get("/drift/dodbrev").await;
    let page = format!("/drift/dodbrev/{id}");
    shows(&list, &["Uppgifterna i data stämmer inte", &page, "1 dödbrev", "/drift/dodbrev/alla?skal"]);
    let letter = karin.get(&page).await;
    shows(&letter, &["Visa innehåll (loggas)", "Kassera", "data"]);
    assert!(!letter.page.contains("payment_id"), "nothing of it is shown before it is asked for");
    assert!(done(&house, "dead_letter_read").await.is_empty());
    let read = karin.post(&format!("{page}/innehall"), &[]).await;
    shows(&read, &["&quot;payment_id&quot;: &quot;p1&quot;", "Går inte igenom", "Skicka in det rättade"]);
    assert_eq!(done(&house, "dead_letter_read").await.len(), 1);
    let send = format!("{page}/skicka");
    let again = karin.post(&send, &[("because", "INC-7"), ("body", "{\"x\": \"<b>\"}")]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    shows(&again, &["Det är fortfarande fel i body", "{&quot;x&quot;: &quot;&lt;b&gt;&quot;}", "INC-7"]);
    let mended = payment("p1").to_string();
    let unsaid = karin.post(&send, &[("because", ""), ("body", &mended)]).await;
    shows(&unsaid, &["Skriv skälet med 3 till 200 tecken."]);
    let sent = karin.submit(&send, &[("because", "INC-7"), ("body", &mended)]).await;
    shows(&sent, &["Inskickat.", "karin", "INC-7", "/drift/handelser", "rättat innehåll"]);
    let (decided, _) = house.settled("p1").await;
    let later = karin.get(&page).await;
    shows(&later, &[&format!("/drift/handelser/{}", decided.event.id)]);
    assert!(!later.page.contains("/skicka\""), "there is nothing more to do");
    let second = karin.submit(&format!("{page}/kasta"), &[("because", "INC-8")]).await;
    shows(&second, &["Någon annan hann före.", "INC-7"]);
    house.close().await;
}

#[tokio::test]
async fn r37_an_operator_is_told_to_inject_what_needs_a_second_ones_approval() {
    let house = House::open().await;
    user(&house).await;
    house.publish([bytes(&faulty("p1"))]).await;
    let id = house.dead_letters(1).await[0].id;
    let events: Vec<_> = (0..100).map(|n| payment(&format!("i{n}"))).collect();
    post(&house, "injections", json!({"because": "INC-7", "events": events})).await;
    for n in 0..100 {
        house.settled(&format!("i{n}")).await;
    }
    let karin = Browser::of(&house, "karin", &[Role::Operator]).await;
    let mended = payment("p1").to_string();
    let send = format!("/drift/dodbrev/{id}/skicka");
    let again = karin.post(&send, &[("because", "INC-7"), ("body", &mended)]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    shows(&again, &["mottagare nu 1,", "injicerat 100,", "gräns 100.", "Injicera händelsen", "payment_id"]);
    assert!(done(&house, "dead_letter_requeued").await.is_empty());
    house.close().await;
}

#[tokio::test]
async fn r40_an_operator_handles_all_letters_of_a_reason_after_a_preview() {
    let house = House::open().await;
    house.publish([b"a".to_vec(), b"b".to_vec(), bytes(&faulty("p1"))]).await;
    house.dead_letters(3).await;
    let karin = Browser::of(&house, "karin", &[Role::Operator]).await;
    let all = "/drift/dodbrev/alla";
    let preview = karin.get(&format!("{all}?skal=not_an_envelope")).await;
    shows(&preview, &["2 dödbrev", "0 dödbrev", "Kassera alla"]);
    let (through, count) = (hidden(&preview, "till"), hidden(&preview, "antal"));
    let order = |what, count| {
        [
            ("skal", "not_an_envelope"),
            ("till", &*through),
            ("antal", count),
            ("gor", what),
            ("because", "INC-7"),
        ]
    };
    let wrong = karin.submit(all, &order("kasta", "3")).await;
    shows(&wrong, &["Det är inte längre lika många."]);
    let tried = karin.submit(all, &order("skicka", &count)).await;
    shows(&tried, &["0 är hanterade. 2 är fortfarande öppna"]);
    let given_up = karin.submit(all, &order("kasta", &count)).await;
    shows(&given_up, &["2 är hanterade. 0 är fortfarande öppna", "Kasserat"]);
    let open = karin.get("/drift/dodbrev?lage=open").await;
    assert_eq!(open.page.matches("class=\"chip red\">Öppet").count(), 1);
    let wrong = karin.get("/drift/dodbrev?lage=borta").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    house.close().await;
}

#[tokio::test]
async fn r40_an_operator_tries_one_alert_again_on_its_page_and_is_told_why_not() {
    let house = House::open().await;
    user(&house).await;
    let karin = Browser::of(&house, "karin", &[Role::Operator]).await;
    house.sms.answers([rejected()]);
    let failed = alert(&house, "p1", |delivery| matches!(delivery.state, State::Failed { .. })).await;
    let page = format!("/drift/aviseringar/{}", failed.id);
    let shown = karin.get(&page).await;
    shows(&shown, &["Försök igen nu", &format!("{page}/forsok")]);
    let refused = karin.post(&format!("{page}/avbryt"), &[("because", "INC-7")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    shows(&refused, &["Aviseringen har redan misslyckats", "inget att avbryta", "innan händelsen går ut"]);
    let unsaid = karin.post(&format!("{page}/forsok"), &[]).await;
    assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY);
    let retried = karin.submit(&format!("{page}/forsok"), &[("because", "INC-7")]).await;
    shows(&retried, &["Försöker igen.", "En operatör lät den försöka igen"]);
    house.event_when("p1", |all| all.iter().all(|d| matches!(d.state, State::Accepted { .. }))).await;
    let vera = Browser::of(&house, "vera", &[Role::Viewer]).await;
    assert!(!vera.get(&page).await.page.contains("/forsok"), "nothing that she may not do");
    house.close().await;
}

#[tokio::test]
async fn r40_an_operator_stops_many_alerts_after_a_preview() {
    let house = House::open().await;
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    house.user(company, "erik", Access::Unrestricted, &["0701740606"]).await;
    house.sms.answers([busy(), busy()]);
    house.publish([bytes(&payment("p1"))]).await;
    house.event_when("p1", |all| all.len() == 2 && all.iter().all(waits)).await;
    let karin = Browser::of(&house, "karin", &[Role::Operator]).await;
    let all = "/drift/aviseringar";
    let first = karin.get(all).await;
    shows(&first, &["Visa vad det gäller"]);
    let wrong = karin.get(&format!("{all}?lage=waiting&foretag=1")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let preview = karin.get(&format!("{all}?gor=avbryt&lage=waiting&kanal=sms&foretag=5560160680")).await;
    shows(&preview, &["2 aviseringar", "Avbryt alla"]);
    let (through, count) = (hidden(&preview, "sista"), hidden(&preview, "antal"));
    let order = [
        ("gor", "avbryt"),
        ("lage", "waiting"),
        ("kanal", "sms"),
        ("foretag", "5560160680"),
        ("sista", &*through),
        ("antal", &*count),
    ];
    let unsaid = karin.post(all, &order).await;
    assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY);
    shows(&unsaid, &["Skriv skälet med 3 till 200 tecken.", "2 aviseringar"]);
    let stopped = karin.submit(all, &[&order[..], &[("because", "INC-7")]].concat()).await;
    shows(&stopped, &["2 ändrades. 0 förblev som de var."]);
    let (_, all_of) = house.settled("p1").await;
    assert!(all_of.iter().all(|delivery| delivery.state.cause() == Some("cancelled")));
    house.close().await;
}
