//! A bank with the sandbox as its BankID: the demonstration's companies, persons who use their BankID, and agreements
//! services on one database.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use bevaka_agreements::{
    App,
    commands::place::{self, Wish},
    company::Caller,
    fault::Outcome,
    identity::{
        attempt::{self, Attempt, BankIdWay, Purpose, State, Way, browser_hash},
        bankid::{self, Asking},
        collector,
        session::{self, SignInOutcome},
    },
    numbers,
};
use bevaka_chassis::{clock::SystemClock, entropy::Entropy, process::Chassis, settings::Settings};
use bevaka_domain::{
    agreement::HeldThrough,
    clock::{Clock, ManualClock},
    ids::{AttemptId, OrderId, SignatureId},
    language::Language,
    organisation::OrganisationNumber,
    signing::Order,
};
use bevaka_eid::{bankid::Method, bankid::Request as BankIdRequest, profile::Profile};
use bevaka_sandbox::{BankIdOptions, OidcOptions, Sandbox, SandboxOptions};
use bevaka_store::{Role, agreements, attempts, members, orders};
use bevaka_tests::{bevaka, config_dir};
use secrecy::ExposeSecret;
use std::{collections::BTreeMap, fs, sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// The secret of the browser that begins everything here.
pub const SECRET: &str = "the secret of a browser";
pub const ANNA: &str = "191212121212";
pub const ERIK: &str = "198504129811";

/// Persons who act by themselves in the sandbox, as signatories of the demonstration company.
const ACTORS: [(&str, &str); 3] =
    [("bo", "19860501-9812"), ("sixten", "19740226-9836"), ("sven", "19820714-9843")];

pub struct Bank {
    directory: TempDir,
    sandbox: Arc<Sandbox>,
    running: JoinHandle<()>,
    shutdown: CancellationToken,
    clock: Arc<ManualClock>,
    variables: BTreeMap<String, String>,
}

impl Bank {
    /// On SQLite, or on a database of its own.
    pub async fn open(postgres: Option<String>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        // Certificates of connections are judged by this machine's clock, so the bank's begins there.
        let clock = Arc::new(ManualClock::at(SystemClock.now()));
        let options = SandboxOptions {
            smtp_listen: "127.0.0.1:0".parse().unwrap(),
            store_file: directory.path().join("sandbox.jsonl"),
            clock: Arc::<ManualClock>::clone(&clock),
            hint_command: String::new(),
            bankid: BankIdOptions {
                listen: "127.0.0.1:0".parse().unwrap(),
                directory: directory.path().join("bankid"),
                persons_file: config_dir().join("sandbox/persons.toml"),
                entropy: Arc::new(Entropy::from_system()),
            },
            oidc: OidcOptions::of(&Settings::load(None).unwrap(), &config_dir()),
        };
        let sandbox = Arc::new(Sandbox::start(options).await.unwrap());
        let shutdown = CancellationToken::new();
        let (serving, stop) = (Arc::clone(&sandbox), shutdown.clone());
        let running = tokio::spawn(async move { serving.run(stop).await });
        let file = |name: &str| directory.path().join("bankid").join(name).display().to_string();
        let port = sandbox.bankid_addr().port();
        let variables = [
            ("DATABASE__URL", postgres.unwrap_or_default()),
            ("PROCESS__DATA_DIR", directory.path().display().to_string()),
            ("VAULT__KEY", "0f".repeat(32)),
            ("BANKID__URL", format!("https://localhost:{port}")),
            ("BANKID__PROFILE", file("profile.toml")),
            ("BANKID__IDENTITY_FILE", file("relying-party.pem")),
            ("BANKID__CA_FILE", file("server-ca.pem")),
        ];
        let variables = variables.map(|(key, value)| (format!("BEVAKA__{key}"), value)).into();
        let bank = Self { directory, sandbox, running, shutdown, clock, variables };
        bank.import(&fs::read_to_string(config_dir().join("demonstration.jsonl")).unwrap());
        let actors = ACTORS.map(|(reference, number)| {
            format!(
                r#"{{"type": "user", "company": "556016-0680", "reference": "{reference}", "name": "{reference}", "access": "unrestricted", "personal_number": "{number}", "mandate": "alone"}}"#
            )
        });
        bank.import(&actors.join("\n"));
        bank
    }

    pub async fn close(self) {
        self.shutdown.cancel();
        tokio::time::timeout(Duration::from_secs(10), self.running).await.unwrap().unwrap();
    }

    /// By the command line.
    pub fn import(&self, lines: &str) {
        let file = self.directory.path().join("import.jsonl");
        fs::write(&file, lines).unwrap();
        let env: Vec<_> = self.variables.clone().into_iter().collect();
        let output = tokio::task::block_in_place(|| bevaka(&["import", file.to_str().unwrap()], &env));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// An agreements service as it starts, with connections of its own.
    pub async fn service(&self) -> App {
        let settings = Settings::from_env_pairs(None, self.variables.clone()).unwrap();
        let stop = CancellationToken::new();
        let chassis = Chassis::start("test", settings, config_dir(), Role::Owner, stop).await.unwrap();
        App::new(Chassis { clock: Arc::<ManualClock>::clone(&self.clock), ..chassis }).unwrap()
    }

    pub fn profile(&self) -> Profile {
        Profile::load(&self.directory.path().join("bankid/profile.toml")).unwrap()
    }

    /// Somebody uses their BankID for an order that BankID has.
    pub async fn use_bankid(&self, order_ref: &str, bankid: &str) {
        for (act, form) in [("choose", format!("bankid={bankid}")), ("code", "code=123456".to_owned())] {
            let request = Request::post(format!("/sandbox/bankid/orders/{order_ref}/{act}"))
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header(header::HOST, "127.0.0.1:8080")
                .body(Body::from(form))
                .unwrap();
            let answer = self.sandbox.router().oneshot(request).await.unwrap();
            assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        }
    }

    /// The time passes until BankID is asked again, and a service asks.
    pub async fn collect(&self, app: &App) -> usize {
        self.clock.advance(Duration::from_secs(3));
        collector::collect(app).await.unwrap()
    }

    pub fn wait(&self, time: Duration) {
        self.clock.advance(time);
    }

    /// A user of the demonstration company, as if signed in.
    pub async fn caller(&self, app: &App, reference: &str) -> Caller {
        let mut tx = app.chassis.db.begin_read().await.unwrap();
        let number = OrganisationNumber::parse("556016-0680").unwrap();
        let organisation = agreements::find_organisation(&mut tx, &number).await.unwrap().unwrap();
        let members = members::of(&mut tx, organisation).await.unwrap();
        let member = members.into_iter().find(|member| member.reference == reference).unwrap();
        let channel = HeldThrough::Corporate;
        Caller { person: member.person.unwrap(), user: member.id, organisation, channel }
    }

    /// Signs in by mobile BankID.
    pub async fn sign_in(&self, app: &App, person: &str, number: &str) -> Caller {
        let purpose = Purpose::SignIn { channel: HeldThrough::Corporate, next: String::new() };
        let id = bankid::sign_in(app, asking(), Method::Mobile, Some(number), purpose).await.unwrap();
        self.use_bankid(&order_ref(app, id).await, &format!("{person}/mobile")).await;
        self.collect(app).await;
        let began = session::begin(app, id, SECRET, None).await.unwrap();
        let SignInOutcome::Session { token, chooses: false } = began else { panic!("{began:?}") };
        bevaka_portal::session::resume(app, &token).await.unwrap().unwrap().caller().unwrap()
    }
}

pub fn asking() -> Asking<'static> {
    Asking { secret: SECRET, address: "192.0.2.1".parse().unwrap() }
}

/// BankID's name of an attempt's order.
pub async fn order_ref(app: &App, id: AttemptId) -> String {
    match attempt::find(app, id, SECRET).await.unwrap().way {
        Way::BankId(way) => way.order_ref,
        Way::Token(_) => panic!("an attempt by token"),
    }
}

pub async fn state(app: &App, id: AttemptId) -> State {
    attempt::find(app, id, SECRET).await.unwrap().state
}

/// Begins to sign.
pub async fn sign(app: &App, caller: Caller, method: Method, order: OrderId) -> Outcome<AttemptId> {
    bankid::sign_order(app, asking(), method, (caller, order)).await
}

/// An order that leaves rejected payments alone in the demonstration company's scope.
pub async fn change(app: &App, caller: Caller) -> OrderId {
    let wish = Wish::Change { kinds: vec!["payment.rejected".to_owned()], seen: 1 };
    place::place(app, caller, wish, Language::Swedish).await.unwrap()
}

pub async fn order(app: &App, id: OrderId) -> Order {
    let mut tx = app.chassis.db.begin_read().await.unwrap();
    orders::find(&mut tx, id).await.unwrap().unwrap()
}

/// The version of the caller's agreement; none without one.
pub async fn version(app: &App, caller: Caller) -> Option<u32> {
    let mut tx = app.chassis.db.begin_read().await.unwrap();
    let agreement = agreements::agreement_in_force(&mut tx, caller.organisation).await.unwrap();
    agreement.map(|agreement| agreement.version)
}

pub async fn evidence(app: &App, signature: SignatureId) -> String {
    let mut tx = app.chassis.db.begin_read().await.unwrap();
    let (_, sealed) = orders::evidence(&mut tx, signature).await.unwrap().unwrap();
    numbers::evidence_of(&app.vault, &sealed).unwrap()
}

/// What BankID is really asked in [`smuggle`].
pub struct Asked<'a> {
    pub method: Method,
    pub number: &'a str,
    pub text: &'a str,
}

