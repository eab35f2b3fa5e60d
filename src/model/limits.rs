//! Every limit of the program, related to the others by assertions.

mod detection;
mod own_rules;
pub mod webhook;

use std::time::Duration;

pub use detection::*;
pub use own_rules::*;

use super::Timestamp;

/// Largest batch, in events. Bounds the memory of one decision and the work lost by a crash.
pub const BATCH_EVENTS: usize = 8_192;

/// Largest batch, in bytes of row content. In memory it takes about twice as much, and there are
/// up to three: one being filled, one that waits ([`BATCHES_IN_FLIGHT`]) and one being decided.
pub const BATCH_BYTES: usize = 2 << 20;

/// Batches between the source and the engine.
pub const BATCHES_IN_FLIGHT: usize = 1;

/// Largest replication message we accept, in bytes: PostgreSQL's own limit of one allocation.
pub const MESSAGE_BYTES: usize = 1 << 30;

/// Tables from a row to the person it is about, at most: claim, contract, customer. A longer way in a
/// pack is a way that leads back.
pub const RECORDS_TO_A_PERSON: usize = 8;

/// Largest message before a server has let us in, in bytes. Until then it may be anybody.
pub const LOGIN_MESSAGE_BYTES: usize = 64 << 10;

/// Largest answer to a command on the replication connection, in bytes. A timeline's history, the
/// largest of them, has one line for each promotion.
pub const ANSWER_BYTES: usize = 16 << 20;

/// Rounds of hashing that a server may ask of us for one login (RFC 7677 asks for 4,096 and more,
/// PostgreSQL for 4,096 unless `scram_iterations` says otherwise). They are done without a pause,
/// so a number without a limit could hold up everything else.
pub const SCRAM_ITERATIONS: u32 = 1_000_000;

/// Memory for the messages of open transactions, all together, in bytes; the rest goes to disk.
pub const SPOOL_MEMORY_BYTES: usize = 16 << 20;

/// Block of an open transaction on disk, in bytes. Small enough that many small transactions waste
/// little, large enough that few writes are needed.
pub const SPOOL_BLOCK_BYTES: usize = 32 << 10;

/// A stream that begins this many bytes of log behind the server's end is not asked for open
/// transactions: those of the backlog have ended already. It is once a quarter is left.
pub const CATCH_UP_BYTES: u64 = 64 << 20;

/// `logical_decoding_work_mem` of our session: the server sends open transactions once their
/// changes need this much of its memory. The smallest that it allows.
pub const DECODING_MEMORY: &str = "64kB";

/// Read buffer of the replication connection, in bytes. Reading in large pieces is what keeps a
/// client as fast as the server.
pub const READ_BUFFER_BYTES: usize = 256 << 10;

/// How long after a commit's own time a later position may still be stamped earlier. A commit
/// takes its time before it writes its record, so the server's clock in a keepalive may be
/// slightly ahead of a commit that comes after it.
pub const CLOCK_SLACK: Duration = Duration::from_secs(2);

/// Feedback to the server at least this often.
pub const FEEDBACK_INTERVAL: Duration = Duration::from_secs(1);

/// Part of a table that one session of a copy reads at a time, in bytes of the table. What a session
/// reads again after it was interrupted, at most, where a place in a table cannot be sought.
pub const COPY_CHUNK_BYTES: u64 = 64 << 20;

/// Largest block of rows that a session of a copy hands over at a time. What is in flight is bounded
/// by the sessions' blocks and [`BATCHES_IN_FLIGHT`].
pub const COPY_BLOCK_ROWS: usize = BATCH_EVENTS / 4;

/// As [`COPY_BLOCK_ROWS`], in bytes of their text.
pub const COPY_BLOCK_BYTES: usize = BATCH_BYTES / 4;

/// Connections that a copy reads through unless the settings say otherwise, and at most.
pub const COPY_CONNECTIONS: (u16, u16) = (2, 16);

/// A copy whose snapshot is older than this holds back the clean-up of the database's dead rows for
/// so long that it is worth a warning; said again each time it has passed.
pub const SNAPSHOT_WARNING: Duration = Duration::from_secs(3600);

/// How often to say what the making of a slot waits for.
pub const WAIT_REPORT_INTERVAL: Duration = Duration::from_secs(10);

/// How often to look whether other tables are published.
pub const PUBLICATION_CHECK_INTERVAL: Duration = Duration::from_secs(10);

