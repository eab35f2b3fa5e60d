//! What touches the world: connections, disk, clock, metrics.

pub mod contract;
