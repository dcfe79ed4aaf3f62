//! The benchmark, with its ceiling program: how fast Bevaka is beside the parts that it is made of. Run it as
//! `cargo xtask bench`; docs/performance.md tells what it measures and why so.

#![allow(clippy::print_stdout, reason = "this is a command line")]

mod bevaka;
mod broker;
mod ceiling;
mod data;
mod drain;
mod http;
mod latency;
mod raw;
mod report;
mod search;
mod sink;
mod stage;
mod usage;

use anyhow::Result;
use bevaka::Whole;
use ceiling::Ceiling;
use clap::Parser;
use data::{ALERTS, Run};
use report::{Growth, Report, Round};
use stage::{COMPANIES, Stage};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const LONG: usize = 1_000_000;
const QUICK: (usize, usize) = (20_000, 2);
const LATENCY_SECONDS: usize = 12;

/// Measures Bevaka beside the parts it is made of, on private servers.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench --")]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
struct Args {
    /// Events in each drain.
    #[arg(long, default_value_t = 100_000)]
    events: usize,
    /// Rounds that count; one more is dropped before them.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// 20,000 events and 2 rounds: for a first look, not for figures.
    #[arg(long)]
    quick: bool,
    /// Also 1,000,000 events in one run with the publisher running.
    #[arg(long)]
    long: bool,
    /// Also with ten times the companies and stored deliveries.
    #[arg(long)]
    growth: bool,
    /// No rounds, only the latency at a low rate.
    #[arg(long)]
    latency_only: bool,
    /// Only Bevaka's whole way, without the other phases: for a profiler.
    #[arg(long)]
    whole_only: bool,
    /// Only the operators' searches over a million stored alerts.
    #[arg(long)]
    search: bool,
    /// As JSON instead of a table.
    #[arg(long)]
    json: bool,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let mut args = Args::parse();
    if args.quick {
        (args.events, args.rounds) = QUICK;
    }
    if args.search {
        let (text, is_met) = search::run(args.json).await?;
        print!("{text}");
        return Ok(if is_met { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    bevaka::build()?;
    let stage = Stage::set().await?;
    let report = measure(&args, stage).await?;
    if args.json {
        println!("{:#}", report.json());
    } else {
        print!("{}", report.table());
    }
    Ok(if report.is_exact() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn measure(args: &Args, mut stage: Stage) -> Result<Report> {
    let mut report = Report { events: args.events, ..Report::default() };
    if args.whole_only {
        for number in 0..args.rounds {
            let whole = drained(&stage, &format!("only{number}"), args.events, &mut report).await?;
            let (rate, [postgres, rabbitmq]) = (whole.drain.events_per_s, whole.drain.servers_cpu);
            eprintln!(
                "{rate:.0} events/s; ms CPU/1,000: dispatcher {:.1}, PostgreSQL {postgres:.1}, RabbitMQ \
                 {rabbitmq:.1}; {:.0} MB",
                whole.cpu, whole.memory
            );
        }
        return Ok(report);
    }
    if !args.latency_only {
        for number in 0..=args.rounds {
            let round = round(&stage, number, args.events, &mut report).await?;
            let of = args.rounds;
            let (whole, ceiling) = (round.whole.drain.events_per_s, round.ceiling.events_per_s);
            eprintln!("round {number} of {of}: whole way {whole:.0}, ceiling {ceiling:.0} events/s");
            // The first one warms the machine.
            if number > 0 {
                report.rounds.push(round);
            }
        }
    }
    report.latencies = Some(latency::measure(&stage, LATENCY_SECONDS).await?);
    if args.long {
        eprintln!("long run");
        stage.clear().await?;
        let run = Run::new("long", stage.companies);
        let whole = bevaka::whole(&stage, &run, LONG, false).await?;
        report.tally += whole.drain.tally;
        report.long = Some((LONG, whole));
    }
    if args.growth {
        report.growth = Some(growth(args.events, &mut stage, &mut report).await?);
    }
    Ok(report)
}

async fn round(stage: &Stage, number: usize, events: usize, report: &mut Report) -> Result<Round> {
    let run = |phase: &str| Run::new(&format!("{phase}{number}"), stage.companies);
    stage.clear().await?;
    let fsync = raw::fsync(stage)?;
    let publish = raw::publish(stage, &run("raw"), events).await?;
    let consume = raw::consume(stage, events).await?;
    let insert = raw::insert(stage, &run("insert"), events).await?;
    let http = raw::http(stage, events * ALERTS).await?;

    let ceiling_run = filled(stage, &format!("ceiling{number}"), events).await?;
    let before = drain::begin(stage).await?;
    let cpu = usage::cpu_without(sink::THREAD);
    let program = Ceiling::start(&stage.broker, &stage.pool, &stage.sink).await?;
    let ceiling = drain::finish(stage, &ceiling_run, events, before).await;
    let ceiling_cpu = (usage::cpu_without(sink::THREAD) - cpu) * 1_000.0 / drain::real(events);
    program.stop().await?;
    let ceiling = ceiling?;
    report.tally += ceiling.tally;

    filled(stage, &format!("intake{number}"), events).await?;
    let intake = bevaka::intake(stage, events).await?;
    let whole = drained(stage, &format!("whole{number}"), events, report).await?;
    Ok(Round { fsync, publish, consume, insert, http, ceiling, ceiling_cpu, intake, whole })
}

/// Empties everything and fills the queue.
async fn filled(stage: &Stage, name: &str, events: usize) -> Result<Run> {
    stage.clear().await?;
    let run = Run::new(name, stage.companies);
    stage.broker.publish(&run, 0..events).await?;
    stage.rest().await?;
    Ok(run)
}

async fn drained(stage: &Stage, name: &str, events: usize, report: &mut Report) -> Result<Whole> {
    let run = filled(stage, name, events).await?;
    let whole = bevaka::whole(stage, &run, events, true).await?;
    report.tally += whole.drain.tally;
    Ok(whole)
}

async fn growth(events: usize, stage: &mut Stage, report: &mut Report) -> Result<Growth> {
    eprintln!("growth: usual data");
    let usual = drained(stage, "usual", events, report).await?;
    eprintln!("growth: loading ten times as much");
    stage.clear().await?;
    data::load(&stage.pool, COMPANIES, 10 * COMPANIES).await?;
    data::load_stored(&stage.pool, 10 * events).await?;
    stage.companies = 10 * COMPANIES;
    let run = Run::new("grown", stage.companies);
    stage.broker.publish(&run, 0..events).await?;
    stage.rest().await?;
    let grown = bevaka::whole(stage, &run, events, true).await?;
    report.tally += grown.drain.tally;
    Ok(Growth { usual, grown })
}
