//! The companies, users and watches that the events meet, and the events themselves.
//!
//! Every company has five users and ten watches, and every event tells exactly the first two users, by SMS. The
//! others are there to be left out: one is blocked, one lacks the permission, one has not confirmed the number.

use anyhow::Result;
use bevaka_domain::clock::Timestamp;
use sqlx::PgPool;
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};
use uuid::{Builder, Uuid};

/// The kinds, in turn.
const KINDS: [&str; 3] = ["payment.rejected", "einvoice.received", "message.received"];
/// How many alerts follow from each event.
pub const ALERTS: usize = 2;
const USERS: usize = 5;
/// As large as the bodies of the parts' own figures.
const BODY: usize = 1_000;
/// Coprime to the number of companies, so that neighbouring events belong to different ones.
const STRIDE: usize = 7_919;
/// Companies in one statement.
const TOGETHER: usize = 10_000;

const ORGANISATIONS: &str = "
    INSERT INTO organisations (id, number, name, form, created_at)
    SELECT ('00000001-0000-0000-0000-' || lpad(to_hex(n), 12, '0'))::uuid, number, 'Exempelbolaget ' || n || ' AB',
        'limited_company', now()
    FROM unnest($1::bigint[], $2::text[]) AS new (n, number)";
const AGREEMENTS: &str = "
    INSERT INTO agreements (id, organisation_id, version, held_through, state, since)
    SELECT ('00000005-0000-0000-0000-' || lpad(to_hex(n), 12, '0'))::uuid,
        ('00000001-0000-0000-0000-' || lpad(to_hex(n), 12, '0'))::uuid, 1, 'corporate', 'active', now()
    FROM generate_series($1, $2) n";
const VERSIONS: &str = r#"
    INSERT INTO agreement_versions (agreement_id, version, scope, effective_at)
    SELECT ('00000005-0000-0000-0000-' || lpad(to_hex(n), 12, '0'))::uuid, 1,
        '["einvoice.received","message.received","payment.rejected"]', now()
    FROM generate_series($1, $2) n"#;
const PEOPLE: &str = "
    INSERT INTO users (id, organisation_id, reference, name, language, access, state, created_at)
    SELECT ('00000002-0000-0000-0000-' || lpad(to_hex(n * 5 + s), 12, '0'))::uuid,
        ('00000001-0000-0000-0000-' || lpad(to_hex(n), 12, '0'))::uuid, 'U' || s, 'Person ' || s,
        CASE s % 2 WHEN 0 THEN 'sv' ELSE 'en' END,
        CASE WHEN s IN (0, 3) THEN 'restricted' ELSE 'unrestricted' END,
        CASE s WHEN 2 THEN 'blocked' ELSE 'active' END, now()
    FROM generate_series($1, $2) n, generate_series(0, 4) s";
const PERMISSIONS: &str = "
    INSERT INTO user_permissions (user_id, permission, granted_at)
    SELECT ('00000002-0000-0000-0000-' || lpad(to_hex(n * 5), 12, '0'))::uuid, 'manage_watches', now()
    FROM generate_series($1, $2) n";
const CONTACTS: &str = "
    INSERT INTO contact_points (id, user_id, channel, address, verified_at, created_at)
    SELECT ('00000003-0000-0000-0000-' || lpad(to_hex(n * 5 + s), 12, '0'))::uuid,
        ('00000002-0000-0000-0000-' || lpad(to_hex(n * 5 + s), 12, '0'))::uuid, 'sms',
        '+4670' || lpad((n * 5 + s)::text, 7, '0'), CASE s WHEN 4 THEN NULL ELSE now() END, now()
    FROM generate_series($1, $2) n, generate_series(0, 4) s";
const WATCHES: &str = "
    INSERT INTO watches (id, user_id, kind, sms, sms_contact_id, email, changed_at)
    SELECT ('00000004-0000-0000-0000-' || lpad(to_hex(n * 10 + w.i), 12, '0'))::uuid,
        ('00000002-0000-0000-0000-' || lpad(to_hex(n * 5 + w.s), 12, '0'))::uuid, w.kind, true,
        ('00000003-0000-0000-0000-' || lpad(to_hex(n * 5 + w.s), 12, '0'))::uuid, false, now()
    FROM generate_series($1, $2) n, (VALUES
        (0, 0, 'payment.rejected'), (1, 1, 'payment.rejected'), (2, 2, 'payment.rejected'),
        (3, 3, 'payment.rejected'), (4, 0, 'einvoice.received'), (5, 1, 'einvoice.received'),
        (6, 2, 'einvoice.received'), (7, 0, 'message.received'), (8, 1, 'message.received'),
        (9, 4, 'message.received')) AS w (i, s, kind)";