/// Puts an order of BankID's under an attempt that it was not made for, as somebody could who has the database and the
/// key of the vault; only verification is left to find it.
pub async fn smuggle(
    app: &App,
    (order, caller): (OrderId, Caller),
    method: Method,
    asked: Asked<'_>,
) -> AttemptId {
    let bankid = app.bankid.as_ref().unwrap();
    let request = BankIdRequest {
        end_user_ip: "192.0.2.1".parse().unwrap(),
        visible: Some(asked.text.to_owned()),
        non_visible: None,
        method: asked.method,
        policies: bankid.profile.policies(asked.method).to_vec(),
        personal_number: Some(asked.number.to_owned()),
        return_url: None,
    };
    let started = bankid.client.sign(&request).await.unwrap();
    let secret = started.qr_start_secret.expose_secret().to_owned();
    attempt_of(app, (order, caller), method, started.order_ref, secret).await
}

/// An attempt to sign by an order that BankID has.
pub async fn attempt_of(
    app: &App,
    (order, caller): (OrderId, Caller),
    method: Method,
    order_ref: String,
    qr_start_secret: String,
) -> AttemptId {
    let now = app.now();
    let way = BankIdWay {
        method,
        order_ref,
        auto_start_token: String::new(),
        qr_start_token: String::new(),
        qr_start_secret,
        text: Some(self::order(app, order).await.text),
        address: "192.0.2.1".parse().unwrap(),
    };
    let attempt = Attempt {
        id: AttemptId(app.chassis.entropy.id(now)),
        browser_hash: browser_hash(SECRET),
        purpose: Purpose::Sign { order, user: caller.user, person: caller.person },
        way: Way::BankId(way),
        state: State::Pending { hint: None },
        started_at: now,
        expires_at: now.plus(Duration::from_secs(180)),
        due_at: Some(now),
    };
    let mut tx = app.chassis.db.begin().await.unwrap();
    attempts::insert(&mut tx, &attempt.sealed(app).unwrap()).await.unwrap();
    tx.commit().await.unwrap();
    attempt.id
}
