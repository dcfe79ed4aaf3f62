//! Bevaka's own dispatcher, as the program that it is.

use crate::{
    ceiling::BATCH,
    data::Run,
    drain::{self, Drain, real},
    sink::{HOLE, SEND},
    stage::Stage,
    usage,
};
use anyhow::{Context, Result, bail, ensure};
use bevaka_rig::{
    ports,
    process::{Process, StopSignal},
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// A process is known by the first 15 letters of its name.
const NAME: &str = "bevaka-dispatch";
const READY: Duration = Duration::from_secs(30);
const STALLED: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(20);

/// A provider as 46elks is one, but here.
const GATEWAY: &str = r#"
base_url = "http://127.0.0.1"

[text]
max_segments = 8

[request]
method = "POST"
path = "PATH"
encoding = "form"
auth = { kind = "basic", username = "{{account}}", password = "{{secret}}" }

[request.fields]
from = "{{sender}}"
to = "{{to}}"
message = "{{text}}"
id = "{{id}}"
whendelivered = "{{report_url}}"

[response]
success_statuses = [200]
id = "/id"

[reports]
encoding = "form"
status = "status"
verifier = "url_hmac"

[reports.statuses]
delivered = "delivered"
failed = "failed"
"#;

/// Whether the alerts leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Senders {
    /// As the defaults have it.
    Work,
    /// The one sender waits for an answer that never comes, and what is planned stays.
    Stand,
}

/// A drain by the dispatcher, and what its process used.
#[derive(Clone, Debug)]
pub struct Whole {
    /// The drain.
    pub drain: Drain,
    /// The dispatcher's processor time, in ms for 1,000 events.
    pub cpu: f64,
    /// The most memory it held, in MB.
    pub memory: f64,
}

/// The running dispatcher; stopped when dropped.
#[derive(Debug)]
pub struct Dispatcher {
    process: Process,
    pid: u32,
}

impl Dispatcher {
    /// Starts it on the stage with the default settings, but with two readers as config/production.toml has it, and waits until it is at work.
    pub fn start(stage: &Stage, senders: Senders) -> Result<Self> {
        let directory = stage.directory.path();
        let log = directory.join("dispatcher.log");
        let mut command = Command::new(program()?);
        command.env("BEVAKA__HTTP__LISTEN", format!("127.0.0.1:{}", ports::free()?));
        command.arg("--config").arg(settings(stage, senders)?);
        command.arg("--config-dir").arg(config_dir(directory, senders)?);
        let mut process = Process::spawn("the dispatcher", &mut command, &log, StopSignal::Term, directory)?;
        process.wait_until(READY, || usage::process(NAME).is_some())?;
        let pid = usage::process(NAME).context("the dispatcher is gone")?;
        Ok(Self { process, pid })
    }

    /// Its process.
    pub const fn pid(&self) -> u32 {
        self.pid
    }

    /// Asks it to stop, and waits.
    pub fn stop(mut self) {
        self.process.stop();
    }

    /// Ends it at once.
    pub fn kill(mut self) {
        self.process.kill();
    }
}

/// Drains a queue that was filled before, or that `publisher` fills meanwhile.
pub async fn whole(stage: &Stage, run: &Run, events: usize, is_filled: bool) -> Result<Whole> {
    let before = drain::begin(stage).await?;
    let dispatcher = Dispatcher::start(stage, Senders::Work)?;
    let publish = async { if is_filled { Ok(()) } else { stage.broker.publish(run, 0..events).await } };
    let (drain, published) = tokio::join!(drain::finish(stage, run, events, before), publish);
    published?;
    let drain = drain?;
    let cpu = usage::cpu_of(NAME);
    let memory = usage::peak_memory(dispatcher.pid()).context("the dispatcher ended by itself")?;
    dispatcher.stop();
    Ok(Whole { drain, cpu: cpu * 1_000.0 / real(events), memory })
}

/// Plans what is on the queue and sends nothing; gives events a second, by the times that the batches bear.
pub async fn intake(stage: &Stage, events: usize) -> Result<f64> {
    let dispatcher = Dispatcher::start(stage, Senders::Stand)?;
    let (mut depth, mut since) = (u32::MAX, Instant::now());
    while depth > 0 {
        sleep(POLL).await;
        let now = stage.broker.depth().await?;
        if now != depth {
            (depth, since) = (now, Instant::now());
        }
        ensure!(since.elapsed() < STALLED, "the dispatcher takes no events");
    }
    let sql =
        "SELECT count(*), (extract(epoch FROM max(received_at) - min(received_at)))::float8 FROM events";
    let recorded = async || sqlx::query_as::<_, (i64, Option<f64>)>(sql).fetch_one(&stage.pool).await;
    let since = Instant::now();
    let mut found = recorded().await?;
    while usize::try_from(found.0)? < events {
        ensure!(since.elapsed() < STALLED, "{} of {events} events were recorded", found.0);
        sleep(POLL).await;
        found = recorded().await?;
    }
    dispatcher.kill();
    // The last batch began at the last time.
    Ok(real(events.saturating_sub(BATCH)) / found.1.unwrap_or_default().max(1e-9))
}

/// Finds the dispatcher beside this program, and builds it there if it is missing.
pub fn build() -> Result<()> {
    if program().is_ok() {
        return Ok(());
    }
    let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
    let mut command = Command::new("cargo");
    command.current_dir(workspace()).args(["build", "--locked", "--profile", profile]);
    command.args(["--package", "bevaka-dispatcher"]);
    ensure!(command.status().context("cargo cannot be run")?.success(), "the dispatcher cannot be built");
    program().map(drop)
}

fn program() -> Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name("bevaka-dispatcher");
    if !path.is_file() {
        bail!("{} is missing", path.display());
    }
    Ok(path)
}

fn workspace() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn settings(stage: &Stage, senders: Senders) -> Result<PathBuf> {
    let path = stage.directory.path().join("bevaka.toml");
    // With room for one alert, intake waits for none: every further one is born waiting.
    let stand = match senders {
        Senders::Work => "",
        Senders::Stand => "concurrency = 1\n\n[dispatch]\nqueue = 1\n",
    };
    let text = format!(
        "[database]\nurl = \"{}\"\n\n[bus]\nkind = \"amqp\"\nconsumers = 2\nurl = \"{}\"\n\n[sms]\ngateway = \"bench\"\n\
         base_url = \"http://{}\"\naccount = \"bank\"\nsecret = \"secret\"\n\
         report_secret = \"a secret of the benchmark, not a real one\"\n{stand}\n[vault]\nkey = \"{}\"\n",
        stage.database_url,
        stage.bus_url,
        stage.sink.address,
        "0f".repeat(32)
    );
    fs::write(&path, text)?;
    Ok(path)
}

fn config_dir(directory: &Path, senders: Senders) -> Result<PathBuf> {
    let config = directory.join("config");
    fs::create_dir_all(config.join("gateways"))?;
    for part in ["events", "notices"] {
        fs::create_dir_all(config.join(part))?;
        for file in fs::read_dir(workspace().join("config").join(part))? {
            let file = file?;
            fs::copy(file.path(), config.join(part).join(file.file_name()))?;
        }
    }
    let path = match senders {
        Senders::Work => SEND,
        Senders::Stand => HOLE,
    };
    fs::write(config.join("gateways/bench.toml"), GATEWAY.replace("PATH", path))?;
    Ok(config)
}
