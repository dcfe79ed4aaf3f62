//! Lists that come page by page.

use crate::client::Client;
use serde_json::Value;

/// The most rows that a service gives at once.
const PAGE: u32 = 500;

/// A list of the API.
pub(crate) struct List {
    /// Its address.
    pub path: &'static str,
    /// The field that holds the rows.
    pub rows: &'static str,
    /// The parameter that takes `next`.
    pub cursor: &'static str,
}

impl List {
    /// Up to so many rows.
    ///
    /// # Errors
    /// As [`Client::ask`].
    pub(crate) async fn read(
        &self,
        client: &Client,
        query: &[(&str, Option<String>)],
        limit: u32,
    ) -> anyhow::Result<Vec<Value>> {
        let (mut rows, mut next) = (Vec::new(), None::<String>);
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        loop {
            let left = u32::try_from(wanted - rows.len()).unwrap_or(PAGE).min(PAGE);
            let own = [(self.cursor, next.clone()), ("limit", Some(left.to_string()))];
            let query: Vec<_> =
                query.iter().cloned().chain(own).filter_map(|(name, value)| Some((name, value?))).collect();
            let mut page: Value = client.ask(client.get(self.path).query(&query)).await?;
            if let Value::Array(found) = page[self.rows].take() {
                rows.extend(found);
            }
            rows.truncate(wanted);
            next = page["next"].as_str().map(str::to_owned);
            if next.is_none() || rows.len() == wanted {
                return Ok(rows);
            }
        }
    }
}
