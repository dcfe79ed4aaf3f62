//! Stopping a channel, letting it run again, and sending a test through it. A stopped channel loses nothing: what is due
//! waits in the table of alerts.

use crate::App;
use bevaka_catalogue::{AlertText, MailText};
use bevaka_channels::Alert;
use bevaka_domain::{
    channel::Pause,
    clock::Timestamp,
    contact::{Address, InvalidAddress},
    delivery::Outcome,
    language::Language,
    operator::{Justification, Operator},
    sms::Sms,
    trail::{Action, Entry, Writer},
    watch::Channel,
};
use bevaka_store::{Result, StoreError, channel_pauses, trail};
use bevaka_web::pages::ViewError;
use serde_json::{Value, json};

/// Stops a channel; every dispatcher follows within a second. Gives false if it was stopped already: then the first pause stands, and nothing changes.
pub async fn pause(
    app: &App,
    operator: &Operator,
    channel: Channel,
    because: &Justification,
) -> Result<bool> {
    let at = app.now();
    let pause = Pause { at, by: operator.signature(), because: because.as_str().to_owned() };
    let mut tx = app.chassis.db.begin().await?;
    if !channel_pauses::insert(&mut tx, channel, &pause).await? {
        return Ok(false);
    }
    let detail = json!({"because": because});
    trail::append(&mut tx, Writer::Operators, &entry(operator, at, Action::ChannelPaused, channel, detail))
        .await?;
    tx.commit().await?;
    Ok(true)
}

/// Lets a channel run again. Gives false if it ran already, and nothing changes.
pub async fn resume(
    app: &App,
    operator: &Operator,
    channel: Channel,
    because: &Justification,
) -> Result<bool> {
    let at = app.now();
    let mut tx = app.chassis.db.begin().await?;
    let Some(ended) = channel_pauses::remove(&mut tx, channel).await? else { return Ok(false) };
    let detail = json!({"because": because, "paused_by": ended.by, "paused_s": at.since(ended.at).as_secs()});
    trail::append(&mut tx, Writer::Operators, &entry(operator, at, Action::ChannelResumed, channel, detail))
        .await?;
    tx.commit().await?;
    Ok(true)
}

/// Why no test was sent.
#[derive(Debug, thiserror::Error)]
pub enum NoTest {
    /// The address is none of this channel.
    #[error(transparent)]
    Address(#[from] InvalidAddress),
    /// The operator has sent [`MAX_TESTS`](crate::channel_tests::MAX_TESTS) within a minute.
    #[error("the next test can be sent from then on")]
    TooMany(Timestamp),
    /// A text is missing.
    #[error(transparent)]
    Text(#[from] ViewError),
    /// It could not be noted in the trail, and was not sent.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Sends a test to a number or mailbox of the operator's own, also while the channel is stopped: that is how one sees
/// that the gateway works again. The address is kept nowhere.
pub async fn test(
    app: &App,
    operator: &Operator,
    channel: Channel,
    address: &str,
    language: Language,
) -> std::result::Result<Outcome, NoTest> {
    let to = Address::parse(channel, address)?;
    let text = text(app, channel, language)?;
    let began = app.now();
    app.tests().take(&operator.person, began).map_err(NoTest::TooMany)?;
    let alert = Alert { key: app.chassis.entropy.id(began), to, text, sent_at: began };
    // Before it leaves, so that none is sent without standing in the trail (R41).
    note_test(app, operator, channel, "begun").await?;
    let outcome = app.courier(channel).send(&alert).await;
    app.tests().note(channel, &outcome, app.now());
    if let Err(error) = note_test(app, operator, channel, outcome.name()).await {
        tracing::error!(%error, "what came of a test could not be noted");
    }
    Ok(outcome)
}

async fn note_test(
    app: &App,
    operator: &Operator,
    channel: Channel,
    outcome: &'static str,
) -> std::result::Result<(), StoreError> {
    let entry = entry(operator, app.now(), Action::ChannelTested, channel, json!({"outcome": outcome}));
    let mut tx = app.chassis.db.begin().await?;
    trail::append(&mut tx, Writer::Operators, &entry).await?;
    tx.commit().await
}

fn text(app: &App, channel: Channel, language: Language) -> std::result::Result<AlertText, ViewError> {
    let of = |key: &str| app.pages.text(language, key);
    Ok(match channel {
        Channel::Sms => AlertText::Sms(Sms::new(&of("channels-test-sms")?)),
        Channel::Email => AlertText::Mail {
            text: MailText {
                subject: of("channels-test-subject")?,
                text: of("channels-test-mail")?,
                html: app.pages.fragment(language, "channel_test", &json!({"lang": language.code()}))?.0,
            },
            unsubscribe: None,
        },
    })
}

fn entry(operator: &Operator, at: Timestamp, action: Action, channel: Channel, detail: Value) -> Entry {
    let subject = channel.to_string();
    Entry { at, actor: operator.actor(), action, organisation: None, subject, detail }
}
