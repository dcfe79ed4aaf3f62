//! Reads what happens for everybody who looks on, once for all of them, and only while somebody does.

use crate::{
    App,
    queries::now::{Now, now},
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{sync::watch, time::sleep};

const PAUSE: Duration = Duration::from_secs(2);

/// What those see who look on; none while the database is away.
pub(crate) type Seen = watch::Receiver<Option<Arc<Now>>>;

#[derive(Debug)]
pub(crate) struct Live {
    seen: watch::Sender<Option<Arc<Now>>>,
    looks: Mutex<bool>,
}

impl Default for Live {
    fn default() -> Self {
        Self { seen: watch::Sender::new(None), looks: Mutex::default() }
    }
}

impl Live {
    pub(super) fn look_on(&self, app: &App) -> Seen {
        let mut looks = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = self.seen.subscribe();
        if !*looks {
            *looks = true;
            tokio::spawn(look(app.clone()));
        }
        seen
    }

    /// Whether nobody looks on any more. Then the next one begins a new look.
    fn ends(&self) -> bool {
        let mut looks = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
        *looks = self.seen.receiver_count() > 0;
        !*looks
    }
}

async fn look(app: App) {
    while !app.live().ends() {
        let seen = now(&app).await.inspect_err(|error| {
            tracing::warn!(%error, "those who look on see nothing: the database does not answer");
        });
        app.live().seen.send_replace(seen.ok().map(Arc::new));
        tokio::select! {
            () = sleep(PAUSE) => {}
            () = app.chassis.shutdown.cancelled() => return,
        }
    }
}
