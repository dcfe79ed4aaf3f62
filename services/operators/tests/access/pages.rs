//! Every page of the operators, by everybody who may not see it and by each role.

use super::{Browser, SESSION, begin_session, router};
use axum::http::StatusCode;
use bevaka_domain::operator::{Act, Role};
use bevaka_support::house::House;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// Who may see a page.
#[derive(Clone, Copy, Debug)]
enum For {
    /// Whoever comes: signing in and out.
    Everybody,
    /// Those who may do this.
    Those(Act),
}

/// Each page: the method and the route as the router has it, an address of it, and whom it is for. Keep the lines sorted.
const PAGES: &[(&str, &str, For)] = &[
    ("GET FORM", "/drift/injicera/ny?kind=payment.rejected", For::Those(Act::Inject)),
    ("GET ONE", "/drift/injicera/00000000-0000-7000-8000-000000000000", For::Those(Act::See)),
    ("GET PASTE", "/drift/injicera/klistra", For::Those(Act::Inject)),
    ("GET paths::CHANNELS", "/drift/kanaler", For::Those(Act::See)),
    ("GET paths::DEAD_LETTER", "/drift/dodbrev/0190a0a0-0000-7000-8000-000000000001", For::Those(Act::See)),
    ("GET paths::DEAD_LETTERS", "/drift/dodbrev", For::Those(Act::See)),
    ("GET paths::DEAD_LETTERS_ALL", "/drift/dodbrev/alla?skal=data", For::Those(Act::See)),
    ("GET paths::DELIVERIES", "/drift/aviseringar", For::Those(Act::See)),
    ("GET paths::DELIVERY", "/drift/aviseringar/00000000-0000-7000-8000-000000000000", For::Those(Act::See)),
    ("GET paths::EVENT", "/drift/handelser/0190a0a0-0000-7000-8000-000000000001", For::Those(Act::See)),
    (
        "GET paths::EVENT_AGAIN",
        "/drift/handelser/0190a0a0-0000-7000-8000-000000000001/skicka-igen",
        For::Those(Act::Repair),
    ),
    ("GET paths::EVENTS", "/drift/handelser", For::Those(Act::See)),
    ("GET paths::EXPLAIN", "/drift/prova", For::Those(Act::See)),
    ("GET paths::NOW", "/drift", For::Those(Act::See)),
    ("GET paths::INJECT", "/drift/injicera", For::Those(Act::See)),
    ("GET paths::SIGNED_IN", "/drift/inloggad", For::Everybody),
    ("GET paths::SIGN_IN", "/drift/logga-in", For::Everybody),
    (
        "POST APPROVE",
        "/drift/injicera/00000000-0000-7000-8000-000000000000/godkann",
        For::Those(Act::Approve),
    ),
    ("POST FORM", "/drift/injicera/ny", For::Those(Act::Inject)),
    ("POST PASTE", "/drift/injicera/klistra", For::Those(Act::Inject)),
    ("POST REJECT", "/drift/injicera/00000000-0000-7000-8000-000000000000/avsla", For::Those(Act::Reject)),
    ("GET paths::STREAM", "/drift/nu/strom", For::Those(Act::See)),
    ("GET paths::TRAIL", "/drift/spar", For::Those(Act::ReadTrail)),
    ("GET paths::TRAIL_EXPORT", "/drift/spar/export", For::Those(Act::ExportTrail)),
    ("POST paths::CHANNEL_PAUSE", "/drift/kanaler/sms/stoppa", For::Those(Act::RunChannels)),
    ("POST paths::CHANNEL_RESUME", "/drift/kanaler/sms/fortsatt", For::Those(Act::RunChannels)),
    ("POST paths::CHANNEL_TEST", "/drift/kanaler/sms/test", For::Those(Act::RunChannels)),
    ("POST paths::DEAD_LETTERS_ALL", "/drift/dodbrev/alla", For::Those(Act::Repair)),
    (
        "POST paths::DEAD_LETTER_CONTENT",
        "/drift/dodbrev/0190a0a0-0000-7000-8000-000000000001/innehall",
        For::Those(Act::ReadContent),
    ),
    (
        "POST paths::DEAD_LETTER_DISCARD",
        "/drift/dodbrev/0190a0a0-0000-7000-8000-000000000001/kasta",
        For::Those(Act::Repair),
    ),
    (
        "POST paths::DEAD_LETTER_REQUEUE",
        "/drift/dodbrev/0190a0a0-0000-7000-8000-000000000001/skicka",
        For::Those(Act::Repair),
    ),
    ("POST paths::DELIVERIES", "/drift/aviseringar", For::Those(Act::Repair)),
    (
        "POST paths::DELIVERY_CANCEL",
        "/drift/aviseringar/0190a0a0-0000-7000-8000-000000000001/avbryt",
        For::Those(Act::Repair),
    ),
    (
        "POST paths::DELIVERY_RETRY",
        "/drift/aviseringar/0190a0a0-0000-7000-8000-000000000001/forsok",
        For::Those(Act::Repair),
    ),
    (
        "POST paths::EVENT_AGAIN",
        "/drift/handelser/0190a0a0-0000-7000-8000-000000000001/skicka-igen",
        For::Those(Act::Repair),
    ),
    (
        "POST paths::EVENT_CONTENT",
        "/drift/handelser/0190a0a0-0000-7000-8000-000000000001/innehall",
        For::Those(Act::ReadContent),
    ),
    ("POST paths::EVENTS", "/drift/handelser", For::Those(Act::See)),
    ("POST paths::EXPLAIN", "/drift/prova", For::Those(Act::See)),
    ("POST paths::SIGN_IN", "/drift/logga-in", For::Everybody),
    ("POST paths::SIGN_OUT", "/drift/logga-ut", For::Everybody),
    ("POST paths::TRAIL_CHECK", "/drift/spar/kontroll", For::Those(Act::ReadTrail)),
];

