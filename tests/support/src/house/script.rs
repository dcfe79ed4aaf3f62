//! A courier that follows a script.

use bevaka_channels::{Alert, Courier, Sending};
use bevaka_domain::delivery::Outcome;
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::Semaphore;

/// A courier that answers as it was told, and accepts everything after that.
pub struct Script {
    outcomes: Mutex<VecDeque<Outcome>>,
    sent: Mutex<Vec<Alert>>,
    open: Semaphore,
    concurrency: usize,
    panics: AtomicBool,
}

impl Script {
    pub fn new(concurrency: usize) -> Arc<Self> {
        let open = Semaphore::new(Semaphore::MAX_PERMITS);
        Arc::new(Self {
            outcomes: Mutex::default(),
            sent: Mutex::default(),
            open,
            concurrency,
            panics: AtomicBool::new(false),
        })
    }

    /// What the next attempts come to.
    pub fn answers(&self, outcomes: impl IntoIterator<Item = Outcome>) {
        self.outcomes.lock().unwrap().extend(outcomes);
    }

    /// From now on attempts begin and do not end.
    pub fn hang(&self) {
        self.open.forget_permits(Semaphore::MAX_PERMITS);
    }

    /// The next attempt panics.
    pub fn panic_once(&self) {
        self.panics.store(true, Ordering::SeqCst);
    }

    /// Lets so many attempts end.
    pub fn release(&self, attempts: usize) {
        self.open.add_permits(attempts);
    }

    /// Every attempt that was begun.
    pub fn sent(&self) -> Vec<Alert> {
        self.sent.lock().unwrap().clone()
    }
}

impl Courier for Script {
    fn send<'a>(&'a self, alert: &'a Alert) -> Sending<'a> {
        self.sent.lock().unwrap().push(alert.clone());
        Box::pin(async {
            assert!(!self.panics.swap(false, Ordering::SeqCst), "told to panic");
            self.open.acquire().await.unwrap().forget();
            let next = self.outcomes.lock().unwrap().pop_front();
            next.unwrap_or(Outcome::Accepted { reference: None })
        })
    }

    fn concurrency(&self) -> usize {
        self.concurrency
    }

    fn longest(&self) -> Duration {
        Duration::from_secs(5)
    }
}
