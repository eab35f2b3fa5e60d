//! Documents as written: YAML read into values, with every fault at its place.

pub mod about;
pub mod choice;
pub mod columns;
pub mod duties;
pub mod evidence;
pub mod governance;
pub mod maintenance;
pub mod node;
pub mod own;
pub mod pack;
pub mod person;
pub mod profile;
pub mod reader;
pub mod register;
pub mod rules;
pub mod scenario;
pub mod security;
pub mod selector;
pub mod suggestion;
