//! What own rules may ask for, and what their evaluation may cost.

/// Length of an expression of an own rule.
pub const EXPRESSION_BYTES: usize = 4096;

/// How deep an expression may be nested, macros included.
pub const EXPRESSION_DEPTH: u16 = 32;

/// Parts of an expression, each macro counted where it is used.
pub const EXPRESSION_NODES: usize = 500;

/// Memory of a compiled pattern of an expression, in bytes; it bounds the work for each character.
pub const PATTERN_BYTES: usize = 65_536;

/// A longer value, in bytes, is not read by an own rule: what needs it is undecided.
pub const EXPRESSION_VALUE_BYTES: usize = 65_536;

/// Elements of a list in a row that own rules look at; a longer one is undecided.
pub const EXPRESSION_ELEMENTS: usize = 1000;

/// Own rules in force.
pub const OWN_RULES: usize = 200;

/// Values of a list of the policies.
pub const LIST_VALUES: usize = 100_000;

/// Characters of each text of an own rule that goes into its findings.
pub const OWN_TEXT: usize = 500;

/// Bytes of values that one rule looks at in one row; what needs more is undecided.
pub const EXPRESSION_WORK: usize = 1 << 20;
