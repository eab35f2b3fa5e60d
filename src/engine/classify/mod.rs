//! Which columns hold personal data, and of which category.
//!
//! A verdict rests on the words of a column's name (`names`), the role of its table (`role`),
//! its type (`kind`), what the catalogue says of it (`facts`), and on how many of its values pass
//! the checks of [`checks`], tested against chance. Values that are put together of others, such as
//! JSON, are judged path by path (`paths`). Profiles hold counters, never values. Declarations of
//! the pack always win.
//! Pure and deterministic: the same rows in the same order give the same verdicts.

mod categories;
pub mod checks;
mod column;
mod facts;
mod fold;
mod interval;
mod keys;
mod kind;
mod lexicon;
mod mentions;
mod names;
mod neighbours;
mod paths;
mod role;
mod scout;
mod setting;
mod signs;
mod surroundings;
mod table;
pub mod text;
mod verdict;
mod words;

pub use column::ColumnProfile;
pub use role::Role;
pub use table::{Declared, Place, TableProfile};
