//! The progress bar of the initial copy.

use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::watch;

use crate::shell::source::postgres::CopyProgress;

/// Draws the bar while a copy runs, on standard error. Ends when nobody tells any more.
pub async fn draw(mut progress: watch::Receiver<Option<CopyProgress>>) {
    let mut bar: Option<ProgressBar> = None;
    while progress.changed().await.is_ok() {
        let now = progress.borrow_and_update().clone();
        match now {
            Some(progress) => update(bar.get_or_insert_with(new_bar), &progress),
            None => {
                if let Some(bar) = bar.take() {
                    bar.finish_and_clear();
                }
            }
        }
    }
}

fn new_bar() -> ProgressBar {
    let style = "initial copy {bar:30} {human_pos} of about {human_len} rows  {msg}  {eta} left";
    let style =
        ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style)
}

fn update(bar: &ProgressBar, progress: &CopyProgress) {
    bar.set_length(progress.estimated_rows.max(progress.rows));
    bar.set_position(progress.rows);
    let megabytes = progress.bytes / 1_000_000;
    bar.set_message(format!(
        "{megabytes} MB, table {} of {}",
        progress.tables_done + 1,
        progress.tables
    ));
}
