//! The cookies of these pages. All carry the prefix `__Host-`: only this server over a secure connection sets them, for
//! the whole server and for no other.

use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use bevaka_domain::ids::{OrderId, UserId};
use time::Duration;

/// The session's token, as long as the browser is open.
const SESSION: &str = "__Host-bevaka";
/// The secret of whoever begins an attempt.
const ATTEMPT: &str = "__Host-bevaka-try";
/// What the next page has to tell, once.
const NEWS: &str = "__Host-bevaka-news";
/// How long it waits for that page.
const NEWS_LIFETIME: Duration = Duration::seconds(60);

/// What has just been done, for the next page to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// An order was signed (R11).
    Signed(OrderId),
    /// An order was taken back.
    Cancelled,
    /// The agreement was ended (R16).
    Ended,
    /// *Hantera Bevaka ärenden* was granted to a user.
    Granted(UserId),
    /// It was withdrawn.
    Withdrawn(UserId),
    /// A user was blocked.
    Blocked(UserId),
    /// A user was unblocked.
    Unblocked(UserId),
}

impl News {
    fn text(self) -> String {
        match self {
            Self::Signed(order) => format!("signed.{order}"),
            Self::Cancelled => "cancelled".to_owned(),
            Self::Ended => "ended".to_owned(),
            Self::Granted(user) => format!("granted.{user}"),
            Self::Withdrawn(user) => format!("withdrawn.{user}"),
            Self::Blocked(user) => format!("blocked.{user}"),
            Self::Unblocked(user) => format!("unblocked.{user}"),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (what, id) = text.split_once('.').unwrap_or((text, ""));
        Some(match what {
            "signed" => Self::Signed(id.parse().ok()?),
            "cancelled" => Self::Cancelled,
            "ended" => Self::Ended,
            "granted" => Self::Granted(id.parse().ok()?),
            "withdrawn" => Self::Withdrawn(id.parse().ok()?),
            "blocked" => Self::Blocked(id.parse().ok()?),
            "unblocked" => Self::Unblocked(id.parse().ok()?),
            _ => return None,
        })
    }
}

/// What a browser keeps for us.
#[derive(Clone, Debug)]
pub(super) struct Cookies(CookieJar);

impl Cookies {
    pub(super) const fn new(jar: CookieJar) -> Self {
        Self(jar)
    }

    /// For the answer's headers.
    pub(super) fn into_jar(self) -> CookieJar {
        self.0
    }

    /// A redirect with these cookies.
    pub(super) fn redirect(self, to: &str) -> Response {
        (self.0, Redirect::to(to)).into_response()
    }

    pub(super) fn session(&self) -> Option<&str> {
        self.0.get(SESSION).map(Cookie::value)
    }

    #[must_use]
    pub(super) fn with_session(self, token: String) -> Self {
        Self(self.0.add(cookie(SESSION, token)))
    }

    #[must_use]
    pub(super) fn without_session(self) -> Self {
        Self(self.0.remove(cookie(SESSION, String::new())))
    }

    pub(super) fn attempt(&self) -> Option<&str> {
        self.0.get(ATTEMPT).map(Cookie::value).filter(|secret| !secret.is_empty())
    }

    #[must_use]
    pub(super) fn with_attempt(self, secret: String) -> Self {
        Self(self.0.add(cookie(ATTEMPT, secret)))
    }

    pub(super) fn news(&self) -> Option<News> {
        News::parse(self.0.get(NEWS)?.value())
    }

    #[must_use]
    pub(super) fn with_news(self, news: News) -> Self {
        let mut cookie = cookie(NEWS, news.text());
        cookie.set_max_age(NEWS_LIFETIME);
        Self(self.0.add(cookie))
    }

    #[must_use]
    pub(super) fn without_news(self) -> Self {
        Self(self.0.remove(cookie(NEWS, String::new())))
    }
}

fn cookie(name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build((name, value)).path("/").secure(true).http_only(true).same_site(SameSite::Lax).build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn news_are_read_as_they_were_written() {
        let (order, user) = (OrderId(Uuid::from_u128(7)), UserId(Uuid::from_u128(8)));
        let all = [
            News::Signed(order),
            News::Cancelled,
            News::Ended,
            News::Granted(user),
            News::Withdrawn(user),
            News::Blocked(user),
            News::Unblocked(user),
        ];
        for news in all {
            assert_eq!(News::parse(&news.text()), Some(news));
        }
        for text in ["", "signed", "signed.x", "granted.", "told"] {
            assert_eq!(News::parse(text), None, "{text}");
        }
    }

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
