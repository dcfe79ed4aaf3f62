//! What dies while 5,000 events go through, and what must hold all the same: every alert reaches the sink; an alert
//! that reached it twice carried the same key and is recorded as a possible duplicate (R30, R32).

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs, reason = "this is a test")]

use bevaka_rig::{Postgres, RabbitMq, postgres_database, rabbitmq_vhost};
use bevaka_tests::{Company, World, eventually};
use std::time::Duration;
use tokio::time::{sleep, timeout};

const EVENTS: usize = 5_000;
const ONE: &str = "5560160680";
const TWO: &str = "2120000142";

/// Every event of the first company alerts one user, every event of the second two.
fn companies() -> [Company; 2] {
    let one = Company::new(ONE, "Exempelbolaget AB").user("anna", Some("0701740605"), None);
    let two = Company::new(TWO, "Sundsvalls kommun").user("bo", Some("0701740606"), None).user(
        "cia",
        Some("0701740607"),
        None,
    );
    [one, two]
}

fn company_of(id: &str) -> String {
    if id.ends_with('0') { TWO.to_owned() } else { ONE.to_owned() }
}

fn ids() -> impl Iterator<Item = String> {
    (0..EVENTS).map(|n| format!("p{n}"))
}

const ALERTS: usize = EVENTS + EVENTS / 10;

/// Waits for the end and compares the sink with what is stored.
async fn every_alert_arrived(world: &World, broken: &str) {
    let stored = world.all_settled(ALERTS).await;
    let received = world.gateway.received();
    let mut repeated = 0;
    for delivery in &stored {
        assert_eq!(delivery.state.name(), "accepted", "{broken}: {delivery:?}");
        match received.get(&delivery.id.to_string()) {
            None => panic!("{broken}: an alert is missing at the sink: {delivery:?}"),
            Some(1) => {}
            Some(_) => {
                repeated += 1;
                assert!(delivery.possible_duplicate, "{broken}: repeated and not recorded: {delivery:?}");
            }
        }
    }
    assert_eq!(received.len(), ALERTS, "{broken}: the sink holds alerts that nobody stored");
    let recorded = stored.iter().filter(|delivery| delivery.possible_duplicate).count();
    println!(
        "{broken}: {ALERTS} alerts, {repeated} arrived twice, {recorded} recorded as possible duplicates"
    );
}

/// Waits until the sink has got this many alerts.
async fn progress(world: &World, alerts: usize) {
    eventually(&format!("{alerts} alerts at the sink"), || async {
        (world.gateway.received().len() >= alerts).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r32_the_dispatcher_killed_at_random_moments_loses_nothing() {
    let mut world = World::new(&postgres_database("killed"), &rabbitmq_vhost("killed")).await;
    world.import(&companies());
    world.publish(ids(), company_of).await;
    // The moments are as far into the work as these numbers say, whatever the speed of the machine.
    for moment in [1, 137, 411, 902, 1_500, 2_222, 3_001, 4_040] {
        let dispatcher = world.dispatcher();
        progress(&world, moment).await;
        dispatcher.kill();
    }
    let dispatcher = world.dispatcher();
    every_alert_arrived(&world, "dispatcher killed").await;
    assert!(dispatcher.stop());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r32_several_dispatchers_side_by_side_share_the_work_and_one_may_die() {
    let mut world = World::new(&postgres_database("several"), &rabbitmq_vhost("several")).await;
    world.import(&companies());
    let (one, two, three) = (world.dispatcher(), world.dispatcher(), world.dispatcher());
    world.publish(ids(), company_of).await;
    progress(&world, 1_000).await;
    two.kill();
    every_alert_arrived(&world, "one of three killed").await;
    assert!(one.stop() && three.stop());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r30_rabbitmq_killed_and_restarted_loses_nothing() {
    let mut rabbitmq = tokio::task::spawn_blocking(|| RabbitMq::start().unwrap()).await.unwrap();
    let mut world = World::new(&postgres_database("broker"), &rabbitmq.amqp_url("/")).await;
    world.import(&companies());
    let dispatcher = world.dispatcher();
    // RabbitMQ 3.10 writes the name of a new quorum queue down only some seconds after it was made; killed before that
    // it starts with an empty queue that never elects a leader. So the work is spread over a quarter of a minute, and
    // the kill comes when most of it is done.
    let publishing = async {
        let mut all = ids();
        for _ in 0..EVENTS / 100 {
            world.publish(all.by_ref().take(100), company_of).await;
            sleep(Duration::from_millis(300)).await;
        }
    };
    let breaking = async {
        progress(&world, ALERTS * 3 / 4).await;
        for _ in 0..2 {
            tokio::task::block_in_place(|| {
                rabbitmq.kill();
                rabbitmq.restart().unwrap();
            });
        }
    };
    let both = async { tokio::join!(publishing, breaking) };
    timeout(Duration::from_secs(180), both).await.expect("the publisher gets through");
    every_alert_arrived(&world, "RabbitMQ killed").await;
    assert!(dispatcher.stop());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r30_postgresql_killed_and_restarted_loses_nothing() {
    let mut postgres = tokio::task::spawn_blocking(|| Postgres::start().unwrap()).await.unwrap();
    let mut world = World::new(&postgres.url("postgres"), &rabbitmq_vhost("database")).await;
    world.import(&companies());
    let dispatcher = world.dispatcher();
    world.publish(ids(), company_of).await;
    for moment in [300, 1_700, 3_100] {
        progress(&world, moment).await;
        tokio::task::block_in_place(|| postgres.kill());
        // Longer than a lease: what is under way must not be sent again only because the database was away.
        sleep(Duration::from_secs(if moment == 1_700 { 5 } else { 0 })).await;
        tokio::task::block_in_place(|| postgres.restart().unwrap());
    }
    every_alert_arrived(&world, "PostgreSQL killed").await;
    assert!(dispatcher.stop());
}
