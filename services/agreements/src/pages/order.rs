//! One order: to be signed, waiting, or over, with its receipt (R10–R14).

use super::{
    attempts,
    display::{self, Effect, MethodRow, OrderSubject, Signature, signers},
    flash::Done,
    nav,
    session::CompanySession,
};
use crate::{
    app::App,
    client::ClientAddress,
    commands::place,
    company::is_orphan,
    fault::Fault,
    identity::{
        attempt::{Attempt, Purpose},
        bankid::{self, Asking},
        token,
    },
    paths,
};
use axum::{
    Router,
    extract::Query,
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use bevaka_domain::{
    clock::Timestamp,
    ids::OrderId,
    signing::{self, Content, Method, OrderState},
};
use bevaka_store::Tx;
use bevaka_web::{
    form::HtmlForm,
    page::{At, Message, Title, View},
    page_error::{PageId, PageResult},
};
use serde::{Deserialize, Serialize};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route(paths::ORDER, get(show).post(begin))
        .route(&format!("{}{}", paths::ORDER, paths::CANCEL), post(cancel))
}

#[derive(Clone, Serialize)]
pub struct Order {
    pub href: String,
    pub subject: OrderSubject,
    /// Byte for byte as it is signed.
    pub text: String,
    pub created_by: String,
    pub created_at: Timestamp,
    pub effect: Effect,
    pub signatures: Vec<Signature>,
    /// How far it has come, seen by this person.
    pub stage: Stage,
    /// Why the last attempt to sign did not come to its end (R12).
    #[serde(skip)]
    pub notice: Option<Message>,
}

/// How far an order has come. Where there is `cancel`, it can be taken back by a post to it.
#[derive(Clone, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Stage {
    /// This person can sign now.
    Sign { signing: Signing, methods: Vec<MethodRow>, expires_at: Timestamp, cancel: Option<String> },
    /// Somebody else has to sign.
    Waiting { others: Vec<String>, expires_at: Timestamp, cancel: Option<String> },
    /// All have signed, and it has taken effect: the receipt.
    Completed { at: Timestamp },
    /// The last signature did not come in time (R13).
    Expired { at: Timestamp },
    /// It was taken back.
    Cancelled { by: String, at: Timestamp },
    /// A mandate was gone when the last signature came (R4), or the agreement had changed meanwhile.
    Refused { at: Timestamp },
}

/// Alone or jointly.
#[derive(Clone, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Signing {
    Alone,
    /// `others` can give the second.
    FirstOfTwo {
        others: Vec<String>,
    },
    SecondOfTwo {
        signed_by: String,
    },
}

impl View for Order {
    const TEMPLATE: &'static str = "order";
    const AT: At = nav::CONNECT;

    fn title(&self) -> Title {
        let key = match (&self.stage, self.subject) {
            (Stage::Sign { .. }, OrderSubject::Connect) => "order-title-connect",
            (Stage::Sign { .. }, OrderSubject::Change) => "order-title-change",
            (Stage::Sign { .. }, OrderSubject::AddUser) => "order-title-add-user",
            (Stage::Sign { .. }, OrderSubject::RemoveUser) => "order-title-remove-user",
            (Stage::Waiting { .. }, _) => "order-title-waiting",
            (Stage::Completed { .. }, _) => "order-title-completed",
            (Stage::Expired { .. }, _) => "order-title-expired",
            (Stage::Cancelled { .. }, _) => "order-title-cancelled",
            (Stage::Refused { .. }, _) => "order-title-refused",
        };
        key.into()
    }

    fn at(&self) -> At {
        self.subject.at()
    }

