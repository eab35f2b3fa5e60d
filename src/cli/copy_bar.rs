//! The progress bar of a copy.

use indicatif::{HumanBytes, HumanCount, HumanDuration, ProgressBar, ProgressStyle};
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
    let style = "copy {bar:30} {percent}%  {msg}";
    let style =
        ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style)
}

fn update(bar: &ProgressBar, progress: &CopyProgress) {
    bar.set_length(progress.table_bytes.max(1));
    bar.set_position(progress.table_bytes_read);
    bar.set_message(message(progress));
}

fn message(progress: &CopyProgress) -> String {
    let rows = HumanCount(progress.rows);
    let about = HumanCount(progress.estimated_rows.max(progress.rows));
    let bytes = HumanBytes(progress.bytes);
    let (done, tables) = (progress.tables_done, progress.tables);
    let left = progress.left.map(|left| format!(", {} left", HumanDuration(left)));
    format!(
        "{rows} of about {about} rows, {bytes}, {done} of {tables} tables{}",
        left.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_bar_says_rows_bytes_tables_and_time_left() {
        let progress = CopyProgress {
            tables: 3,
            tables_done: 1,
            rows: 12_000,
            estimated_rows: 10_000,
            bytes: 3 << 20,
            left: Some(Duration::from_secs(90)),
            ..CopyProgress::default()
        };
        let said = "12,000 of about 12,000 rows, 3.00 MiB, 1 of 3 tables, 2 minutes left";
        assert_eq!(message(&progress), said);
        let unknown = CopyProgress { left: None, ..progress };
        assert!(message(&unknown).ends_with("1 of 3 tables"));
    }
}
