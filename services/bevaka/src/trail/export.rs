//! `bevaka trail export`

use super::{read::Pieces, verify::tell_export};
use crate::{
    client::{self, Client, ServerArgs},
    exit::Ended,
    output::{self, Format},
};
use anyhow::Context;
use bevaka_chassis::process::ConfigArgs;
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

/// Where to.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bevaka trail export trail-2026-11-22.jsonl
  bevaka trail export - | gzip > trail.jsonl.gz
  bevaka trail export - | bevaka trail verify --export -

That the trail is exported is noted in it. The file is checked while it comes: the exit code is 5 if a chain is broken or the
end did not come. It appears under its name when it is whole. Needs the role auditor.")]
pub(crate) struct Args {
    /// The file to write; - writes to standard output.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Prints what was found as JSON; with - nothing is printed beside the trail.
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerArgs,
}

pub(super) async fn run(config: &ConfigArgs, args: &Args) -> anyhow::Result<Ended> {
    let client = Client::find(config, &args.server)?;
    if args.file == Path::new("-") {
        let pieces = take(&client, |piece| {
            output::bytes(piece);
            Ok(())
        });
        return Ok(match pieces.await?.finish() {
            Ok(_) => Ended::Done,
            Err(refuted) => {
                eprintln!("BROKEN: {refuted}");
                Ended::Broken
            }
        });
    }
    // Under another name until its end has come, so that nobody takes half of it for all.
    let begun = PathBuf::from(format!("{}.part", args.file.display()));
    let mut file = client::create_private(&begun).with_context(|| format!("writing {}", begun.display()))?;
    let pieces = take(&client, |piece| file.write_all(piece)).await?;
    file.sync_all()?;
    fs::rename(&begun, &args.file).with_context(|| format!("writing {}", args.file.display()))?;
    tell_export(&pieces.finish(), args.format)
}

async fn take(
    client: &Client,
    mut write: impl FnMut(&[u8]) -> std::io::Result<()>,
) -> anyhow::Result<Pieces> {
    let style = ProgressStyle::with_template("exporting {spinner} {bytes} {bytes_per_sec}");
    let bar =
        ProgressBar::new_spinner().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.enable_steady_tick(Duration::from_millis(200));
    let mut answer = client.answer(client.get("trail/export"), &[]).await?;
    let mut pieces = Pieces::new();
    while let Some(piece) = answer.chunk().await.context("the export stopped before its end")? {
        write(&piece).context("writing the export")?;
        pieces.add(&piece);
        bar.inc(piece.len() as u64);
    }
    bar.finish_and_clear();
    Ok(pieces)
}
