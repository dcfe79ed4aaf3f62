//! A browser of somebody signed in: it keeps cookies, and follows redirects when told to.

use crate::house::House;
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
};
use bevaka_domain::{ids::UserId, signing::Method};
use bevaka_portal::{Caller, session::token_hash};
use bevaka_store::sessions::{self, Session};
use bevaka_web::serve;
use std::collections::BTreeMap;
use tower::ServiceExt;
use url::form_urlencoded::Serializer;

const SESSION: &str = "__Host-bevaka";

pub struct Browser {
    router: Router,
    pub cookies: BTreeMap<String, String>,
}

pub struct Page {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Page {
    /// Where the answer leads on to.
    #[track_caller]
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

    #[track_caller]
    pub fn says_not(&self, texts: &[&str]) -> &Self {
        for text in texts {
            assert!(!self.body.contains(text), "{text:?} is in {}", self.body);
        }
        self
    }

    /// What stands between two texts of the page.
    #[track_caller]
    pub fn between(&self, before: &str, after: &str) -> &str {
        let (_, rest) = self.body.split_once(before).unwrap_or_else(|| panic!("{before}: {}", self.body));
        rest.split_once(after).unwrap().0
    }

    /// What the form's fields are filled with as the page comes; a box only if it is ticked.
    pub fn fields(&self) -> Vec<(String, String)> {
        let mut fields = Vec::new();
        for tag in self.body.split("<input").skip(1).map(|rest| rest.split('>').next().unwrap()) {
            let value = |name: &str| {
                let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
                Some(rest.split('"').next().unwrap().to_owned())
            };
            let kind = value("type").unwrap_or_default();
            if matches!(&*kind, "checkbox" | "radio") && !tag.contains(" checked") {
                continue;
            }
            if let Some(name) = value("name") {
                fields.push((name, value("value").unwrap_or_default()));
            }
        }
        for select in self.body.split("<select").skip(1).map(|rest| rest.split("</select>").next().unwrap()) {
            let name = select.split(" name=\"").nth(1).unwrap().split('"').next().unwrap();
            let options: Vec<_> = select.split("<option").skip(1).collect();
            let chosen = options.iter().find(|option| option.contains(" selected")).or(options.first());
            let value = chosen.map(|option| match option.split_once(" value=\"") {
                Some((_, rest)) => rest.split('"').next().unwrap(),
                None => option.split('>').nth(1).unwrap().split('<').next().unwrap(),
            });
            fields.push((name.to_owned(), value.unwrap_or_default().to_owned()));
        }
        fields
    }
}

impl House {
    fn router(&self) -> Router {
        serve::finish(bevaka_watches::router(&self.app), self.app.pages.clone(), &[])
    }

    /// A browser of nobody.
    pub fn stranger(&self) -> Browser {
        Browser { router: self.router(), cookies: BTreeMap::new() }
    }

    /// A browser of somebody signed in for the company.
    pub async fn browser(&self, caller: Caller) -> Browser {
        self.signed_in(caller, Some(caller.user)).await
    }

    /// A browser of somebody signed in, for a company or before it is chosen.
    pub async fn signed_in(&self, caller: Caller, user: Option<UserId>) -> Browser {
        let (token, now) = (self.app.chassis.entropy.token(), self.now());
        let mut tx = self.db.begin().await.unwrap();
        let session = Session {
            person: caller.person,
            user,
            channel: caller.channel,
            method: Method::Token,
            created_at: now,
            last_used_at: now,
        };
        sessions::insert(&mut tx, &token_hash(&token), &session).await.unwrap();
        tx.commit().await.unwrap();
        Browser { router: self.router(), cookies: [(SESSION.to_owned(), token)].into() }
    }
}

impl Browser {
    async fn ask(&mut self, request: axum::http::request::Builder, body: String) -> Page {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request
            .header(header::ACCEPT, "text/html")
            .header(header::HOST, "bank.example")
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
        let body = axum::body::to_bytes(body, 10_000_000).await.unwrap();
        Page { status: parts.status, headers: parts.headers, body: String::from_utf8(body.into()).unwrap() }
    }

    pub async fn get(&mut self, path: &str) -> Page {
        self.ask(Request::get(path), String::new()).await
    }

    pub async fn post<T: AsRef<str>>(&mut self, path: &str, fields: &[(T, T)]) -> Page {
        self.post_with(&[("sec-fetch-site", "same-origin")], path, fields).await
    }

    /// A form with the headers of whoever sends it.
    pub async fn post_with<T: AsRef<str>>(
        &mut self,
        headers: &[(&str, &str)],
        path: &str,
        fields: &[(T, T)],
    ) -> Page {
        let fields = fields.iter().map(|(name, value)| (name.as_ref(), value.as_ref()));
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        self.ask(request, body).await
    }

    /// Sends a form and opens the page that it leads to.
    pub async fn done<T: AsRef<str>>(&mut self, path: &str, fields: &[(T, T)]) -> Page {
        let sent = self.post(path, fields).await;
        let to = sent.location().to_owned();
        self.get(&to).await
    }
}
