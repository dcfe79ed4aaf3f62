//! Which of an event's data a user's filters can look at.

use bevaka_domain::event::{Account, Amount, Facts};
use serde_json::Value;

/// The names of the properties that filters look at, as the kind's file gives them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    /// The amount, such as `10000.00`.
    pub amount: Option<String>,
    /// Its currency (ISO 4217), such as `SEK`.
    pub currency: Option<String>,
    /// The account.
    pub account: Option<String>,
}

impl Filters {
    /// What filters look at in these data.
    pub(crate) fn facts(&self, data: &Value) -> Facts {
        let text = |name: &Option<String>| data.get(name.as_deref()?)?.as_str();
        Facts {
            amount: text(&self.amount).and_then(|amount| Amount::parse(amount).ok()),
            currency: text(&self.currency).map(str::to_owned),
            account: text(&self.account).and_then(|account| Account::parse(account).ok()),
        }
    }
}
