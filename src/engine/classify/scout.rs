//! Whether a value holds a path that has never been seen, which is looked for in every row: that somebody adds a
//! field to documents shows in its first one, and not only when a row is sampled.
//!
//! Nothing is counted, and only the keys are read closely that are not known.

use super::paths::{Paths, is_a_word, looks_like_a_value, write_member};
use crate::engine::nested::{self, Visitor};
use crate::model::Structure;

/// Whether one value holds such a path.
pub(super) fn is_news(paths: &Paths, structure: &Structure, text: &str) -> bool {
    let mut scout = Scout { paths, path: "$".to_owned(), ends: Vec::new(), news: false };
    nested::read(structure, text, &mut scout);
    scout.news
}

struct Scout<'p> {
    paths: &'p Paths,
    /// The path at which the walk stands.
    path: String,
    /// Its length before each step.
    ends: Vec<usize>,
    news: bool,
}

impl Scout<'_> {
    fn enter(&mut self, from: usize, step: &str) {
        self.path.push_str(step);
        self.ends.push(from);
    }
}

impl Visitor for Scout<'_> {
    fn key(&mut self, key: &str) -> bool {
        if self.news {
            return false;
        }
        let from = self.path.len();
        write_member(&mut self.path, key);
        if self.paths.has_name(&self.path) {
            self.ends.push(from);
            return true;
        }
        self.path.truncate(from);
        let is_data = looks_like_a_value(key);
        if !is_data && is_a_word(key) {
            self.news = self.paths.takes_names();
            return false;
        }
        self.path.push_str(".{*}~");
        let of_data = self.paths.has_path(&self.path);
        self.path.truncate(from);
        match of_data {
            true => self.enter(from, ".{*}"),
            false => self.news = is_data && self.paths.takes_paths(),
        }
        of_data
    }

    fn element(&mut self) {
        self.enter(self.path.len(), "[*]");
    }

    fn leave(&mut self) {
        let end = self.ends.pop().unwrap_or(1);
        self.path.truncate(end);
    }

    fn value(&mut self, _: &str, _: u32) {
        self.news |= self.paths.takes_paths() && !self.paths.has_path(&self.path);
    }
}
