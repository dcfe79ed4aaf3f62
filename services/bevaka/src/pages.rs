//! Lists that come page by page.

use crate::client::Client;
use bevaka_web::list::Page;
use serde_json::Value;

/// The most rows that a service gives at once.
const PAGE: u32 = 500;

/// A list of the API, by its address.
pub(crate) struct List(pub &'static str);

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
            let own = [("before", next.clone()), ("limit", Some(left.to_string()))];
            let query: Vec<_> =
                query.iter().cloned().chain(own).filter_map(|(name, value)| Some((name, value?))).collect();
            let page: Page<Value> = client.ask(client.get(self.0).query(&query)).await?;
            rows.extend(page.items);
            rows.truncate(wanted);
            next = page.next;
            if next.is_none() || rows.len() == wanted {
                return Ok(rows);
            }
        }
    }
}
