//! The cookies of the pages. All carry the prefix `__Host-`: only this server over a secure connection sets them, for
//! the whole server and for no other.

use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use time::Duration;

/// The session's token, as long as the browser is open.
const SESSION: &str = "__Host-bevaka";
/// What the next page has to say, once.
const FLASH: &str = "__Host-bevaka-flash";
/// How long it waits for that page.
const FLASH_LIFETIME: Duration = Duration::seconds(60);

/// What has just been done, for the next page to say once. It lies in the browser, so it holds ids and never what must not
/// be read, and is believed no further than that something is said once more.
pub trait Flash: Serialize + DeserializeOwned {
    /// Tells the kinds of it apart: pages of several services may share a browser's cookie.
    const NAME: &'static str;
}

/// What a browser keeps for us.
#[derive(Clone, Debug)]
pub struct Cookies {
    jar: CookieJar,
    /// Set once the flash has been read, so that the page that says it also forgets it.
    is_flash_read: Arc<AtomicBool>,
}

impl Cookies {
    /// The cookies of a request.
    pub fn new(jar: CookieJar) -> Self {
        Self { jar, is_flash_read: Arc::default() }
    }

    /// For the answer's headers.
    pub fn into_jar(self) -> CookieJar {
        self.jar
    }

    /// A redirect with these cookies.
    pub fn redirect(self, to: &str) -> Response {
        (self.jar, Redirect::to(to)).into_response()
    }

    /// A cookie of a service's own; an empty one is none.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.jar.get(name).map(Cookie::value).filter(|value| !value.is_empty())
    }

    /// Lets the browser keep a cookie of a service's own as long as it is open. The name begins with `__Host-`.
    #[must_use]
    pub fn with(self, name: &'static str, value: String) -> Self {
        self.add(cookie(name, value))
    }

    /// The same for so long, whether the browser is open or not.
    #[must_use]
    pub fn with_for(self, name: &'static str, value: String, lifetime: std::time::Duration) -> Self {
        let mut cookie = cookie(name, value);
        cookie.set_max_age(Duration::try_from(lifetime).ok());
        self.add(cookie)
    }

    /// Lets the browser forget a cookie of a service's own.
    #[must_use]
    pub fn without(self, name: &'static str) -> Self {
        self.remove(name)
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
        self.remove(SESSION)
    }

    /// What has just been done; the page that says it forgets it ([`Self::page`]).
    pub fn flash<F: Flash>(&self) -> Option<F> {
        let (name, value) = self.get(FLASH)?.split_once('.')?;
        let bytes = URL_SAFE_NO_PAD.decode(value).ok().filter(|_| name == F::NAME)?;
        let flash = serde_json::from_slice(&bytes).ok()?;
        self.is_flash_read.store(true, Ordering::Relaxed);
        Some(flash)
    }

    /// Leads to a page that says what has been done.
    pub fn redirect_with_flash<F: Flash>(&self, flash: &F, to: &str) -> Response {
        let value = serde_json::to_vec(flash).map(|json| URL_SAFE_NO_PAD.encode(json)).unwrap_or_default();
        let mut cookie = cookie(FLASH, format!("{}.{value}", F::NAME));
        cookie.set_max_age(FLASH_LIFETIME);
        self.clone().add(cookie).redirect(to)
    }

    /// A page, which forgets the flash if it was read for it.
    pub fn page(&self, page: impl IntoResponse) -> Response {
        if !self.is_flash_read.load(Ordering::Relaxed) {
            return page.into_response();
        }
        (self.clone().remove(FLASH).jar, page).into_response()
    }

    fn add(self, cookie: Cookie<'static>) -> Self {
        Self { jar: self.jar.add(cookie), ..self }
    }

    fn remove(self, name: &'static str) -> Self {
        Self { jar: self.jar.remove(cookie(name, String::new())), ..self }
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
        let text = cookies.jar.get(SESSION).unwrap().to_string();
        for part in ["__Host-bevaka=t", "HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
            assert!(text.contains(part), "{text}");
        }
        assert!(!text.contains("Max-Age") && !text.contains("Domain"), "{text}");
    }

    #[derive(Debug, PartialEq, Serialize, serde::Deserialize)]
    enum Done {
        Removed,
        Sent { to: u32 },
    }

    impl Flash for Done {
        const NAME: &'static str = "done";
    }

    #[derive(Debug, PartialEq, Serialize, serde::Deserialize)]
    enum Elsewhere {
        Removed,
    }

    impl Flash for Elsewhere {
        const NAME: &'static str = "elsewhere";
    }

    fn with_flash(value: &str) -> Cookies {
        let mut headers = axum::http::HeaderMap::new();
        headers.insert(axum::http::header::COOKIE, format!("{FLASH}={value}").parse().unwrap());
        Cookies::new(CookieJar::from_headers(&headers))
    }

    #[test]
    fn a_flash_is_said_once_by_the_pages_it_is_for() {
        let response = Cookies::new(CookieJar::new()).redirect_with_flash(&Done::Sent { to: 7 }, "/there");
        let set = response.headers()["set-cookie"].to_str().unwrap();
        assert!(set.contains("Max-Age=60") && set.contains("HttpOnly"), "{set}");
        let value = set.split(['=', ';']).nth(1).unwrap();
        let next = with_flash(value);
        assert!(!next.page("").headers().contains_key("set-cookie"), "nobody has read it");
        assert_eq!(next.flash::<Elsewhere>(), None);
        assert_eq!(next.flash::<Done>(), Some(Done::Sent { to: 7 }));
        let forgets = next.page("");
        assert!(forgets.headers()["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    }

    #[test]
    fn what_is_no_flash_is_none() {
        for value in ["", "done", "done.", "done.x", "done.IkxvdWQi", "elsewhere.IlJlbW92ZWQi"] {
            assert_eq!(with_flash(value).flash::<Done>(), None, "{value}");
        }
        assert_eq!(with_flash("done.IlJlbW92ZWQi").flash(), Some(Done::Removed));
    }
}