/// The stream rests while the slot for the copy of a table that joined later waits for open
/// transactions: for no longer than this.
pub const JOIN_TIMEOUT: Duration = Duration::from_secs(60);

/// How long to stream before such a copy is tried again.
pub const JOIN_PAUSE: Duration = Duration::from_secs(600);

/// How often the slot's state and the server's clock are looked at while it streams. An idle
/// database's time moves on at this pace.
pub const SLOT_CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// How long a look beside the stream may wait for somebody's lock on a table. Less than the pause
/// between two looks at the slot.
pub const WATCH_LOCK_TIMEOUT: Duration = Duration::from_millis(300);

/// How long each of the waits may take for which a snapshot of joining tables is made. Shorter than
/// [`JOIN_TIMEOUT`], so that the server gives up by itself what nobody waits for any more.
pub const JOIN_LOCK_TIMEOUT: Duration = Duration::from_secs(20);

/// Server-side end of a control session that asks nothing for this long while it should ask every
/// [`SLOT_CHECK_INTERVAL`]: its lawtail is dead or stopped, and its lock must not outlive it.
pub const CONTROL_SILENCE: Duration = Duration::from_secs(10);

/// How long a walsender of ours may take to notice that its client is gone, once it is certain.
pub const WALSENDER_GRACE: Duration = Duration::from_secs(2);

/// How long to wait for what is left of a former run to let go of the slot.
pub const SLOT_RELEASE_TIMEOUT: Duration = Duration::from_secs(20);

/// Log left to the slot, as a share of `max_slot_wal_keep_size` in percent: below the first there
/// is a warning, until it is above the second again.
pub const SLOT_ROOM_PERCENT: (u64, u64) = (25, 50);

/// The rate at which the room shrinks is smoothed over about this long.
pub const SLOT_RATE_WINDOW: Duration = Duration::from_secs(30);

/// How often it is looked whether the database still is as it was at the beginning.
pub const ATTESTATION_INTERVAL: Duration = Duration::from_secs(60);

/// A replication connection on which nothing has come for this long is given up.
pub const SILENCE_TIMEOUT: Duration = Duration::from_secs(60);

/// One batch, a delivery or an acknowledgement that takes longer than this makes the daemon not
/// ready.
pub const STALL_TIMEOUT: Duration = Duration::from_secs(60);

/// First and last pause between attempts to reconnect or republish.
pub const BACKOFF: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(15));

/// How long a clean stop may take.
pub const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// Memory of the store's write buffer for one of its trees, in bytes.
pub const STORE_BUFFER_BYTES: u64 = 4 << 20;

/// Full write buffers of a tree that wait to be written out; a commit waits while there are as many.
pub const STORE_BUFFERS_SEALED: usize = 2;

/// How long such a commit waits before it looks again.
pub const STORE_PAUSE: Duration = Duration::from_millis(2);

/// Size of a table of the store on disk, in bytes. Merging takes whole tables; small ones keep the
/// waits for it short, and a few gigabytes still make fewer tables than files that may be open.
pub const STORE_TABLE_BYTES: u64 = 16 << 20;

/// Block of the store's ledger on disk, in bytes: what a look for one record reads. Smaller blocks
/// need a larger index.
pub const STORE_LEDGER_BLOCK_BYTES: u32 = 2 << 10;

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

/// Events after which their checkpoint is made.
pub const CHECKPOINT_EVENTS: u64 = 4_096;

/// Stream time after which the checkpoint of fewer events is made.
pub const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(3_600);

/// Stream time after which an interval of what was observed ends, counted from the epoch: with the
/// first hour that begins after its first transaction.
pub const OBSERVATION: Duration = Duration::from_secs(3_600);

/// How long one call to Kafka may take, topics and all, before it counts as away.
pub const KAFKA_TIMEOUT: Duration = Duration::from_secs(20);

/// How long the brokers keep a transaction open of which they hear nothing; longer than a call.
pub const KAFKA_TRANSACTION_TIMEOUT: Duration = Duration::from_secs(60);

/// How long ending a transaction that has failed may take.
pub const KAFKA_ABORT_TIMEOUT: Duration = Duration::from_secs(2);

/// Largest message to Kafka, in bytes; a broker takes 1 MiB unless told otherwise.
pub const KAFKA_MESSAGE_BYTES: usize = 1_000_000;

/// The least that [`KAFKA_MESSAGE_BYTES`] may be set to.
pub const KAFKA_LEAST_MESSAGE_BYTES: usize = 1_000;

