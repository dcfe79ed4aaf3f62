//! The cookies of the pages. All carry the prefix `__Host-`: only this server over a secure connection sets them, for
//! the whole server and for no other.

use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use time::Duration;

/// The session's token, as long as the browser is open.
const SESSION: &str = "__Host-bevaka";
/// What the next page has to tell, once.
const NEWS: &str = "__Host-bevaka-news";
/// How long it waits for that page.
const NEWS_LIFETIME: Duration = Duration::seconds(60);

/// What has just been done, for the next page to tell. It lies in the browser, so it holds ids and never what must not be
/// read, and is believed no further than that something is told once more. Services do not read each other's.
pub trait News: Sized {
    /// As it lies in the cookie: letters, digits, `-` and `.`.
    fn text(&self) -> String;

    /// From the cookie; `None` for what is no news of this service.
    fn parse(text: &str) -> Option<Self>;
}

/// What a browser keeps for us.
#[derive(Clone, Debug)]
pub struct Cookies(CookieJar);

impl Cookies {
    /// The cookies of a request.
    pub const fn new(jar: CookieJar) -> Self {
        Self(jar)
    }

    /// For the answer's headers.
    pub fn into_jar(self) -> CookieJar {
        self.0
    }

    /// A redirect with these cookies.
    pub fn redirect(self, to: &str) -> Response {
        (self.0, Redirect::to(to)).into_response()
    }

    /// A cookie of a service's own; an empty one is none.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(Cookie::value).filter(|value| !value.is_empty())
    }

    /// Lets the browser keep a cookie of a service's own as long as it is open. The name begins with `__Host-`.
    #[must_use]
    pub fn with(self, name: &'static str, value: String) -> Self {
        Self(self.0.add(cookie(name, value)))
    }

    /// The same for so long, whether the browser is open or not.
    #[must_use]
    pub fn with_for(self, name: &'static str, value: String, lifetime: std::time::Duration) -> Self {
        let mut cookie = cookie(name, value);
        cookie.set_max_age(Duration::try_from(lifetime).ok());
        Self(self.0.add(cookie))
    }

    /// Lets the browser forget a cookie of a service's own.
    #[must_use]
    pub fn without(self, name: &'static str) -> Self {
        Self(self.0.remove(cookie(name, String::new())))
    }

    /// The session's token.
    pub fn session(&self) -> Option<&str> {
        self.get(SESSION)
    }

    /// Begins a session in this browser.
    #[must_use]
    pub fn with_session(self, token: String) -> Self {
        self.with(SESSION, token)
    }

    /// Ends it.
    #[must_use]
    pub fn without_session(self) -> Self {
        Self(self.0.remove(cookie(SESSION, String::new())))
    }

    /// What has just been done.
    pub fn news<N: News>(&self) -> Option<N> {
        N::parse(self.get(NEWS)?)
    }

    /// Lets the next page tell it.
    #[must_use]
    pub fn with_news(self, news: &impl News) -> Self {
        let mut cookie = cookie(NEWS, news.text());
        cookie.set_max_age(NEWS_LIFETIME);
        Self(self.0.add(cookie))
    }

    /// It has been told.
    #[must_use]
    pub fn without_news(self) -> Self {
        Self(self.0.remove(cookie(NEWS, String::new())))
    }
}

fn cookie(name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build((name, value)).path("/").secure(true).http_only(true).same_site(SameSite::Lax).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_for_this_server_alone() {
        let cookies = Cookies::new(CookieJar::new()).with_session("t".to_owned());
        let text = cookies.0.get(SESSION).unwrap().to_string();
        for part in ["__Host-bevaka=t", "HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
            assert!(text.contains(part), "{text}");
        }
        assert!(!text.contains("Max-Age") && !text.contains("Domain"), "{text}");
    }
}
