//! What columns hold, where lawtail would be misled.

use std::collections::BTreeMap;

use super::node::{Node, Value};
use super::reader::Reader;
use super::suggestion;
use crate::model::{Category, Heading};

/// Declared categories: a key of [`Category`], or `none` for a column that is not personal.
pub fn read(reader: &mut Reader, node: &Node) -> Option<BTreeMap<String, Option<Category>>> {
    let mut choices = vec![("none", None)];
    choices.extend(Category::ALL.iter().map(|category| (category.key(), Some(*category))));
    let entries = reader.entries(node)?;
    let read: Vec<Option<(String, Option<Category>)>> = entries
        .iter()
        .map(|(key, node)| {
            if let Value::Text(word) = &node.value
                && let Some(help) = under_heading(word)
            {
                let cause = format!("`{word}` is a heading, and a column holds one category");
                reader.fault(&node.place, cause, help);
                return None;
            }
            let category = reader.one_of(node, "category", &choices)?;
            Some((key.name.clone(), category))
        })
        .collect();
    read.into_iter().collect()
}

/// What stands under a heading, which register entries may name and columns may not.
fn under_heading(word: &str) -> Option<String> {
    let heading = Heading::all().into_iter().find(|heading| heading.key() == word)?;
    let is_category = Category::ALL.iter().any(|category| category.key() == word);
    let under = Category::ALL.iter().filter(|category| heading.includes(**category));
    let under: Vec<&str> = under.map(|category| category.key()).collect();
    (!is_category).then(|| format!("name one of those under it: {}", suggestion::list(&under)))
}
