//! Takes the whole trail away with its proof (R41), as [`bevaka_domain::trail::export`] says.
//!
//! That it is taken is noted before anything of it is read: so nobody has a part of it without standing in the trail, and
//! the entry about an export is itself in that export.

use crate::app::App;
use axum::body::{Body, Bytes};
use bevaka_domain::{
    clock::Timestamp,
    operator::Operator,
    trail::{Action, Entry, Writer, export::ExportWriter},
};
use bevaka_store::{Result, StoreError, Tx, trail};
use futures_util::stream;
use serde_json::json;
use std::{collections::BTreeMap, io, time::Duration};
use tokio::{
    sync::mpsc::{self, Receiver, Sender},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

/// How many entries are read at once.
const PAGE: u32 = 1_000;
/// How long a client may take nothing: its snapshot keeps the database from cleaning up.
const PATIENCE: Duration = Duration::from_secs(60);

/// A part of the file on its way, or its end.
enum Part {
    Lines(Bytes),
    End,
}

/// Why an export stops before its end.
#[derive(Debug, thiserror::Error)]
enum Stopped {
    #[error("the client is gone")]
    Gone,
    #[error("the client took nothing for {} s", PATIENCE.as_secs())]
    Idle,
    #[error("the process stops")]
    Shutdown,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The whole trail as it stands after the entry that notes this, page by page from one snapshot. It ends with the client,
/// or with the process; a file that was not written to its end is known by its missing footer.
///
/// None while too many run already: nothing is noted then.
pub(crate) async fn export_trail(app: &App, operator: &Operator) -> Result<Option<Body>> {
    let Some(place) = app.export() else { return Ok(None) };
    let now = app.now();
    note(app, operator, now).await?;
    let mut tx = app.chassis.db.begin_snapshot().await?;
    let heads = trail::heads(&mut tx).await?;
    let (writer, header) = ExportWriter::begin(now, &heads);
    let (sender, receiver) = mpsc::channel(1);
    let client = Client { sender, shutdown: app.chassis.shutdown.clone() };
    let running = Running { tx, writer, client };
    tokio::spawn(async move {
        let _place = place;
        match running.run(header).await {
            Ok(entries) => tracing::info!(trail.entries = entries, "the trail was exported"),
            Err(stopped) => tracing::warn!(error = %stopped, "an export of the trail stopped before its end"),
        }
    });
    Ok(Some(body(receiver)))
}

async fn note(app: &App, operator: &Operator, now: Timestamp) -> Result<()> {
    let mut tx = app.chassis.db.begin().await?;
    let heads = trail::heads(&mut tx).await?;
    let entries: BTreeMap<_, _> = heads.iter().map(|head| (head.chain.as_str(), head.seq)).collect();
    let entry = Entry {
        at: now,
        actor: operator.actor(),
        action: Action::TrailExported,
        organisation: None,
        subject: "trail".to_owned(),
        detail: json!({"entries": entries}),
    };
    trail::append(&mut tx, Writer::Operators, &entry).await?;
    tx.commit().await
}

struct Running {
    tx: Tx,
    writer: ExportWriter,
    client: Client,
}

impl Running {
    async fn run(mut self, header: Vec<u8>) -> std::result::Result<u64, Stopped> {
        self.client.give(Part::Lines(header.into())).await?;
        for chain in Writer::ALL {
            let mut after = 0;
            loop {
                let links = trail::page(&mut self.tx, chain, after, PAGE).await?;
                // Numbers that do not grow are a hand's work: a check of the file names them, and the file still ends.
                let Some(last) = links.last().map(|link| link.seq).filter(|last| *last > after) else {
                    break;
                };
                after = last;
                let lines = self.writer.entries(chain, &links);
                self.client.give(Part::Lines(lines.into())).await?;
            }
        }
        let Self { writer, client, .. } = self;
        let entries = writer.written();
        client.give(Part::Lines(writer.end().into())).await?;
        client.give(Part::End).await?;
        Ok(entries)
    }
}

struct Client {
    sender: Sender<Part>,
    shutdown: CancellationToken,
}

impl Client {
    async fn give(&self, part: Part) -> std::result::Result<(), Stopped> {
        tokio::select! {
            () = self.shutdown.cancelled() => Err(Stopped::Shutdown),
            given = timeout(PATIENCE, self.sender.send(part)) => match given {
                Err(_) => Err(Stopped::Idle),
                Ok(Err(_)) => Err(Stopped::Gone),
                Ok(Ok(())) => Ok(()),
            },
        }
    }
}

/// Ends well only behind the last line, so that the client knows a file that is not whole.
fn body(receiver: Receiver<Part>) -> Body {
    Body::from_stream(stream::try_unfold(receiver, async |mut receiver| match receiver.recv().await {
        Some(Part::Lines(lines)) => Ok(Some((lines, receiver))),
        Some(Part::End) => Ok(None),
        None => Err(io::Error::other("the export stopped before its end")),
    }))
}
