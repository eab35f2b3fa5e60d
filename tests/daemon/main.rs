//! The real program against real servers, from the outside.

#[path = "../support/kafka.rs"]
#[allow(dead_code, reason = "every test here has a broker of its own")]
mod broker;
#[path = "../support/consumer.rs"]
mod consumer;
#[path = "../support/dice.rs"]
#[allow(dead_code, reason = "not every roll is used here")]
mod dice;
#[path = "../support/daemon/mod.rs"]
mod support;

mod asked;
mod doctor;
mod follow;
mod judged;
mod kafka;
mod killed;
mod refused;
mod reloaded;
mod reshaped;
mod restarted;
mod signed;
mod stopping;
mod supervised;
mod taken_over;
mod watched;
mod webhook;
