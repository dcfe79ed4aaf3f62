use super::*;

fn file(lines: &str) -> String {
    format!("\n[[person]]\n{lines}\nbankid = [\"mobile\"]\n")
}

const ANNA: &str =
    "id = \"anna\"\ngiven_name = \"Anna\"\nsurname = \"Lind\"\npersonal_number = \"19121212-1212\"";

fn fault(text: &str) -> (usize, String) {
    let Err(fault) = Persons::parse(text) else { panic!("{text} was taken") };
    (fault.line.unwrap(), fault.reason)
}

#[test]
fn the_shipped_file_has_everybody_that_the_demonstration_needs() {
    let persons = Persons::parse(include_str!("../../../../config/sandbox/persons.toml")).unwrap();
    let demonstration = include_str!("../../../../config/demonstration.jsonl");
    let users = demonstration
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|line| line["type"] == "user");
    for user in users {
        let person = persons.by_id(user["reference"].as_str().unwrap()).unwrap();
        assert_eq!(person.name(), user["name"]);
        assert_eq!(person.behaviour, Behaviour::Manual);
    }
    for behaviour in [Behaviour::Completes, Behaviour::Cancels, Behaviour::NeverStarts, Behaviour::Expires] {
        assert!(persons.iter().any(|person| person.behaviour == behaviour), "{behaviour:?}");
    }
    let anna = PersonalNumber::parse("191212121212").unwrap();
    assert_eq!(persons.by_number(&anna).unwrap().id, "anna");
}

#[test]
fn a_fault_names_its_line_and_what_is_right() {
    let wrong_digit = ANNA.replace("1212\"", "1213\"");
    assert_eq!(
        fault(&file(&wrong_digit)),
        (6, "the last digit of the personal number does not match the others".into())
    );
    let (line, reason) = fault(&file(&ANNA.replace("19121212", "19121312")));
    assert!(line == 6 && reason.contains("date"), "{reason}");
    let (line, reason) = fault(&file(&ANNA.replace("\"anna\"", "\"Anna L\"")));
    assert!(line == 3 && reason.contains("a–z"), "{reason}");
    let (line, reason) = fault(&file(&format!("{ANNA}\nbehavior = \"manual\"")));
    assert!(line == 7 && reason.contains("behavior"), "{reason}");
    let (line, reason) = fault(&file(&format!("{ANNA}\ntoken = {{ serial = \"1\", secret = \"12\" }}")));
    assert!(line == 7 && reason.contains("32 bytes"), "{reason}");
    let (line, reason) = fault(&file(ANNA).repeat(2));
    assert!(line == 13 && reason.contains("another person has this id"), "{line} {reason}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let Err(fault) = Persons::load(Path::new("nowhere/persons.toml")) else { panic!("it was read") };
    assert!(fault.to_string().contains("nowhere/persons.toml"), "{fault}");
}

#[test]
fn personal_numbers_have_a_date_and_a_check_digit() {
    for right in ["191212121212", "19121212-1212", "20000229-9808"] {
        assert!(PersonalNumber::parse(right).is_ok(), "{right}");
    }
    for wrong in ["", "1212121212", "19121212+1212", "19121212-121å", "191302301212", "191212121213"] {
        assert!(PersonalNumber::parse(wrong).is_err(), "{wrong}");
    }
}
