//! What stands in `deploy/` for operators fits what lawtail does: rules, runbooks, dashboards.

mod dashboards;
mod prometheus;
mod rules;
mod running;
mod schemas;
mod settings;

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Path and text of the files of a folder with an ending, in order of their names.
fn files(folder: &str, ending: &str) -> Vec<(PathBuf, String)> {
    let entries = fs::read_dir(root().join(folder)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|it| it == ending)).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{folder} has no .{ending}");
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        (path, text)
    };
    paths.into_iter().map(read).collect()
}