/// Messages waiting in Kafka's client, in bytes.
pub const KAFKA_QUEUE_BYTES: usize = 16 << 20;

/// Open transactions that are followed before their commit; changes of further ones are not, and
/// are counted.
pub const OPEN_TRANSACTIONS: usize = 64;

/// Series (table, kind of change, subtransaction) followed within one open transaction; changes of
/// further ones are not, and are counted.
pub const OPEN_SERIES: usize = 64;

/// Subtransactions of one open transaction whose changes are kept apart, so that they can be taken
/// back. The oldest is then taken as kept, and what it changed stays counted until the commit.
pub const OPEN_PARTS: usize = 16;

/// An open transaction that was lost sight of and does not show again for this long has an unknown
/// end.
pub const OPEN_PATIENCE: Duration = Duration::from_secs(600);

/// One finding per rule, data subject and purpose within this much stream time; more are counted.
pub const FINDING_WINDOW: Duration = Duration::from_secs(24 * 3600);

/// States kept of each row that records a basis or permission; the oldest go first.
pub const VERSIONS_KEPT: usize = 16;

/// A consent is recorded within this much of the data subject's act, unless the profile says
/// otherwise: what claims to be older was not recorded when it happened.
pub const CONSENT_RECORDED_WITHIN: Duration = Duration::from_secs(600);

/// In years: who is younger consents through a holder of parental responsibility, unless the profile says
/// otherwise (GDPR Art. 8(1)).
pub const AGE_OF_CONSENT: u32 = 16;

/// Of a child the store notes only in which thirteen weeks they come of age, in microseconds.
pub const COMING_OF_AGE_STEP: i64 = 91 * 86_400 * 1_000_000;

/// A claimed time may lie this far beyond the commit: clocks of application and database differ.
pub const CLAIM_AHEAD: Duration = Duration::from_secs(300);

/// A claimed date without a time stands for its day in every time zone.
pub const DATE_TOLERANCE: Duration = Duration::from_secs(86_400);

/// Nobody opens a message and confirms within less.
pub const FASTEST_CONFIRMATION: Duration = Duration::from_secs(2);

/// A withdrawal of the whole person's reaches every other record within this much, unless the
/// profile says otherwise.
pub const WITHDRAWAL_PROPAGATED_WITHIN: Duration = Duration::from_secs(24 * 3600);

/// For this long after a consent was withdrawn another basis does not take its place, unless the
/// profile says otherwise.
pub const NO_SWAP_WITHIN: Duration = Duration::from_secs(30 * 86_400);

/// Consents to this many unrelated purposes at once are told of as bundled, unless the profile says
/// otherwise.
pub const BUNDLED_FROM: u64 = 4;

/// The last act of a data subject is known this exactly, so that not each of many acts in a day is
/// written down.
pub const LAST_ACT_PRECISION: Duration = Duration::from_secs(86_400);

/// Rows by which a data subject is kept by law that are known one by one; of further ones only the latest end is.
pub const ROWS_HELD: usize = 64;

/// Somebody whose time limit has passed and whose data a law asks to keep is looked at again after
/// this long.
pub const STORAGE_PAUSE: Duration = Duration::from_secs(30 * 86_400);

/// A contact point that is corrected within this much of the consent is the one that was meant.
pub const TYPING_ERROR_WITHIN: Duration = Duration::from_secs(900);

/// Changes of contact points that are remembered of one data subject; the oldest go first.
pub const READDRESSED_KEPT: usize = 8;

/// Rows that record a basis of one data subject, or a permission of one holder for one purpose, and
/// are kept in one record; further ones have a record each.
pub const HISTORIES_TOGETHER: usize = 32;

/// What rows have recorded of somebody, through a record that has not been seen yet, is kept until it is; of one
/// record no more than this.
pub const ORPHANS: usize = 64;

/// Findings about rows of the initial copy are one per rule and table, counted until this long
/// after the grace.
pub const COPY_FINDING_WINDOW: Duration = Duration::from_secs(300);

/// Waiting judgements reached per event, and per idle event. Spreading them keeps one decision
/// small when a large import falls due at one moment; tying them to events, not batches, keeps the
/// result independent of how the stream is cut. While the stream is quiet the pipeline goes on with
/// the rest by itself.
pub const DUE_PER_EVENT: (usize, usize) = (16, 8_192);

/// An incident that has seen nothing new for this long is continued by a new one.
pub const INCIDENT_GAP: Duration = Duration::from_secs(3600);