/// The methods and routes in the sources of the pages.
fn routed() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages")) {
        let source = fs::read_to_string(&file).unwrap();
        for after in source.split(".route(").skip(1) {
            let (path, handlers) = arguments(after);
            for method in ["get", "post", "put", "delete", "patch"] {
                let is_handled = handlers
                    .match_indices(&format!("{method}("))
                    .any(|(at, _)| !handlers[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'));
                if is_handled {
                    found.insert(format!("{} {path}", method.to_uppercase()));
                }
            }
        }
    }
    found
}

fn sources(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| match path.extension() {
            _ if path.is_dir() => sources(&path),
            Some(ending) if ending == "rs" => vec![path],
            _ => Vec::new(),
        })
        .collect()
}

/// What stands before the first comma outside of parentheses, and what follows up to the closing one.
fn arguments(text: &str) -> (String, String) {
    let (mut depth, mut comma, mut end) = (0_usize, None, text.len());
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' if depth == 0 => {
                end = at;
                break;
            }
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 && comma.is_none() => comma = Some(at),
            _ => {}
        }
    }
    let comma = comma.expect("a route has a path and a handler");
    let plain = |part: &str| part.split_whitespace().collect::<Vec<_>>().join(" ");
    (plain(&text[..comma]), plain(&text[comma + 1..end]))
}

#[test]
fn every_page_is_listed_in_this_test() {
    let listed: BTreeSet<_> = PAGES.iter().map(|(route, _, _)| (*route).to_owned()).collect();
    let routed = routed();
    let missing: Vec<_> = routed
        .difference(&listed)
        .map(|route| format!("({route:?}, \"/drift/…\", For::Those(Act::…)),"))
        .collect();
    assert!(
        missing.is_empty(),
        "add to PAGES in tests/access/pages.rs, each with an address and the act that its handler asks for:\n{}",
        missing.join("\n")
    );
    let gone: Vec<_> = listed.difference(&routed).collect();
    assert!(gone.is_empty(), "take out of PAGES, as no router has them any more: {gone:?}");
    assert_eq!(listed.len(), PAGES.len(), "a page stands in PAGES twice");
}

async fn visit(browser: &mut Browser, route: &str, address: &str) -> super::Shown {
    if route.starts_with("GET ") { browser.get(address).await } else { browser.post(address, "").await }
}

fn with_cookie(house: &House, cookie: &str) -> Browser {
    let mut browser = Browser::new(router(house, |_| {}));
    browser.cookies.insert(SESSION.to_owned(), cookie.to_owned());
    browser
}

/// The pages that are not for everybody.
fn guarded() -> impl Iterator<Item = (&'static str, &'static str, Act)> {
    PAGES.iter().filter_map(|(route, address, whom)| match whom {
        For::Everybody => None,
        For::Those(act) => Some((*route, *address, *act)),
    })
}

#[tokio::test]
async fn who_has_no_session_that_counts_is_led_to_sign_in() {
    let house = House::open().await;
    begin_session(&house, "idle", &Role::ALL).await;
    house.clock.advance(Duration::from_secs(20_000));
    begin_session(&house, "inactive", &Role::ALL).await;
    house.clock.advance(Duration::from_secs(300));
    for (route, address, _) in guarded() {
        for (cookie, reason) in
            [("", ""), ("unknown", ""), ("idle", "skal=inaktiv"), ("inactive", "skal=inaktiv")]
        {
            let shown = visit(&mut with_cookie(&house, cookie), route, address).await;
            assert_eq!(shown.status, StatusCode::SEE_OTHER, "{route} by {cookie:?}");
            assert!(shown.location.starts_with("/drift/logga-in?next="), "{route}: {}", shown.location);
            assert!(shown.location.contains(reason), "{route} by {cookie:?}: {}", shown.location);
            assert!(shown.page.is_empty(), "{route}");
        }
    }
    house.close().await;
}

#[tokio::test]
async fn each_role_sees_the_pages_that_its_acts_are_and_no_others() {
    let house = House::open().await;
    begin_session(&house, "none", &[]).await;
    for role in Role::ALL {
        begin_session(&house, role.as_str(), &[role]).await;
    }
    for (route, address, act) in guarded() {
        let shown = visit(&mut with_cookie(&house, "none"), route, address).await;
        assert_eq!(shown.status, StatusCode::FORBIDDEN, "{route} without a role: ask `visitor.may` first");
        for role in Role::ALL {
            let may = act.roles().contains(&role);
            // Whoever may look on does so without an end; tests of its own are in `running/live.rs`.
            if may && route == "GET paths::STREAM" {
                continue;
            }
            let shown = visit(&mut with_cookie(&house, role.as_str()), route, address).await;
            let is_denied = shown.status == StatusCode::FORBIDDEN;
            assert_eq!(is_denied, !may, "{route} by {role}, which {act:?} is for {:?}", act.roles());
            assert!(!shown.status.is_server_error(), "{route} by {role}: {}", shown.status);
        }
    }
    house.close().await;
}
