use super::*;
use std::time::Duration;

const TWENTY: &str = "12345678901234567890";
const PIN: &str = "1234";
/// The minutes of T = 0x132d0b6.
const AT: OffsetDateTime = match OffsetDateTime::UNIX_EPOCH.checked_add(time::Duration::minutes(0x0132_d0b6))
{
    Some(at) => at,
    None => OffsetDateTime::UNIX_EPOCH,
};

fn key(bytes: usize) -> SecretSlice<u8> {
    TWENTY.bytes().cycle().take(bytes).collect::<Vec<_>>().into()
}

/// Every response to `questions` is the expected one, and `matches` says so; the next digit it refuses.
fn hold<'a>(
    suite: &str,
    key_bytes: usize,
    vectors: impl IntoIterator<Item = (String, Inputs<'a>, &'static str)>,
) {
    let (suite, key) = (Suite::parse(suite).unwrap(), key(key_bytes));
    for (question, inputs, expected) in vectors {
        let inputs = Inputs { question: &question, ..inputs };
        assert_eq!(suite.respond(&key, &inputs).unwrap(), expected, "{suite} {question}");
        assert!(suite.matches(&key, &inputs, expected).unwrap());
        let other = expected.replace(&expected[..1], if expected.starts_with('9') { "0" } else { "9" });
        assert!(!suite.matches(&key, &inputs, &other).unwrap());
    }
}

/// Challenges of eight equal digits, from 00000000 on, with expected responses.
fn repeated<'a>(
    inputs: impl Fn(u64) -> Inputs<'a>,
    expected: &'static str,
) -> Vec<(String, Inputs<'a>, &'static str)> {
    let numbered = expected.split(' ').zip(0u64..);
    numbered.map(|(code, n)| (n.to_string().repeat(8), inputs(n), code)).collect()
}

fn signatures<'a>(
    prefix: &str,
    width: usize,
    inputs: Inputs<'a>,
    expected: &[&'static str],
) -> Vec<(String, Inputs<'a>, &'static str)> {
    let challenge = |n: usize| format!("{prefix}1{n}{}", "0".repeat(width - prefix.len() - 2));
    expected.iter().enumerate().map(|(n, code)| (challenge(n), inputs, *code)).collect()
}

#[test]
fn rfc_6287_one_way_sha1() {
    let expected = "237653 243178 653583 740991 608993 388898 816933 224598 750600 294470";
    hold("OCRA-1:HOTP-SHA1-6:QN08", 20, repeated(|_| Inputs::default(), expected));
}

#[test]
fn rfc_6287_one_way_sha256_with_counter_and_pin() {
    let expected = [
        "65347737", "86775851", "78192410", "71565254", "10104329", "65983500", "70069104", "91771096",
        "75011558", "08522129",
    ];
    let vectors = expected.into_iter().zip(0..).map(|(code, counter)| {
        let inputs = Inputs { counter: Some(counter), pin: Some(PIN), ..Inputs::default() };
        ("12345678".to_owned(), inputs, code)
    });
    hold("OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1", 32, vectors);
}

#[test]
fn rfc_6287_one_way_sha256_with_pin() {
    let expected = "83238735 01501458 17957585 86776967 86807031";
    let inputs = |_| Inputs { pin: Some(PIN), ..Inputs::default() };
    hold("OCRA-1:HOTP-SHA256-8:QN08-PSHA1", 32, repeated(inputs, expected));
}

#[test]
fn rfc_6287_one_way_sha512_with_counter() {
    let expected =
        "07016083 63947962 70123924 25341727 33203315 34205738 44343969 51946085 20403879 31409299";
    let inputs = |n| Inputs { counter: Some(n), ..Inputs::default() };
    hold("OCRA-1:HOTP-SHA512-8:C-QN08", 64, repeated(inputs, expected));
}

#[test]
fn rfc_6287_one_way_sha512_with_time() {
    let expected = "95209754 55907591 22048402 24218844 36209546";
    let inputs = |_| Inputs { at: Some(AT + Duration::from_secs(59)), ..Inputs::default() };
    hold("OCRA-1:HOTP-SHA512-8:QN08-T1M", 64, repeated(inputs, expected));
}

#[test]
fn rfc_6287_signatures() {
    let expected = ["53095496", "04110475", "31331128", "76028668", "46554205"];
    hold("OCRA-1:HOTP-SHA256-8:QA08", 32, signatures("SIG", 8, Inputs::default(), &expected));
    let expected = ["77537423", "31970405", "10235557", "95213541", "65360607"];
    let inputs = Inputs { at: Some(AT), ..Inputs::default() };
    hold("OCRA-1:HOTP-SHA512-8:QA10-T1M", 64, signatures("SIG", 10, inputs, &expected));
}