/// Combinations of code, actor and kind of data in one incident; what would be a further one opens another.
pub const ACTS_OF_RECORD: usize = 64;

/// GDPR Art. 33(1).
pub const NOTIFICATION_WINDOW: Duration = Duration::from_secs(72 * 3600);

/// How long an incident can be asked for after its detection: three years. Its events stay where they
/// were published to (Art. 33(5)).
pub const CASE_KEPT: Duration = Duration::from_secs(3 * 365 * 24 * 3600);

/// Characters of the reason that a person gives: least and most.
pub const REASON_LENGTH: (usize, usize) = (8, 2_000);

/// Things that people may do about one incident: its events carry all of them, and a reason of
/// [`REASON_LENGTH`] takes up to 8 KiB of the 1 MiB of a message.
pub const ACTS_OF_INCIDENT: usize = 64;

/// Characters that a token of the HTTP interface has at least.
pub const TOKEN_LENGTH: usize = 32;

/// Questions about incidents that wait for an answer; further ones wait at the connection.
pub const QUESTIONS_WAITING: usize = 16;

/// Exceptions of a policy. Each is a series of the metric that counts what it suppressed.
pub const EXCEPTIONS: usize = 64;

/// Envelopes of declared maintenance in a policy.
pub const MAINTENANCES: usize = 64;

/// Envelopes that one transaction may declare for itself.
pub const MAINTENANCES_BY_MESSAGE: usize = 8;

/// Letters of an exception's or envelope's name.
pub const EXCEPTION_NAME: usize = 64;

/// Tables whose rows about one person are counted.
pub const COUNTED_TABLES: usize = 64;

/// Requests that are remembered as one person's objections; of more the oldest are forgotten.
pub const OBJECTIONS: usize = 8;

/// Rows that are remembered to restrict the processing of one person's data; more add nothing.
pub const RESTRICTIONS: usize = 8;

/// GDPR Art. 99(2): what claims to have been received before is no request under it.
pub const GDPR_APPLIES: Timestamp = Timestamp(1_527_206_400_000_000);

/// After other policies came into force, so many people are looked at again at a time, with this pause
/// in stream time in between, because their time limits may be others.
pub const RECOUNTED: usize = 1_024;

/// See there.
pub const RECOUNT_PAUSE: Duration = Duration::from_secs(1);

/// A request whose time has come while records may be missing is looked at again after this long.
pub const REQUEST_PAUSE: Duration = Duration::from_secs(3600);

/// Distinct tables that appear as a metric label; further ones share the label `other`.
pub const TABLE_LABELS: usize = 200;

/// Values looked at per column before a verdict is settled; afterwards one row in
/// [`SAMPLE_EVERY`].
pub const SAMPLE_ROWS: u64 = 512;

/// Values of a column that are put together of others from which on its paths are known: another one is news.
pub const PATHS_SETTLED: u64 = 64;

/// See [`SAMPLE_ROWS`].
pub const SAMPLE_EVERY: u64 = 64;

/// Paths within the values of one column (JSON, arrays, composite types, hstore) that are followed;
/// values at further ones are counted and not looked at.
pub const PATHS_PER_COLUMN: usize = 128;

/// Bytes of one cell's texts that are read for personal data that does not belong there; the rest is
/// passed over.
pub const INSPECTED_BYTES: usize = 16 << 10;

/// Keys and single values looked at within one value; the rest of it is passed over.
pub const NESTED_PARTS: usize = 1024;

/// Levels within one value; what lies deeper is passed over.
pub const NESTED_DEPTH: usize = 12;

/// A key within values that no dictionary knows is taken for a name of the schema once this many
/// rows have had it, and for data before.
pub const KEY_ROWS: u8 = 3;

/// Keys of one column that wait to be seen again. When there are more, keys are data.
pub const KEYS_WAITING: usize = 64;

/// A table of the register that has not been seen for this long is told of.
pub const REGISTER_SILENCE: Duration = Duration::from_secs(90 * 86_400);

/// How often that is looked at, and how exactly it is known.
pub const REGISTER_LOOK: Duration = Duration::from_secs(86_400);

/// Rows that `lawtail scan` looks at in one table unless it is told another number.
pub const SCAN_ROWS: u32 = 1_000;

/// Tables up to this many pages are read from their beginning; of larger ones pages are sampled.
pub const SCAN_WHOLE_PAGES: u64 = 128;

