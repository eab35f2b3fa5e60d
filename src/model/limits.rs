//! Every limit of the program, related to the others by assertions.

use std::time::Duration;

/// Largest batch, in events. Bounds the memory of one decision and the work lost by a crash.
pub const BATCH_EVENTS: usize = 8_192;

/// Largest batch, in bytes of row content. In memory it takes about twice as much, and there are
/// up to three: one being filled, one that waits ([`BATCHES_IN_FLIGHT`]) and one being decided.
pub const BATCH_BYTES: usize = 2 << 20;

/// Batches between the source and the engine.
pub const BATCHES_IN_FLIGHT: usize = 1;

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

/// How often the slot's state and the server's clock are looked at while it streams. An idle
/// database's time moves on at this pace.
pub const SLOT_CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// A replication connection on which nothing has come for this long is given up.
pub const SILENCE_TIMEOUT: Duration = Duration::from_secs(60);

/// One batch, a delivery or an acknowledgement that takes longer than this makes the daemon not
/// ready.
pub const STALL_TIMEOUT: Duration = Duration::from_secs(60);

/// First and last pause between attempts to reconnect or republish.
pub const BACKOFF: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(15));

/// How long a clean stop may take.
pub const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// Memory of the store's write buffer for one of its trees, in bytes; at most four of them wait to
/// be written out.
pub const STORE_BUFFER_BYTES: u64 = 8 << 20;

/// Size of the store's journals in bytes, on disk and to be replayed after a crash.
pub const STORE_JOURNAL_BYTES: u64 = 128 << 20;

/// Threads that write the store's trees out in the background.
pub const STORE_THREADS: usize = 1;

/// Part of a stop that may be spent on delivering what waits; the rest is for taking leave of the
/// server and of whoever is asking for metrics.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(2);

/// Part of a stop that may be spent on taking leave of the server.
pub const LEAVE_TIMEOUT: Duration = Duration::from_secs(2);

/// Events taken from the outbox at a time.
pub const OUTBOX_PAGE: usize = 1_024;

/// How long one call to Kafka may take, topics and all, before it counts as away.
pub const KAFKA_TIMEOUT: Duration = Duration::from_secs(20);

/// Largest message to Kafka, in bytes; a broker takes 1 MiB unless told otherwise.
pub const KAFKA_MESSAGE_BYTES: usize = 1_000_000;

/// The least that [`KAFKA_MESSAGE_BYTES`] may be set to.
pub const KAFKA_LEAST_MESSAGE_BYTES: usize = 1_000;

/// Messages waiting in Kafka's client, in bytes.
pub const KAFKA_QUEUE_BYTES: usize = 16 << 20;

/// Data subjects counted exactly per counter; beyond, an estimate.
pub const EXACT_SUBJECTS: usize = 1_024;

/// Sliding windows of the detectors; beyond, the quietest one is given up and counted.
pub const WINDOWS: u64 = 8_192;

/// Series (detector, table, actor) followed within one transaction; further ones are not, and
/// their changes are counted.
pub const TALLY_SERIES: usize = 1_024;

/// One finding per rule, data subject and purpose within this much stream time; more are counted.
pub const FINDING_WINDOW: Duration = Duration::from_secs(24 * 3600);

/// States kept of each row that records a basis or permission; the oldest go first.
pub const VERSIONS_KEPT: usize = 16;

/// Rows that record a basis of one data subject, or permissions of one holder, for one purpose and
/// are kept in one record; further ones have a record each.
pub const HISTORIES_TOGETHER: usize = 32;

/// Findings about rows of the initial copy are one per rule and table, counted until this long
/// after the grace.
pub const COPY_FINDING_WINDOW: Duration = Duration::from_secs(300);

/// Waiting judgements reached per event, and per idle event. Spreading them keeps one decision
/// small when a large import falls due at one moment; tying them to events, not batches, keeps the
/// result independent of how the stream is cut.
pub const DUE_PER_EVENT: (usize, usize) = (16, 8_192);

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

const _: () = assert!(DRAIN_TIMEOUT.as_secs() + LEAVE_TIMEOUT.as_secs() < STOP_TIMEOUT.as_secs());
const _: () = assert!(BATCH_BYTES < MESSAGE_BYTES);
const _: () = assert!(READ_BUFFER_BYTES <= BATCH_BYTES);
const _: () = assert!(FEEDBACK_INTERVAL.as_secs() < SILENCE_TIMEOUT.as_secs());
const _: () = assert!(TALLY_SERIES as u64 <= WINDOWS);
const _: () = assert!(BACKOFF.1.as_secs() < STALL_TIMEOUT.as_secs());
const _: () = assert!(CLOCK_SLACK.as_secs() < INCIDENT_GAP.as_secs());
