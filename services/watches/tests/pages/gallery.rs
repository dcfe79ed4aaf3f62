//! Writes every state as a file, with its assets, to look at: serve `gallery` below the printed directory.

use crate::samples::everything;
use bevaka_web::assets;
use std::{fmt::Write, fs, path::PathBuf};

#[test]
fn every_state_is_written_for_the_eye() {
    let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("gallery");
    let mut index = String::from("<!DOCTYPE html><meta charset=\"utf-8\"><title>Bevaka</title><ul>");
    for shown in everything() {
        let file = format!("{}/{}.html", shown.language, shown.name);
        write!(index, "<li><a href=\"/{file}\">{file}</a>").unwrap();
        let path = root.join(&file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &shown.html).unwrap();
    }
    fs::write(root.join("index.html"), index).unwrap();
    let to = root.join(assets::PREFIX.trim_start_matches('/'));
    fs::create_dir_all(&to).unwrap();
    for file in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/web/assets")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
    println!("{}", root.display());
}
