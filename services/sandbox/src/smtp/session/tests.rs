use super::*;

/// Plays input in chunks of a size; gives the answers' codes and the mails.
fn play(input: &[u8], chunk: usize) -> (Vec<String>, Vec<Mail>) {
    let mut session = Session::default();
    let (mut output, mut mails) = (Vec::new(), Vec::new());
    'chunks: for part in input.chunks(chunk) {
        let mut bytes = part.iter();
        loop {
            match session.step(&mut bytes, &mut output) {
                Step::NeedsInput => break,
                Step::Close => break 'chunks,
                Step::Mail(mail) => {
                    mails.push(mail);
                    answer_mail(Some("s1".into()), &mut output);
                }
            }
        }
    }
    let output = String::from_utf8(output).unwrap();
    let codes = output.lines().filter(|line| line.as_bytes()[3] == b' ').map(|line| line[..3].to_owned());
    (codes.collect(), mails)
}

fn codes(input: &str) -> Vec<String> {
    play(input.as_bytes(), 1_000).0
}

const ENVELOPE: &str = "MAIL FROM:<a@x.se>\r\nRCPT TO:<b@y.se>\r\nDATA\r\n";

#[test]
fn two_mails_come_over_one_connection_however_the_bytes_are_cut() {
    let input = format!(
        "EHLO me\r\n{ENVELOPE}Subject: 1\r\n\r\n..dot\r\n.\r\n{ENVELOPE}..first\r\n.\r\nQUIT\r\nNOOP\r\n"
    );
    for chunk in [1, 2, 3, 7, 50, 10_000] {
        let (codes, mails) = play(input.as_bytes(), chunk);
        assert_eq!(codes, ["250", "250", "250", "354", "250", "250", "250", "354", "250", "221"], "{chunk}");
        assert_eq!(mails[0].raw, b"Subject: 1\r\n\r\n.dot\r\n");
        assert_eq!(mails[1].raw, b".first\r\n");
        assert_eq!(
            (mails[0].from.as_str(), mails[0].to.as_slice()),
            ("a@x.se", ["b@y.se".to_owned()].as_slice())
        );
    }
}

#[test]
fn an_empty_mail_ends() {
    let (codes, mails) = play(format!("HELO me\r\n{ENVELOPE}.\r\nQUIT\r\n").as_bytes(), 9);
    assert_eq!(codes.last().unwrap(), "221");
    assert_eq!(mails[0].raw, b"");
}

#[test]
fn only_crlf_dot_crlf_ends_a_mail() {
    let input = format!("EHLO me\r\n{ENVELOPE}a\n.\nb\r\n.\nMAIL FROM:<evil@x.se>\r\n.\r\n");
    let (codes, mails) = play(input.as_bytes(), 1_000);
    assert_eq!((codes.len(), mails.len()), (5, 1));
    assert!(mails[0].raw.ends_with(b"MAIL FROM:<evil@x.se>\r\n"));
}

#[test]
fn commands_out_of_order_are_refused() {
    assert_eq!(codes("MAIL FROM:<a@x.se>\r\n"), ["503"]);
    assert_eq!(codes("EHLO me\r\nRCPT TO:<b@y.se>\r\nDATA\r\n"), ["250", "503", "503"]);
    assert_eq!(codes("EHLO me\r\nMAIL FROM:<a@x.se>\r\nDATA\r\n"), ["250", "250", "503"]);
    assert_eq!(codes("EHLO me\r\nMAIL FROM:<a@x.se>\r\nMAIL FROM:<a@x.se>\r\n"), ["250", "250", "503"]);
    let reset = "EHLO me\r\nMAIL FROM:<a@x.se>\r\nRSET\r\nRCPT TO:<b@y.se>\r\n";
    assert_eq!(codes(reset), ["250", "250", "250", "503"]);
}

#[test]
fn what_is_not_offered_is_refused() {
    let input = "EHLO me\r\nSTARTTLS\r\nHURZ\r\nVRFY x\r\nMAIL FROM:hurz\r\n";
    assert_eq!(codes(input), ["250", "502", "500", "252", "501"]);
    let many = "HURZ\r\n".repeat(30);
    assert_eq!(codes(&many).last().unwrap(), "421");
}

#[test]
fn a_mail_that_is_too_large_is_read_to_its_end_and_refused() {
    let declared = "EHLO me\r\nMAIL FROM:<a@x.se> SIZE=10000001\r\nRCPT TO:<b@y.se>\r\n";
    assert_eq!(codes(declared), ["250", "552", "503"]);
    let line = format!("{}\r\n", "x".repeat(998));
    for chunk in [16_384, 50_000_000] {
        let input = format!("EHLO me\r\n{ENVELOPE}{}.\r\nNOOP\r\n", line.repeat(10_001));
        let (codes, mails) = play(input.as_bytes(), chunk);
        assert_eq!(codes, ["250", "250", "250", "354", "552", "250"]);
        assert!(mails.is_empty());
    }
}

#[test]
fn a_line_that_is_too_long_is_skipped() {
    let input = format!("EHLO me\r\nNOOP {}\r\nNOOP\r\n", "x".repeat(20_000));
    for chunk in [1, 100, 4_096, 16_384] {
        assert_eq!(play(input.as_bytes(), chunk).0, ["250", "500", "250"], "{chunk}");
    }
}

#[test]
fn recipients_are_counted() {
    let input = format!("EHLO me\r\nMAIL FROM:<>\r\n{}", "RCPT TO:<b@y.se>\r\n".repeat(101));
    assert_eq!(codes(&input).last().unwrap(), "452");
}
