//! What only the table bus does.

use crate::ground::*;
use bevaka_bus::Queue;

/// SQLite is used by one process alone: when it starts again, nobody else can be at work on what it held.
#[tokio::test]
async fn a_new_start_gives_held_messages_again_at_once_on_sqlite() {
    on_sqlite(async |ground| {
        let bus = ground.open().await;
        publish(&bus, &numbered(0..3)).await;
        hold(&mut bus.reader(Queue::Events, 10), 3).await;
        drop(bus);
        let bus = ground.open().await;
        assert_eq!(numbers(&take(&mut bus.reader(Queue::Events, 10), 3).await), [0, 1, 2]);
    })
    .await;
}

/// Several processes share PostgreSQL: the start of one takes nothing from the others.
#[tokio::test]
async fn a_new_start_leaves_what_others_hold_on_postgres() {
    on_postgres(async |ground| {
        let bus = ground.open().await;
        publish(&bus, &numbered(0..3)).await;
        let mut reader = bus.reader(Queue::Events, 10);
        let held = hold(&mut reader, 3).await;
        let other = ground.open().await;
        nothing_else_comes(&other).await;
        for batch in held {
            reader.acknowledge(batch).await.unwrap();
        }
    })
    .await;
}

/// Late is not too late: the work was done, and its outcome is durable.
#[tokio::test]
async fn a_batch_whose_lock_ran_out_may_still_be_acknowledged_on_sqlite() {
    on_sqlite(async |ground| {
        let bus = ground.open().await;
        publish(&bus, &numbered([1])).await;
        let mut reader = bus.reader(Queue::Events, 10);
        let batch = next(&mut reader, 1).await;
        ground.let_locks_run_out();
        let again = next(&mut bus.reader(Queue::Events, 10), 1).await;
        assert_eq!(numbers(&again.messages), [1]);
        reader.acknowledge(batch).await.unwrap();
        reader.acknowledge(again).await.unwrap();
        nothing_else_comes(&bus).await;
    })
    .await;
}
