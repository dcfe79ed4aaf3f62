//! Step 1: messages from the bus become events, or dead letters with a reason (R34).

use crate::{dispatcher::Context, figures::Name, record};
use bevaka_alerting::accept::{Refused, accept_from_bus};
use bevaka_bus::{Batch, Bus, Queue, Received};
use bevaka_domain::ids::EventId;
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Reads the bus until the process stops. A batch is acknowledged when all of it is durable, so whatever dies
/// before that comes again.
pub(crate) async fn run(context: Arc<Context>) {
    let settings = &context.chassis.settings.bus;
    let held = u16::try_from(settings.batch * 2).unwrap_or(u16::MAX);
    let mut reader = context.chassis.bus.reader(Queue::Events, held);
    loop {
        let batch = tokio::select! {
            batch = reader.next(settings.batch) => batch,
            () = context.chassis.shutdown.cancelled() => return,
        };
        if !take(&context, &batch).await {
            return;
        }
        // Not acknowledged means read again, and then found to be stored already (R30).
        if let Err(error) = reader.acknowledge(batch).await {
            tracing::warn!(%error, "a recorded batch could not be acknowledged; it will be read again");
        }
    }
}

/// Makes a batch durable, however long the database is away. Gives false if the process stops before.
async fn take(context: &Context, batch: &Batch) -> bool {
    let mut pause = FIRST_PAUSE;
    loop {
        let Err(error) = take_once(context, &batch.messages).await else { return true };
        tracing::error!(%error, events = batch.messages.len(), "a batch cannot be recorded yet, trying again");
        metrics::counter!("bevaka_intake_failures_total").increment(1);
        tokio::select! {
            () = sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
            () = context.chassis.shutdown.cancelled() => return false,
        }
    }
}

async fn take_once(context: &Context, messages: &[Received]) -> anyhow::Result<()> {
    let chassis = &context.chassis;
    let now = chassis.clock.now();
    let max_bytes = chassis.settings.operators.max_event_bytes;
    let (mut events, mut no_events) = (Vec::with_capacity(messages.len()), Vec::new());
    for message in messages {
        let id = EventId(chassis.entropy.id(now));
        let accepted = match message.malformed {
            Some(why) => Err(Refused::malformed(why)),
            None => accept_from_bus(&message.body, &chassis.catalogue, max_bytes, id, now),
        };
        match accepted {
            Ok(event) => events.push(event),
            Err(refused) => no_events.push((message, refused)),
        }
    }
    // Events first: recording them again changes nothing, so that only a fault of the bus itself can put the same
    // message aside twice.
    record::record(context, events, now).await?;
    for (message, refused) in no_events {
        put_aside(&chassis.bus, message, &refused).await?;
        context.figures.add(now, [(Name::Dead(refused.reason), 1)].into());
    }
    Ok(())
}

async fn put_aside(bus: &Bus, message: &Received, refused: &Refused) -> anyhow::Result<()> {
    bus.put_aside(message, &refused.to_string()).await?;
    metrics::counter!("bevaka_dead_letters_total", "reason" => refused.reason).increment(1);
    tracing::warn!(dead_letter.reason = refused.reason, "a message is no event and was put aside");
    Ok(())
}