    fn notice(&self) -> Option<Message> {
        self.notice.clone()
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct OrderQuery {
    /// The attempt that did not come to its end.
    #[serde(rename = "forsok")]
    attempt: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SignForm {
    method: String,
}

async fn show(
    session: CompanySession,
    PageId(id): PageId<OrderId>,
    Query(query): Query<OrderQuery>,
) -> PageResult {
    // Before the order is read: a request never holds two connections.
    let attempt = attempts::find_former(&session.browser, &query.attempt).await;
    let is_for_this =
        |attempt: &Attempt| matches!(attempt.purpose, Purpose::Sign { order, .. } if order == id);
    let mut tx = session.app().chassis.db.begin_read().await?;
    let order = session.order(&mut tx, id).await?;
    let notice = match attempt.filter(is_for_this) {
        Some(attempt) if order.state == OrderState::Open => attempts::problem(&session.browser, &attempt)?,
        _ => None,
    };
    let view = view(&session, &mut tx, &order, notice).await?;
    drop(tx);
    session.page(&view)
}

async fn view(
    session: &CompanySession,
    tx: &mut Tx,
    order: &signing::Order,
    notice: Option<Message>,
) -> PageResult<Order> {
    let created_by = display::user_name(tx, order.placed_by).await?;
    let stage = match order.state {
        OrderState::Open => open(session, tx, order).await?,
        OrderState::Completed { at } => Stage::Completed { at },
        OrderState::Cancelled { at } => Stage::Cancelled { by: created_by.clone(), at },
        OrderState::Expired { at } => Stage::Expired { at },
        OrderState::Refused { at, .. } => Stage::Refused { at },
    };
    let effect = match &order.content {
        _ if order.state != OrderState::Open => Effect::default(),
        Content::Connect { scope, .. } | Content::Change { scope, .. } => session.effect(tx, scope).await?,
        Content::RemoveUser { user, .. } => session.effect_without(tx, *user).await?,
        Content::AddUser { .. } => Effect::default(),
    };
    Ok(Order {
        href: paths::order(order.id),
        subject: OrderSubject::of(&order.content),
        text: order.text.clone(),
        created_by,
        created_at: order.placed_at,
        effect,
        signatures: display::signatures(tx, order).await?,
        stage,
        notice,
    })
}

async fn open(session: &CompanySession, tx: &mut Tx, order: &signing::Order) -> PageResult<Stage> {
    let is_own = order.placed_by == session.caller.user;
    let is_orphan = is_orphan(&session.company, order, session.caller, session.now);
    let cancel = (is_own || is_orphan).then(|| paths::order_cancel(order.id));
    let expires_at = order.expires_at();
    let mut signed = signers(order);
    if order.may_be_signed(session.caller.person, &session.company.authority, session.now).is_err() {
        return Ok(Stage::Waiting { others: session.completing(&signed), expires_at, cancel });
    }
    signed.insert(session.caller.person);
    let signing = match (session.binds(&signed), order.signatures.last()) {
        (true, None) => Signing::Alone,
        (true, Some(first)) => Signing::SecondOfTwo { signed_by: display::user_name(tx, first.user).await? },
        (false, _) => Signing::FirstOfTwo { others: session.completing(&signed) },
    };
    Ok(Stage::Sign { signing, methods: MethodRow::all(session.app()), expires_at, cancel })
}

async fn begin(
    session: CompanySession,
    ClientAddress(address): ClientAddress,
    PageId(id): PageId<OrderId>,
    HtmlForm(form): HtmlForm<SignForm>,
) -> PageResult {
    let app = session.app();
    let mut tx = app.chassis.db.begin_read().await?;
    let order = session.order(&mut tx, id).await?;
    drop(tx);
    session.set_at(OrderSubject::of(&order.content).at());
    let method = attempts::method(app, &form.method)?;
    let secret = attempts::secret(&session.browser);
    let asking = Asking { secret: &secret, address };
    let begun = match bankid::kind(method) {
        Some(kind) => bankid::sign_order(app, asking, kind, (session.caller, id)).await,
        None => token::sign_order(app, asking, (session.caller, id)).await,
    };
    match begun {
        Ok(attempt) => {
            let to = match method {
                Method::Token => paths::order_token(id, attempt),
                Method::OnCard | Method::Mobile => paths::order_bankid(id, attempt),
            };
            Ok(attempts::redirect_with_secret(&session.browser, secret, &to))
        }
        Err(Fault::BankId(error)) => {
            let (status, notice) = attempts::not_begun(&session.browser, &error)?;
            let mut tx = app.chassis.db.begin_read().await?;
            let order = session.order(&mut tx, id).await?;
            let view = view(&session, &mut tx, &order, Some(notice)).await?;
            drop(tx);
            session.page_with(status, &view)
        }
        Err(fault) => Err(fault.into()),
    }
}

async fn cancel(session: CompanySession, PageId(id): PageId<OrderId>) -> PageResult {
    let mut tx = session.app().chassis.db.begin_read().await?;
    let order = session.order(&mut tx, id).await?;
    drop(tx);
    place::cancel(session.app(), session.caller, id).await?;
    Ok(if order.content.is_about_agreement() {
        session.redirect_with_flash(&Done::Cancelled, paths::AGREEMENT)
    } else {
        Redirect::to(&paths::order(id)).into_response()
    })
}
