//! Limits of the webhook.

use std::time::Duration;

/// Pause before the webhook is tried again, at first and at most.
pub const BACKOFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));

/// How long one request to the webhook may take.
pub const TIMEOUT: Duration = Duration::from_secs(10);

/// How long an event is offered to the webhook before it is given up: no longer than its 72 hours.
pub const AGE: Duration = Duration::from_secs(72 * 3_600);

/// Events that wait for the webhook; beyond, the oldest is given up.
pub const WAITING: usize = 1_024;

/// How long nothing leaves the outbox before the webhook stands in, unless the settings say otherwise.
pub const AFTER: Duration = Duration::from_secs(300);

/// Least length of the webhook's secret, in characters (Standard Webhooks asks for 24 to 64 bytes).
pub const SECRET_LENGTH: usize = 24;