#[test]
fn the_suites_in_use_are_what_their_texts_say() {
    for suite in [Suite::LOGIN, Suite::SIGN] {
        assert_eq!(Suite::parse(suite.as_str()).unwrap(), suite);
        assert_eq!(suite.digits(), 8);
    }
}

#[test]
fn a_suite_tells_which_of_its_parts_is_wrong() {
    use InvalidSuite::{Function, Input, Parts};
    for (text, fault) in [
        ("", Parts),
        ("OCRA-2:HOTP-SHA256-8:QN08", Parts),
        ("OCRA-1:HOTP-SHA256-8:QN08:", Parts),
        ("OCRA-1:HOTP-MD5-8:QN08", Function),
        ("OCRA-1:HOTP-SHA256-3:QN08", Function),
        ("OCRA-1:HOTP-SHA256-11:QN08", Function),
        ("OCRA-1:HOTP-SHA256-0:QN08", Function),
        ("OCRA-1:HOTP-SHA256-8:", Input),
        ("OCRA-1:HOTP-SHA256-8:C", Input),
        ("OCRA-1:HOTP-SHA256-8:QX08", Input),
        ("OCRA-1:HOTP-SHA256-8:QN03", Input),
        ("OCRA-1:HOTP-SHA256-8:QN65", Input),
        ("OCRA-1:HOTP-SHA256-8:QN8", Input),
        ("OCRA-1:HOTP-SHA256-8:QN08-C", Input),
        ("OCRA-1:HOTP-SHA256-8:QN08-T1M-PSHA1", Input),
        ("OCRA-1:HOTP-SHA256-8:QN08-PSHA2", Input),
        ("OCRA-1:HOTP-SHA256-8:QN08-S000", Input),
        ("OCRA-1:HOTP-SHA256-8:QN08-S513", Input),
        ("OCRA-1:HOTP-SHA256-8:QN08-T0M", Input),
        ("OCRA-1:HOTP-SHA256-8:QN08-T60S", Input),
        ("OCRA-1:HOTP-SHA256-8:QN08-T49H", Input),
        ("OCRA-1:HOTP-SHA256-8:QN08-TÅ", Input),
    ] {
        assert_eq!(Suite::parse(text), Err(fault), "{text}");
    }
}

#[test]
fn a_challenge_of_other_characters_or_too_long_is_refused() {
    for (suite, question) in [
        ("OCRA-1:HOTP-SHA256-8:QN08", ""),
        ("OCRA-1:HOTP-SHA256-8:QN08", "123456789"),
        ("OCRA-1:HOTP-SHA256-8:QN08", "1234567a"),
        ("OCRA-1:HOTP-SHA256-8:QN08", "１２"),
        ("OCRA-1:HOTP-SHA256-8:QA08", "SIG 1"),
        ("OCRA-1:HOTP-SHA256-8:QH08", "0123456g"),
    ] {
        let inputs = Inputs { question, ..Inputs::default() };
        let response = Suite::parse(suite).unwrap().respond(&key(32), &inputs);
        assert_eq!(response, Err(OcraFault::Question), "{suite} {question}");
    }
}

#[test]
fn an_input_must_be_one_the_suite_asks_for() {
    let inputs = Inputs { question: "1", ..Inputs::default() };
    for (suite, inputs, what) in [
        ("OCRA-1:HOTP-SHA256-8:C-QN08", inputs, "counter"),
        ("OCRA-1:HOTP-SHA256-8:QN08", Inputs { counter: Some(1), ..inputs }, "counter"),
        ("OCRA-1:HOTP-SHA256-8:QN08-PSHA1", inputs, "PIN"),
        ("OCRA-1:HOTP-SHA256-8:QN08-S004", Inputs { session: Some(b"12345"), ..inputs }, "session"),
        ("OCRA-1:HOTP-SHA256-8:QN08-T1M", inputs, "time"),
    ] {
        let response = Suite::parse(suite).unwrap().respond(&key(32), &inputs);
        assert_eq!(response, Err(OcraFault::Input(what)), "{suite}");
    }
    assert_eq!(Suite::LOGIN.respond(&key(15), &inputs), Err(OcraFault::Key));
}

#[test]
fn numbers_longer_than_an_integer_and_odd_ones_are_padded_on_the_right() {
    // 10^20 = 0x56bc75e2d63100000, of 17 digits.
    let bytes = Question::Numeric(64).padded("100000000000000000000").unwrap();
    assert_eq!(bytes[..9], [0x56, 0xbc, 0x75, 0xe2, 0xd6, 0x31, 0x00, 0x00, 0x00]);
    assert_eq!(Question::Hexadecimal(4).padded("aBc").unwrap()[..3], [0xab, 0xc0, 0]);
    assert_eq!(bytes.len(), QUESTION_BYTES);
}
