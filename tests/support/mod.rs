//! What several test binaries share.
#![allow(dead_code)]

pub mod crm;
pub mod dice;
pub mod pieces;
