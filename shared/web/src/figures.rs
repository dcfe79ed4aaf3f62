//! Times of day and amounts as people read them.

use bevaka_domain::{clock::TimeOfDay, event::Amount, language::Language};

/// `08:00` as "8" and `22:30` as "22.30" in Swedish, "08:00" in English.
pub(crate) fn hour(time: TimeOfDay, language: Language) -> String {
    match (language, time.minute()) {
        (Language::Swedish, 0) => time.hour().to_string(),
        (Language::Swedish, minute) => format!("{}.{minute:02}", time.hour()),
        (Language::English, _) => time.to_string(),
    }
}

/// `10000.00` as "10 000 kr", "SEK 10,000"; öre only where there are any. Nothing breaks the line.
pub(crate) fn kronor(amount: Amount, language: Language) -> String {
    let (between, point) = match language {
        Language::Swedish => ('\u{a0}', ','),
        Language::English => (',', '.'),
    };
    let digits = (amount.hundredths() / 100).to_string();
    let mut whole = String::with_capacity(digits.len() * 2);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            whole.push(between);
        }
        whole.push(digit);
    }
    let shown = match amount.hundredths() % 100 {
        0 => whole,
        ore => format!("{whole}{point}{ore:02}"),
    };
    match language {
        Language::Swedish => format!("{shown}\u{a0}kr"),
        Language::English => format!("SEK\u{a0}{shown}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::{English, Swedish};

    #[test]
    fn whole_hours_are_short_in_swedish() {
        let shown = |text| {
            let time = TimeOfDay::parse(text).unwrap();
            (hour(time, Swedish), hour(time, English))
        };
        assert_eq!(shown("08:00"), ("8".into(), "08:00".into()));
        assert_eq!(shown("22:30"), ("22.30".into(), "22:30".into()));
    }

    #[test]
    fn amounts_are_grouped_and_ore_shown_where_there_are_any() {
        let shown = |text| {
            let amount = Amount::parse(text).unwrap();
            (kronor(amount, Swedish), kronor(amount, English))
        };
        assert_eq!(shown("10000.00"), ("10\u{a0}000\u{a0}kr".into(), "SEK\u{a0}10,000".into()));
        assert_eq!(
            shown("1234567.05"),
            ("1\u{a0}234\u{a0}567,05\u{a0}kr".into(), "SEK\u{a0}1,234,567.05".into())
        );
        assert_eq!(shown("99"), ("99\u{a0}kr".into(), "SEK\u{a0}99".into()));
    }
}
