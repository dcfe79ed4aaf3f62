//! How operators of docker-compose.yml get in.

use crate::accepts;
use bevaka_chassis::settings::Settings;
use bevaka_tests::read;
use secrecy::ExposeSecret;
use url::Url;

/// The two know each other by the same names, and people's browsers reach both.
pub(crate) fn meet_the_sandbox(name: &str, settings: &Settings, sandbox: &Settings) {
    let (own, its) = (&settings.operator_sign_in, &sandbox.operator_sign_in);
    assert_eq!(
        (&own.issuer, &own.client_id, &own.public_url),
        (&its.issuer, &its.client_id, &its.public_url)
    );
    assert_eq!(own.client_secret.expose_secret(), its.client_secret.expose_secret());
    assert!(own.issuer.ends_with(bevaka_sandbox::OIDC), "{}", own.issuer);
    let url = Url::parse(&sandbox.http.public_url()).unwrap();
    let expected = (Some("127.0.0.1"), Some(sandbox.http.listen.port()));
    assert_eq!((url.host_str(), url.port()), expected, "{name}: people's browsers do not reach the sandbox");
}

#[test]
fn every_command_that_the_compose_file_tells_to_type_is_accepted() {
    let text = read("docker-compose.yml");
    let told: Vec<Vec<String>> = text
        .lines()
        .filter_map(|line| line.strip_prefix("#   docker compose run --rm "))
        .map(|command| words(command.split_once("migrate ").expect("as the database's owner").1))
        .collect();
    assert_eq!(told.len(), 3, "customers, a token, and an event");
    for command in told {
        accepts(&command).unwrap_or_else(|fault| panic!("{command:?}: {fault}"));
    }
}

/// The words of a command as a shell reads them, up to where it writes to a file.
fn words(command: &str) -> Vec<String> {
    let command = command.split(" > ").next().unwrap_or_default();
    let parts = command.split('\'').enumerate();
    let words = parts.flat_map(|(n, part)| match n % 2 {
        0 => part.split_whitespace().map(str::to_owned).collect(),
        _ => vec![part.to_owned()],
    });
    words.collect()
}
