//! How a page's handler ends without its page: a refusal in three parts (R46), another page, or an error of ours.
//!
//! A handler gives a [`PageError`] by `?` and knows nothing of frames. The session that it took has left its
//! [`PageFrame`] in the request's [`PageSlot`], and the layer of [`with_errors`] renders the refusal in it.

use crate::{
    extract::Id,
    layout::Link,
    page::{At, PageFrame, Values},
    pages::{Pages, ViewError},
    problem::{Problem, Refusal},
};
use axum::{
    Router,
    extract::{FromRequestParts, Request},
    http::{StatusCode, request::Parts},
    middleware::{Next, from_fn},
    response::{IntoResponse, Redirect, Response},
};
use bevaka_domain::language::Language;
use bevaka_store::StoreError;
use std::{
    error::Error,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
};

/// What a page's handler gives.
pub type PageResult<T = Response> = Result<T, PageError>;

/// Why a handler does not show the page that was asked for.
#[derive(Debug)]
pub enum PageError {
    /// A refusal. Nothing has been changed.
    Refused(Box<PageRefusal>),
    /// Another page, or a redirect.
    Response(Box<Response>),
    /// An error that the frame words ([`PageFrame::refusal`]); else it is ours.
    Other(Box<dyn Error + Send + Sync>),
}

/// A refusal by its texts: `KEY-title`, `KEY-reason` and `KEY-action`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRefusal {
    /// The answer's status.
    pub status: StatusCode,
    /// The key that the three texts begin with.
    pub key: &'static str,
    /// The values of the reason.
    pub values: Values,
    /// What to do now, where it is not `KEY-action`: a key and its values.
    pub action: Option<(&'static str, Values)>,
    /// Where to do it, an address and the key of its text; else the site's way out.
    pub link: Option<(String, &'static str)>,
}

impl PageRefusal {
    /// A refusal whose texts have no values.
    pub const fn new(status: StatusCode, key: &'static str) -> Self {
        Self { status, key, values: Vec::new(), action: None, link: None }
    }

    /// There is no such thing, or it is not theirs to see.
    pub const fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "refused-not-found")
    }

    /// Something of ours failed, about which nothing more is said.
    pub const fn our_fault() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "refused-our-fault")
    }

    /// The database does not answer at the moment.
    pub const fn unavailable() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "refused-away")
    }

    /// One more value of the reason.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.values.push((name, value.into()));
        self
    }

    /// What happened, why, and what to do now.
    ///
    /// # Errors
    /// [`ViewError`] if a text is missing, which tests rule out.
    pub fn words(&self, pages: &Pages, language: Language) -> Result<[String; 3], ViewError> {
        let Self { key, values, action, .. } = self;
        Ok([
            pages.text(language, &format!("{key}-title"))?,
            pages.format(language, &format!("{key}-reason"), values)?,
            match action {
                Some((key, values)) => pages.format(language, key, values)?,
                None => pages.text(language, &format!("{key}-action"))?,
            },
        ])
    }

    /// The refusal as a page.
    ///
    /// # Errors
    /// [`ViewError`] if a text is missing, which tests rule out.
    pub fn page(&self, frame: &dyn PageFrame, at: At) -> Result<Response, ViewError> {
        let (href, text) = match &self.link {
            Some((href, text)) => (href.as_str(), *text),
            None => frame.way_out(),
        };
        let [title, reason, action] = self.words(frame.pages(), frame.language())?;
        let link = Some(Link { href: href.to_owned(), text: frame.text(text)? });
        let refusal = Refusal { status: self.status, title, reason, action, link };
        let around = frame.frame(&refusal.title, at)?;
        let page = refusal.page(frame.pages(), frame.language(), &around)?;
        Ok((refusal.status, page).into_response())
    }
}

impl PageError {
    /// Leads on to another page.
    pub fn redirect(to: &str) -> Self {
        Redirect::to(to).into_response().into()
    }

    /// There is no such thing.
    pub fn not_found() -> Self {
        PageRefusal::not_found().into()
    }

