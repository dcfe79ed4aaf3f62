//! What is refused, with which line and words.

use super::*;
use std::path::Path;

fn faults(text: &str) -> Vec<String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/events");
    let catalogue = Catalogue::load(&directory).unwrap();
    match read(text.as_bytes(), &catalogue).finish() {
        Ok(_) => Vec::new(),
        Err(faults) => faults.into_iter().map(|f| format!("{}: {}", f.line, f.problem)).collect(),
    }
}

const COMPANY: &str =
    r#"{"type":"company","number":"556016-0680","name":"Exempelbolaget AB","form":"limited_company"}"#;
const USER: &str = r#"{"type":"user","company":"556016-0680","reference":"anna","name":"Anna Lind","access":"unrestricted"}"#;

#[test]
fn the_demonstration_company_is_a_sound_file() {
    assert_eq!(faults(include_str!("../../../../../config/demonstration.jsonl")), [""; 0]);
}

#[test]
fn all_faults_are_listed_with_their_lines() {
    let text = [
        COMPANY,
        "",
        "{nonsense",
        r#"{"type":"company","number":"556016-0681","name":"X","form":"limited_company"}"#,
        r#"{"type":"user","company":"556016-0680","reference":"","name":"Anna","access":"unrestricted"}"#,
        r#"{"type":"user","company":"556016-0680","reference":"b","name":"Bo","access":"unrestricted","colour":1}"#,
        r#"{"type":"agreement","company":"556016-0680","kinds":["loan.due"]}"#,
        r#"{"type":"contact","company":"556016-0680","user":"anna","address":"08-506 390 00","verified":true}"#,
        COMPANY,
    ]
    .join("\n");
    let faults = faults(&text);
    for (fault, expected) in faults.iter().zip([
        "3: not JSON",
        "4: the last digit of the organisation number",
        "5: reference must have 1 to 200 characters",
        "6: unknown field `colour`",
        "7: kinds: loan.due is not in the catalogue; known are",
        "8: address: not a mobile number",
        "9: the same company stands on line 1",
    ]) {
        assert!(fault.starts_with(expected), "{fault} / {expected}");
    }
    assert_eq!(faults.len(), 7);
}

#[test]
fn r10_names_that_could_forge_a_line_of_a_signed_text_are_refused() {
    for hidden in ["\\u2028", "\\u2029", "\\u202e", "\\u200b", "\\n", "\\u0085"] {
        let lines = [COMPANY, USER].join("\n");
        let lines = lines
            .replace("bolaget AB", &format!("bolaget{hidden}AB"))
            .replace(" Lind", &format!("{hidden}Lind"));
        let fault = "a name must have 1 to 200 characters, all of them printable and on one line";
        assert_eq!(faults(&lines)[..2], [format!("1: {fault}"), format!("2: {fault}")], "{hidden}");
    }
}

#[test]
fn references_must_lead_somewhere() {
    let watch = r#"{"type":"watch","company":"556016-0680","user":"anna","kind":"payment.rejected","sms":"0701740605"}"#;
    assert_eq!(faults(USER), ["1: company: is neither in the file nor in the database"]);
    assert_eq!(
        faults(&[COMPANY, watch].join("\n")),
        [
            "2: sms: no contact line gives this address to the user",
            "2: user: is neither in the file nor in the database",
        ]
    );
}

#[test]
fn a_watch_needs_a_channel_and_private_agreements_a_sole_trader() {
    let watch = r#"{"type":"watch","company":"556016-0680","user":"anna","kind":"payment.rejected"}"#;
    let agreement = r#"{"type":"agreement","company":"556016-0680","kinds":["payment.rejected"],"held_through":"private"}"#;
    let faults = faults(&[COMPANY, USER, watch, agreement].join("\n"));
    assert!(faults[0].starts_with("3: sms, email: a watch names at least one"), "{faults:?}");
    assert!(faults[1].starts_with("4: held_through: only a sole trader"), "{faults:?}");
}

#[test]
fn an_empty_file_is_a_mistake() {
    assert_eq!(faults(" \n\n"), ["1: the file holds no line to import"]);
}