/// Alerts of earlier days, with keys that lie before those of today as those of version 7 do.
const STORED_EVENTS: &str = "
    INSERT INTO events (id, source, external_id, kind, organisation_number, occurred_at, received_at, expires_at,
        data, decisions)
    SELECT ('00000006-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, '/stored', 's-' || n,
        'payment.rejected', '5560160680', now(), now(), now(), '{}', '[]'
    FROM generate_series($1, $2) n";
const STORED_DELIVERIES: &str = "
    INSERT INTO deliveries (id, event_id, user_id, contact_id, channel, expires_at, state, attempts,
        possible_duplicate, history, created_at, changed_at)
    SELECT ('00000007-0000-7000-8000-' || lpad(to_hex(n * 2 + s), 12, '0'))::uuid,
        ('00000006-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
        ('00000002-0000-0000-0000-' || lpad(to_hex(s), 12, '0'))::uuid,
        ('00000003-0000-0000-0000-' || lpad(to_hex(s), 12, '0'))::uuid,
        'sms', now(), 'accepted', 1, false, '[]', now(), now()
    FROM generate_series($1, $2) n, generate_series(0, 1) s";

/// Stores the companies from `from` up to `to`, with all that belongs to them.
pub async fn load(pool: &PgPool, from: usize, to: usize) -> Result<()> {
    for first in (from..to).step_by(TOGETHER) {
        let last = to.min(first + TOGETHER) - 1;
        let numbers: Vec<_> = (first..=last).map(organisation_number).collect();
        let range = (i64::try_from(first)?, i64::try_from(last)?);
        let mut tx = pool.begin().await?;
        let ids: Vec<_> = (range.0..=range.1).collect();
        sqlx::query(ORGANISATIONS).bind(ids).bind(numbers).execute(&mut *tx).await?;
        for statement in [AGREEMENTS, VERSIONS, PEOPLE, PERMISSIONS, CONTACTS, WATCHES] {
            sqlx::query(statement).bind(range.0).bind(range.1).execute(&mut *tx).await?;
        }
        tx.commit().await?;
    }
    sqlx::query("VACUUM ANALYZE").execute(pool).await?;
    Ok(())
}

/// Stores events of earlier days, each with two alerts that are done with.
pub async fn load_stored(pool: &PgPool, events: usize) -> Result<()> {
    for statement in [STORED_EVENTS, STORED_DELIVERIES] {
        sqlx::query(statement).bind(0_i64).bind(i64::try_from(events)? - 1).execute(pool).await?;
    }
    sqlx::query("VACUUM ANALYZE").execute(pool).await?;
    Ok(())
}

/// The events of one phase.
#[derive(Clone, Debug)]
pub struct Run {
    name: String,
    time: String,
    companies: usize,
}

impl Run {
    /// Events of now, told apart from those of other runs by a name.
    pub fn new(name: &str, companies: usize) -> Self {
        Self { name: name.to_owned(), time: now().to_string(), companies }
    }

    /// The kind of the n-th event.
    pub const fn kind(n: usize) -> &'static str {
        KINDS[n % KINDS.len()]
    }

    /// The publisher's id of the n-th event.
    pub fn external_id(&self, n: usize) -> String {
        format!("{}-{n}", self.name)
    }

    /// Which event a publisher's id names.
    pub fn index(&self, external_id: &str) -> Option<usize> {
        external_id.strip_prefix(&self.name)?.strip_prefix('-')?.parse().ok()
    }

    /// The n-th event as it lies on the bus.
    pub fn body(&self, n: usize) -> Vec<u8> {
        let data = match n % KINDS.len() {
            0 => format!(
                r#"{{"payment_id":"p{n}","reason":"insufficient_funds","amount":"1250.00","currency":"SEK"}}"#
            ),
            1 => format!(r#"{{"invoice_id":"i{n}","issuer":"Leverantören AB","amount":"990.00"}}"#),
            _ => format!(r#"{{"message_id":"m{n}","subject":"Ert ärende"}}"#),
        };
        let mut body = format!(
            r#"{{"specversion":"1.0","id":"{}","source":"/bench","type":"{}","subject":"{}","time":"{}","datacontenttype":"application/json","data":{data},"padding":""#,
            self.external_id(n),
            Self::kind(n),
            organisation_number(self.company(n)),
            self.time,
        )
        .into_bytes();
        body.resize(BODY.max(body.len() + 2) - 2, b'x');
        body.extend_from_slice(b"\"}");
        body
    }

    /// The contact points that the n-th event must reach.
    pub fn contacts(&self, n: usize) -> [Uuid; ALERTS] {
        let first = self.company(n) * USERS;
        [contact(first), contact(first + 1)]
    }

    const fn company(&self, n: usize) -> usize {
        (n * STRIDE) % self.companies
    }
}

/// The wall clock.
#[allow(clippy::disallowed_methods, reason = "the benchmark measures real time")]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// A new key of version 7.
pub fn fresh_id(now: Timestamp) -> Uuid {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut tail = [0; 10];
    tail[2..].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    Builder::from_unix_timestamp_millis(u64::try_from(now.as_millis()).unwrap_or(0), &tail).into_uuid()
}

const fn contact(n: usize) -> Uuid {
    Uuid::from_u128((3 << 96) | n as u128)
}

/// Ten digits with a valid last one.
pub fn organisation_number(n: usize) -> String {
    let head = format!("{:09}", 556_000_000 + n);
    let sum: u32 = head
        .bytes()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(digit - b'0') * if place % 2 == 0 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    format!("{head}{}", (10 - sum % 10) % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevaka_domain::organisation::OrganisationNumber;

    #[test]
    fn every_company_has_a_valid_number_and_every_event_an_envelope() {
        let run = Run::new("r", 10_000);
        for n in 0..1_000 {
            assert!(OrganisationNumber::parse(&organisation_number(n)).is_ok());
            let body = run.body(n);
            let envelope = bevaka_bus::Envelope::parse(&body).unwrap();
            assert_eq!((body.len(), run.index(&envelope.id)), (BODY, Some(n)));
        }
        assert_eq!(run.index("other-1"), None);
    }
}
