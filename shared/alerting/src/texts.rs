//! What an alert says: the words of its kind, the code that it is checked by, and the link that turns its watch off.

use bevaka_catalogue::{AlertFacts, AlertText, Catalogue, DigestFacts, Proof};
use bevaka_chassis::{proof::Proofs, settings::Settings, vault::Vault};
use bevaka_domain::{ids::UserId, language::Language, notice::Content, sms::Sms, watch::Channel};
use bevaka_store::{events::Envelope, standing::Reach};
use secrecy::{ExposeSecret, SecretString};
use std::{collections::BTreeSet, sync::Arc};
use uuid::Uuid;

/// Longer, a link does not fit into one line of a mail's head (RFC 5322: 998 octets with the header's name).
const LONGEST_LINK: usize = 900;
/// Stands where the code of an alert would. Letters of GSM 03.38, so that a text message has as many segments.
const STRUCK_CODE: &str = "XXXX-XXXX";
/// Stands where the code that confirms a contact point would (R28).
const STRUCK_CONTACT_CODE: &str = "XXXXXX";

/// What is told of an event, shared by its alerts.
#[derive(Clone, Debug)]
pub struct Told {
    /// What happened to whom, and when.
    pub event: Envelope,
    /// The company's registered name.
    pub company: Arc<str>,
}

/// What leaves as one message: one alert, or several of one contact point.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// What providers know every attempt by (R32).
    pub key: Uuid,
    /// To whom.
    pub user: UserId,
    /// By which channel.
    pub channel: Channel,
    /// How the contact point is reached.
    pub reach: &'a Reach,
    /// What the one alert tells, or the first of several.
    pub told: &'a Told,
    /// What the others of a parcel tell.
    pub others: Vec<&'a Told>,
}

impl<'a> Message<'a> {
    fn all(&self) -> impl Iterator<Item = &'a Told> {
        std::iter::once(self.told).chain(self.others.iter().copied())
    }
}

/// Finds the words of alerts.
pub struct Texts {
    catalogue: Catalogue,
    proofs: Proofs,
    /// What links that turn watches off begin with.
    off: String,
}

impl Texts {
    /// By the catalogue, and the key of the settings' vault.
    ///
    /// # Errors
    /// Names `vault.key` if it is not set.
    pub fn new(catalogue: Catalogue, settings: &Settings) -> anyhow::Result<Self> {
        let proofs = Proofs::new(Vault::new(&settings.vault.key)?);
        Ok(Self { catalogue, proofs, off: format!("{}/sluta/", settings.pages_url()) })
    }

    /// The words of an alert, or of several that leave together; none if the catalogue does not know its kind.
    pub fn of(&self, message: &Message<'_>) -> Option<AlertText> {
        let code = self.proofs.alert_code(message.key);
        if !message.others.is_empty() {
            return Some(self.of_several(message, &code));
        }
        let told = message.told;
        // Only here, and only in what leaves, does the code of a contact point exist as a text (R28).
        let brought = told.event.notice.as_deref().and_then(|content| content.code);
        let contact_code = brought.map(|id| self.proofs.contact_code(id));
        let marks = Marks { code, unsubscribe: self.unsubscribe(message), contact_code };
        self.of_one(told, (message.reach.language, message.channel), marks)
    }

    /// The words of an alert as they would leave, for somebody who is not its recipient (R38): what would prove something
    /// is struck out, letter by letter, so that the text is as long as it would be.
    pub fn struck(&self, told: &Told, user: UserId, reach: &Reach) -> Option<AlertText> {
        let brought = told.event.notice.as_deref().and_then(|content| content.code);
        let kinds = [told.event.kind.clone()].into();
        let link = || strike(&self.proofs.unsubscribe_token(user, &kinds));
        let marks = Marks {
            code: STRUCK_CODE.to_owned(),
            unsubscribe: reach.by_own_watch.then(|| self.link(&link())).flatten(),
            contact_code: brought.map(|_| STRUCK_CONTACT_CODE.into()),
        };
        self.of_one(told, (reach.language, reach.address.channel()), marks)
    }

    fn of_one(
        &self,
        told: &Told,
        (language, channel): (Language, Channel),
        marks: Marks,
    ) -> Option<AlertText> {
        let event = &told.event;
        let facts = AlertFacts {
            company: &told.company,
            occurred_at: event.occurred_at,
            proof: Proof { code: &marks.code, unsubscribe: None },
        };
        if let Some(content) = &event.notice {
            let code = marks.contact_code.as_ref().map(ExposeSecret::expose_secret);
            return self.of_notice(event, content, (language, channel), &facts, code);
        }
        let kind = self.catalogue.get(event.kind.as_str())?;
        Some(match channel {
            Channel::Sms => AlertText::Sms(Sms::new(&kind.sms(language, &facts))),
            Channel::Email => {
                let proof = Proof { unsubscribe: marks.unsubscribe.as_deref(), ..facts.proof };
                let text = kind.mail(language, &AlertFacts { proof, ..facts });
                AlertText::Mail { text, unsubscribe: marks.unsubscribe }
            }
        })
    }

    /// By the names of the kinds alone, so that one whose file is gone holds up no other.
    fn of_several(&self, message: &Message<'_>, code: &str) -> AlertText {
        let language = message.reach.language;
        let mut events: Vec<_> = message.all().map(|told| &told.event).collect();
        events.sort_by_key(|event| event.occurred_at);
        let events: Vec<_> = events
            .into_iter()
            .map(|event| (self.catalogue.name(&event.kind, language), event.occurred_at))
            .collect();
        let company = &message.told.company;
        let facts = DigestFacts { company, events: &events, proof: Proof { code, unsubscribe: None } };
        match message.channel {
            Channel::Sms => AlertText::Sms(Sms::new(&self.catalogue.digest_sms(language, &facts))),
            Channel::Email => {
                let unsubscribe = self.unsubscribe(message);
                let proof = Proof { unsubscribe: unsubscribe.as_deref(), ..facts.proof };
                let text = self.catalogue.digest_mail(language, &DigestFacts { proof, ..facts });
                AlertText::Mail { text, unsubscribe }
            }
        }
    }

    fn of_notice(
        &self,
        event: &Envelope,
        content: &Content,
        (language, channel): (Language, Channel),
        facts: &AlertFacts<'_>,
        code: Option<&str>,
    ) -> Option<AlertText> {
        match channel {
            Channel::Sms => {
                let text = self.catalogue.notice_sms(&event.kind, language, facts, content, code)?;
                Some(AlertText::Sms(Sms::new(&text)))
            }
            Channel::Email => {
                let text = self.catalogue.notice_mail(&event.kind, language, facts, content, code)?;
                Some(AlertText::Mail { text, unsubscribe: None })
            }
        }
    }

    /// Where the watches that a mail tells of are turned off. A stand-in has none to turn off: the one who is away has.
    fn unsubscribe(&self, message: &Message<'_>) -> Option<String> {
        if !message.reach.by_own_watch {
            return None;
        }
        let kinds: BTreeSet<_> = message.all().map(|told| told.event.kind.clone()).collect();
        self.link(&self.proofs.unsubscribe_token(message.user, &kinds))
    }

    fn link(&self, token: &str) -> Option<String> {
        let link = format!("{}{token}", self.off);
        (link.len() <= LONGEST_LINK).then_some(link)
    }
}

/// What in a text proves something to its recipient.
struct Marks {
    code: String,
    unsubscribe: Option<String>,
    contact_code: Option<SecretString>,
}

fn strike(proof: &str) -> String {
    "X".repeat(proof.len())
}
