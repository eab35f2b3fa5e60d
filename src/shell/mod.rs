//! What touches the world: connections, disk, clock, metrics.

pub mod attestation;
pub mod clock;
pub mod cluster;
pub mod contract;
pub mod core_dumps;
pub mod daemon;
pub mod desk;
pub mod diagnosis;
pub mod health;
pub mod http;
pub mod metrics;
pub mod monitor;
pub mod pipeline;
pub mod policies;
pub mod publisher;
pub mod schema_changes;
pub mod secret_file;
pub mod service_manager;
pub mod settings;
pub mod signing;
pub mod source;
pub mod store;
pub mod webhook;
