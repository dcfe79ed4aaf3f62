//! Received messages: a line each in a file, the newest in memory.

use crate::message::{Draft, Message};
use anyhow::Context;
use bevaka_domain::clock::Clock;
use std::{
    collections::VecDeque,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::{
    fs::{File, OpenOptions},
    io::{AsyncBufReadExt, AsyncSeekExt, AsyncWriteExt, BufReader},
    sync::watch,
};

/// How many messages are kept in memory.
pub(crate) const KEPT: usize = 1_000;

/// The store; share it in an `Arc`.
pub(crate) struct Store {
    clock: Arc<dyn Clock>,
    newest: Mutex<VecDeque<Arc<Message>>>,
    file: tokio::sync::Mutex<Log>,
    changes: watch::Sender<u64>,
}

/// The file, how long its whole lines are, and the last id in it.
struct Log {
    file: File,
    length: u64,
    last_id: u64,
}

impl Store {
    /// Opens or creates the file and reads the newest messages back.
    pub(crate) async fn open(path: &Path, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)
            .await
            .with_context(|| format!("the sandbox cannot open {}", path.display()))?;
        let (newest, log) = read_back(file).await?;
        let (changes, _) = watch::channel(log.last_id);
        Ok(Self { clock, newest: Mutex::new(newest), file: tokio::sync::Mutex::new(log), changes })
    }

    /// Writes a message to the file and shows it. When this returns, a restart will find the message.
    pub(crate) async fn add(&self, draft: Draft) -> anyhow::Result<Arc<Message>> {
        let mut log = self.file.lock().await;
        let id = log.last_id + 1;
        let received_at = self.clock.now();
        let Draft { from, to, content } = draft;
        let reference = reference(received_at.as_millis(), id);
        let message = Arc::new(Message { id, reference, received_at, from, to, content });
        log.append(&message).await?;
        {
            let mut newest = self.newest();
            newest.push_front(Arc::clone(&message));
            newest.truncate(KEPT);
        }
        self.changes.send_replace(id);
        Ok(message)
    }

    /// The messages in memory, newest first.
    pub(crate) fn all(&self) -> Vec<Arc<Message>> {
        self.newest().iter().cloned().collect()
    }

    /// One message, if it is still in memory.
    pub(crate) fn get(&self, id: u64) -> Option<Arc<Message>> {
        self.newest().iter().find(|message| message.id == id).cloned()
    }

    /// Tells the newest id whenever it changes.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn newest(&self) -> MutexGuard<'_, VecDeque<Arc<Message>>> {
        // Nothing panics while it is held; if it did, the list would still be whole.
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    async fn append(&mut self, message: &Message) -> anyhow::Result<()> {
        let mut line = serde_json::to_vec(message)?;
        line.push(b'\n');
        if let Err(fault) = self.write(&line).await {
            // What was written of the line must not stand before the next one.
            let _ = self.file.set_len(self.length).await;
            return Err(fault).context("the sandbox cannot write its store");
        }
        self.length += line.len() as u64;
        self.last_id = message.id;
        Ok(())
    }

    async fn write(&mut self, line: &[u8]) -> std::io::Result<()> {
        self.file.write_all(line).await?;
        self.file.flush().await
    }
}

async fn read_back(mut file: File) -> anyhow::Result<(VecDeque<Arc<Message>>, Log)> {
    let mut newest = VecDeque::new();
    let (mut length, mut last_id) = (0, 0);
    let mut line = Vec::new();
    file.rewind().await?;
    let mut reader = BufReader::new(&mut file);
    while reader.read_until(b'\n', &mut line).await? > 0 {
        if line.last() != Some(&b'\n') {
            tracing::warn!("the last line of the sandbox's store is torn; it is left out");
            break;
        }
        length += line.len() as u64;
        match serde_json::from_slice::<Message>(&line) {
            Ok(message) => {
                last_id = last_id.max(message.id);
                newest.push_front(Arc::new(message));
                newest.truncate(KEPT);
            }
            Err(fault) => tracing::warn!(error = %fault, "a line of the sandbox's store is not readable"),
        }
        line.clear();
    }
    file.set_len(length).await?;
    Ok((newest, Log { file, length, last_id }))
}

/// An id of the form that the gateway's own have. Time and counter make it unique; nobody needs to guess it.
fn reference(now_ms: i64, id: u64) -> String {
    let mut tail = [0; 10];
    tail[2..].copy_from_slice(&id.to_be_bytes());
    let now_ms = u64::try_from(now_ms).unwrap_or_default();
    format!("s{}", uuid::Builder::from_unix_timestamp_millis(now_ms, &tail).into_uuid().simple())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Content, Status};
    use bevaka_domain::clock::{ManualClock, Timestamp};
    use std::io::Write;

    fn clock() -> Arc<dyn Clock> {
        Arc::new(ManualClock::at(Timestamp::parse("2026-11-21T13:02:00Z").unwrap()))
    }

    fn draft(text: &str) -> Draft {
        let content = Content::Sms { text: text.into(), status: Status::Delivered };
        Draft { from: "Bevaka".into(), to: "+46701740605".into(), content }
    }

    #[tokio::test]
    async fn a_restart_reads_everything_back_but_a_torn_line() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.jsonl");
        let store = Store::open(&path, clock()).await.unwrap();
        let first = store.add(draft("ett")).await.unwrap();
        let second = store.add(draft("två\nrader")).await.unwrap();
        assert_ne!(first.reference, second.reference);
        drop(store);
        let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"id\":3,\"ref").unwrap();

        let store = Store::open(&path, clock()).await.unwrap();
        assert_eq!(store.all(), [Arc::clone(&second), Arc::clone(&first)]);
        let third = store.add(draft("tre")).await.unwrap();
        assert_eq!(third.id, 3);
        drop(store);
        assert_eq!(Store::open(&path, clock()).await.unwrap().all(), [third, second, first]);
    }

    #[tokio::test]
    async fn the_newest_thousand_are_kept() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.jsonl");
        let store = Store::open(&path, clock()).await.unwrap();
        for number in 0..=KEPT {
            store.add(draft(&number.to_string())).await.unwrap();
        }
        assert_eq!((store.all().len(), store.get(1)), (KEPT, None));
        let reopened = Store::open(&path, clock()).await.unwrap();
        assert_eq!(reopened.all(), store.all());
    }

    #[tokio::test]
    async fn a_new_message_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&directory.path().join("s"), clock()).await.unwrap();
        let mut changes = store.changes();
        assert!(!changes.has_changed().unwrap());
        store.add(draft("ett")).await.unwrap();
        changes.changed().await.unwrap();
        assert_eq!(*changes.borrow(), 1);
    }
}
