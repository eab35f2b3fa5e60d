//! Every limit of the program, related to the others by assertions.

use std::time::Duration;

/// Largest batch, in events. Bounds the memory of one decision and the work lost by a crash.
pub const BATCH_EVENTS: usize = 8_192;

/// Largest batch, in bytes of row content.
pub const BATCH_BYTES: usize = 4 << 20;

/// Batches between the source and the engine.
pub const BATCHES_IN_FLIGHT: usize = 4;

/// Largest replication message we accept, in bytes: PostgreSQL's own limit of one allocation.
pub const MESSAGE_BYTES: usize = 1 << 30;

/// Read buffer of the replication connection, in bytes. Reading in large pieces is what keeps a
/// client as fast as the server.
pub const READ_BUFFER_BYTES: usize = 256 << 10;

/// How long after a commit's own time a later position may still be stamped earlier. A commit
/// takes its time before it writes its record, so the server's clock in a keepalive may be
/// slightly ahead of a commit that comes after it.
pub const CLOCK_SLACK: Duration = Duration::from_secs(2);

/// Feedback to the server at least this often.
pub const FEEDBACK_INTERVAL: Duration = Duration::from_secs(1);

/// A replication connection on which nothing has come for this long is given up.
pub const SILENCE_TIMEOUT: Duration = Duration::from_secs(60);

/// First and last pause between attempts to reconnect or republish.
pub const BACKOFF: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(15));

/// How long a clean stop may take.
pub const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// Events taken from the outbox at a time.
pub const OUTBOX_PAGE: usize = 1_024;

/// Data subjects counted exactly per counter; beyond, an estimate.
pub const EXACT_SUBJECTS: usize = 1_024;

/// One finding per rule, data subject and purpose within this much stream time; more are counted.
pub const FINDING_WINDOW: Duration = Duration::from_secs(24 * 3600);

/// An incident that has seen nothing new for this long is continued by a new one.
pub const INCIDENT_GAP: Duration = Duration::from_secs(3600);

/// GDPR Art. 33(1).
pub const NOTIFICATION_WINDOW: Duration = Duration::from_secs(72 * 3600);

/// Distinct tables that appear as a metric label; further ones share the label `other`.
pub const TABLE_LABELS: usize = 200;

/// Values looked at per column before a verdict is settled; afterwards one row in
/// [`SAMPLE_EVERY`].
pub const SAMPLE_ROWS: u64 = 512;

/// See [`SAMPLE_ROWS`].
pub const SAMPLE_EVERY: u64 = 64;

const _: () = assert!(BATCH_BYTES < MESSAGE_BYTES);
const _: () = assert!(READ_BUFFER_BYTES <= BATCH_BYTES);
const _: () = assert!(FEEDBACK_INTERVAL.as_secs() < SILENCE_TIMEOUT.as_secs());
const _: () = assert!(CLOCK_SLACK.as_secs() < INCIDENT_GAP.as_secs());