/// Characters of one value that a scan reads.
pub const SCAN_CELL_CHARACTERS: u32 = 16_384;

/// How long reading the sample of one table may take on the server.
pub const SCAN_STATEMENT_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a scan may wait for somebody's lock on a table.
pub const SCAN_LOCK_TIMEOUT: Duration = Duration::from_secs(2);

/// From how many people on processing is on a large scale, unless the register says otherwise
/// (DPIA-001).
pub const LARGE_SCALE: u64 = 100;

/// An integration that fills in data of more people than this within the time is told of (PL-002).
pub const ENRICHED_PEOPLE: (u64, Duration) = (20, Duration::from_secs(86_400));

/// Erased people who come back with one transaction are told of one by one up to this many (ER-002).
pub const RETURNED_TOLD: u64 = 5;

/// How many people are told apart exactly where it is counted whom something concerns; beyond, their
/// number is estimated (DPIA-001, PL-002).
pub const PEOPLE_KEPT: usize = 512;

/// A person who goes with at least this many rows, evidence among them, takes more along than a
/// duplicate would (ER-003).
pub const CASCADE_ROWS: u32 = 3;

/// Former values that are remembered of each corrected column of a person (ACC-002).
pub const FORMER_VALUES: usize = 4;

/// What people attest is to be looked at anew after this long.
pub const ATTESTED_FOR: Duration = Duration::from_secs(366 * 86_400);

/// So long after a change in an envelope of declared maintenance its lawful basis may follow at most.
pub const MAINTENANCE_FOLLOW_UP: Duration = Duration::from_secs(7 * 86_400);

/// Rows of messages that one transaction may delete and insert again, as by moving them to another
/// partition, without being taken for new messages.
pub const MOVED_MESSAGES: usize = 4_096;

/// Records of one contact point, and people who have it, that are looked at for a contradiction (CN-013):
/// an address with more of them is a placeholder.
pub const RECORDS_COMPARED: usize = 64;

/// Renewals of a no that are followed to where it began (CN-002).
pub const RENEWALS_FOLLOWED: usize = 8;

/// Levels of consent that are remembered of a person (OB-002).
pub const LEVELS_KEPT: usize = 8;

const _: () = assert!(FASTEST_CONFIRMATION.as_secs() < CLAIM_AHEAD.as_secs());
const _: () = assert!(SPOOL_BLOCK_BYTES * 2 < SPOOL_MEMORY_BYTES);
const _: () = assert!(MESSAGE_BYTES < u32::MAX as usize);
const _: () = assert!(DRAIN_TIMEOUT.as_secs() + LEAVE_TIMEOUT.as_secs() < STOP_TIMEOUT.as_secs());
const _: () = assert!(SLOT_CHECK_INTERVAL.as_secs() * 3 < CONTROL_SILENCE.as_secs());
const _: () =
    assert!(CONTROL_SILENCE.as_secs() + WALSENDER_GRACE.as_secs() < SLOT_RELEASE_TIMEOUT.as_secs());
const _: () = assert!(SLOT_ROOM_PERCENT.0 < SLOT_ROOM_PERCENT.1 && SLOT_ROOM_PERCENT.1 <= 100);
const _: () = assert!(BATCH_BYTES < MESSAGE_BYTES);
const _: () = assert!(READ_BUFFER_BYTES <= BATCH_BYTES);
const _: () = assert!(COPY_BLOCK_ROWS < BATCH_EVENTS && COPY_BLOCK_BYTES < BATCH_BYTES);
const _: () = assert!(JOIN_TIMEOUT.as_secs() < JOIN_PAUSE.as_secs());
const _: () = assert!(FEEDBACK_INTERVAL.as_secs() < SILENCE_TIMEOUT.as_secs());
const _: () = assert!(TALLY_SERIES as u64 <= WINDOWS);
const _: () = assert!((SERIES_OF_TRANSACTION.0 as u64) < SERIES);
const _: () = assert!(OPEN_PARTS < OPEN_SERIES);
const _: () = assert!(OPEN_PATIENCE.as_secs() < NOTIFICATION_WINDOW.as_secs());
const _: () = assert!(KAFKA_TIMEOUT.as_secs() * 2 < KAFKA_TRANSACTION_TIMEOUT.as_secs());
const _: () = assert!(BACKOFF.1.as_secs() < STALL_TIMEOUT.as_secs());
const _: () = assert!(CLOCK_SLACK.as_secs() < INCIDENT_GAP.as_secs());