    /// A refusal whose texts have no values.
    pub fn refused(status: StatusCode, key: &'static str) -> Self {
        PageRefusal::new(status, key).into()
    }

    /// An error of a service, for the frame to word.
    pub fn other(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Other(error.into())
    }

    /// The whole answer.
    pub fn page(self, frame: &dyn PageFrame, at: At) -> Response {
        let refusal = match self {
            Self::Response(response) => return *response,
            Self::Refused(refusal) => *refusal,
            Self::Other(error) => frame.refusal(&*error, at).unwrap_or_else(|| ours(&*error)),
        };
        refusal.page(frame, at).unwrap_or_else(|error| Problem::from(error).into_response())
    }
}

/// Logged here, once; the answer says nothing of the cause.
fn ours(error: &(dyn Error + 'static)) -> PageRefusal {
    tracing::error!(%error, "a page was not shown");
    match error.downcast_ref::<StoreError>() {
        Some(error) if error.is_transient() => PageRefusal::unavailable(),
        _ => PageRefusal::our_fault(),
    }
}

impl From<PageRefusal> for PageError {
    fn from(refusal: PageRefusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<Response> for PageError {
    fn from(response: Response) -> Self {
        Self::Response(Box::new(response))
    }
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        Self::other(error)
    }
}

impl From<ViewError> for PageError {
    fn from(error: ViewError) -> Self {
        Self::other(error)
    }
}

/// On its way from the handler to the layer.
#[derive(Clone)]
struct Pending(Arc<Mutex<Option<PageError>>>);

impl IntoResponse for PageError {
    /// For the layer to replace. Without it, programs and people learn at least that nothing was shown.
    fn into_response(self) -> Response {
        if let Self::Response(response) = self {
            return *response;
        }
        let mut response = Problem::internal().into_response();
        response.extensions_mut().insert(Pending(Arc::new(Mutex::new(Some(self)))));
        response
    }
}

/// The one id in a page's address. Text that is no id leads to the page that says so, as an id that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageId<T>(pub T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for PageId<T> {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> PageResult<Self> {
        Id::from_request_parts(parts, state).await.map(|Id(id)| Self(id)).map_err(|_| PageError::not_found())
    }
}

/// Where a session leaves its frame for the layer, one for each request.
#[derive(Clone, Default)]
pub struct PageSlot(Arc<Mutex<Slot>>);

#[derive(Default)]
struct Slot {
    frame: Option<Arc<dyn PageFrame>>,
    at: Option<At>,
}

impl std::fmt::Debug for PageSlot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PageSlot").finish_non_exhaustive()
    }
}

impl PageSlot {
    /// The slot of a request; outside of the layer one that nobody reads.
    pub fn of(parts: &Parts) -> Self {
        parts.extensions.get::<Self>().cloned().unwrap_or_default()
    }

    /// Refusals stand in this frame from now on.
    pub fn set_frame(&self, frame: Arc<dyn PageFrame>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).frame = Some(frame);
    }

    /// Refusals belong there from now on, in place of what the router says.
    pub fn set_at(&self, at: At) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).at = Some(at);
    }

    fn take(&self) -> Slot {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Renders the refusals of these pages, which belong there.
pub fn with_errors<S: Clone + Send + Sync + 'static>(at: At, router: Router<S>) -> Router<S> {
    router.route_layer(from_fn(move |request: Request, next: Next| render(at, request, next)))
}

async fn render(at: At, mut request: Request, next: Next) -> Response {
    let slot = PageSlot::default();
    request.extensions_mut().insert(slot.clone());
    let mut response = next.run(request).await;
    let Some(Pending(pending)) = response.extensions_mut().remove::<Pending>() else { return response };
    let error = pending.lock().unwrap_or_else(PoisonError::into_inner).take();
    match (error, slot.take()) {
        (Some(error), Slot { frame: Some(frame), at: moved }) => error.page(&*frame, moved.unwrap_or(at)),
        (_, _) => response,
    }
}
