//! How operators of docker-compose.yml get in.

use crate::{accepts, read};
use bevaka_chassis::settings::Settings;
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
    for (who, at, settings) in
        [(name, settings.operators_url(), settings), ("sandbox", sandbox.http.public_url(), sandbox)]
    {
        let url = Url::parse(&at).unwrap();
        let expected = (Some("127.0.0.1"), Some(settings.http.listen.port()));
        assert_eq!((url.host_str(), url.port()), expected, "{who}: people's browsers do not reach {at}");
    }
}

#[test]
fn every_command_that_the_compose_file_tells_to_type_is_accepted() {
    let text = read("docker-compose.yml");
    let told: Vec<Vec<String>> = text
        .lines()
        .filter_map(|line| line.strip_prefix("#   docker compose run --rm migrate "))
        .map(|command| command.split_whitespace().map(str::to_owned).collect())
        .collect();
    assert_eq!(told.len(), 2, "customers and a token");
    for command in told {
        accepts(&command).unwrap_or_else(|fault| panic!("{command:?}: {fault}"));
    }
}
