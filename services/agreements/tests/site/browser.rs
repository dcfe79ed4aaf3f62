//! A browser: it keeps cookies, follows redirects when told to, and answers a security token's challenge.

use crate::house::KEY;
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
};
use bevaka_agreements::paths;
use bevaka_eid::ocra::{Inputs, Suite};
use std::collections::BTreeMap;
use tower::ServiceExt;
use url::form_urlencoded::Serializer;

/// A browser of one person.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    pub cookies: BTreeMap<String, String>,
}

/// What a browser got.
pub struct Page {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Page {
    /// Where the answer leads on to.
    pub fn location(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        self.headers[header::LOCATION].to_str().unwrap()
    }

    /// Fails unless the page has this status and says all of this.
    #[track_caller]
    pub fn says(&self, status: u16, texts: &[&str]) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{:?} {}", self.headers, self.body);
        for text in texts {
            assert!(self.body.contains(text), "{text:?} is not in {}", self.body);
        }
        self
    }

    /// What stands between two texts of the page.
    #[track_caller]
    pub fn between(&self, before: &str, after: &str) -> &str {
        let (_, rest) = self.body.split_once(before).unwrap_or_else(|| panic!("{before}: {}", self.body));
        rest.split_once(after).unwrap().0
    }
}

impl Browser {
    pub fn new(router: Router) -> Self {
        Self { router, cookies: BTreeMap::new() }
    }

    async fn ask(&mut self, request: axum::http::request::Builder, body: String) -> Page {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request
            .header(header::ACCEPT, "text/html")
            .header(header::COOKIE, cookies.join("; "))
            .body(Body::from(body))
            .unwrap();
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let text = cookie.to_str().unwrap();
            let (pair, rest) = text.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let body = axum::body::to_bytes(body, 1_000_000).await.unwrap();
        Page { status: parts.status, headers: parts.headers, body: String::from_utf8(body.into()).unwrap() }
    }

    pub async fn get(&mut self, path: &str) -> Page {
        self.ask(Request::get(path), String::new()).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.post_from("same-origin", path, fields).await
    }

    /// A form that a page of another site, or of this, sends.
    pub async fn post_from(&mut self, site: &str, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path)
            .header("sec-fetch-site", site)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.ask(request, body).await
    }

    /// The page that an answer leads to, however many redirects away.
    pub async fn follow(&mut self, mut page: Page) -> Page {
        for _ in 0..5 {
            if page.status != StatusCode::SEE_OTHER {
                return page;
            }
            let to = page.location().to_owned();
            page = self.get(&to).await;
        }
        panic!("too many redirects")
    }

    /// Signs in by security token; gives the answer to the right code.
    pub async fn sign_in_to(&mut self, number: &str, channel: &str, next: &str) -> Page {
        let fields = [("method", "token"), ("number", number), ("kanal", channel), ("next", next)];
        let begun = self.post(paths::SIGN_IN, &fields).await;
        let address = begun.location().to_owned();
        let page = self.get(&address).await;
        let answer = respond(&Suite::LOGIN, &page);
        self.post(&address, &[("answer", &answer)]).await
    }

    /// Signs in; gives the page that comes then.
    pub async fn sign_in(&mut self, number: &str) -> Page {
        let page = self.sign_in_to(number, "", "").await;
        self.follow(page).await
    }

    /// Signs an order by security token; gives the answer to the right code.
    pub async fn sign(&mut self, order: &str) -> Page {
        let begun = self.post(order, &[("method", "token")]).await;
        let address = begun.location().to_owned();
        let page = self.get(&address).await;
        let answer = respond(&Suite::SIGN, &page);
        self.post(&address, &[("answer", &answer)]).await
    }
}

/// What everybody's security token shows for the challenge of a page.
pub fn respond(suite: &Suite, page: &Page) -> String {
    let challenge = page.between("<p class=\"digits\">", "</p>").replace(' ', "");
    suite.respond(&KEY.to_vec().into(), &Inputs { question: &challenge, ..Inputs::default() }).unwrap()
}
