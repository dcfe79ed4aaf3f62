//! Companies as import files, and their events.

use serde_json::{Value, json};
use std::fmt::Write;

/// A company with an agreement over everything, as lines of an import file.
pub struct Company {
    number: String,
    lines: String,
}

impl Company {
    /// A company without users.
    pub fn new(number: &str, name: &str) -> Self {
        let mut company = Self { number: number.to_owned(), lines: String::new() };
        company.line(&json!({"type": "company", "number": number, "name": name, "form": "limited_company"}));
        let kinds = ["payment.rejected", "einvoice.received", "message.received"];
        company.line(&json!({"type": "agreement", "company": number, "kinds": kinds}));
        company
    }

    /// An unrestricted user who watches rejected payments by these confirmed contact points.
    #[must_use]
    pub fn user(mut self, reference: &str, sms: Option<&str>, email: Option<&str>) -> Self {
        let company = self.number.clone();
        self.line(&json!({"type": "user", "company": company, "reference": reference, "name": reference,
            "access": "unrestricted"}));
        for address in [sms, email].into_iter().flatten() {
            self.line(&json!({"type": "contact", "company": company, "user": reference, "address": address,
                "verified": true}));
        }
        self.line(
            &json!({"type": "watch", "company": company, "user": reference, "kind": "payment.rejected",
            "sms": sms, "email": email}),
        );
        self
    }

    /// The lines of an import file.
    pub fn lines(&self) -> &str {
        &self.lines
    }

    fn line(&mut self, line: &Value) {
        writeln!(self.lines, "{line}").unwrap();
    }
}

/// A payment that was rejected just now.
pub fn event(id: &str, company: &str, now: &str) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "/payments", "type": "payment.rejected", "subject": company,
        "time": now, "data": {"payment_id": id, "reason": "other"}
    })
}
