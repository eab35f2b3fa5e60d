//! The documents of a known CRM, fitted to one database.
//!
//! Packs and registers are written so that a line says one thing: a table's mapping begins with two
//! spaces and its name, a value that stands for a table and the list of an activity's tables have a
//! line each. So what a database does not have can be left out with the comments of the rest kept.

use std::collections::BTreeSet;

use crate::model::TableName;

/// What a pack or register is fitted to.
pub struct Home<'a> {
    /// The schema as the document writes it.
    pub written: &'a str,
    /// The schema as the database calls it.
    pub actual: &'a str,
    /// The tables of the database.
    pub tables: &'a BTreeSet<TableName>,
}

impl Home<'_> {
    /// Whether a word of the document is a table that the database does not have.
    fn is_missing(&self, word: &str) -> bool {
        let name = word.strip_prefix(self.written).and_then(|rest| rest.strip_prefix('.'));
        name.is_some_and(|name| !self.tables.contains(&TableName::new(self.actual, name)))
    }

    /// The text with the schema as it is called; a path such as `docs/crm/hubspot.md` stays.
    fn renamed(&self, text: &str) -> String {
        let (from, to) = (format!("{}.", self.written), format!("{}.", self.actual));
        let mut parts = text.split(&from);
        let mut renamed = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let begins = renamed.ends_with([' ', '[']);
            renamed.push_str(if begins { &to } else { &from });
            renamed.push_str(part);
        }
        renamed
    }
}

/// Whether a schema's name, with a table's after it, is a text in YAML without quotes. The documents
/// have it in many places, lists and mappings among them.
pub fn is_writable(schema: &str) -> bool {
    schema.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_')
        && schema.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-'))
}

/// The pack with the tables that are there.
pub fn pack(text: &str, home: &Home<'_>) -> String {
    let (head, tables) = halves(text, "tables:\n");
    let mut fitted = head.to_owned();
    for block in blocks(tables) {
        let name = block.lines().find_map(|line| entry(line));
        if name.is_some_and(|name| home.is_missing(name)) {
            continue;
        }
        let kept = block.lines().filter(|line| {
            let table = line.trim().rsplit_once(": ").map(|(_, table)| table);
            !table.is_some_and(|table| home.is_missing(table))
        });
        fitted.extend(kept.flat_map(|line| [line, "\n"]));
    }
    home.renamed(&fitted)
}

/// The register with the tables that are there.
pub fn register(text: &str, home: &Home<'_>) -> String {
    let (head, activities) = halves(text, "activities:\n");
    let mut fitted = head.to_owned();
    for block in blocks(activities) {
        let mut is_empty = false;
        let mut kept = String::new();
        for line in block.lines() {
            let list = line.strip_prefix("    tables: [").and_then(|rest| rest.strip_suffix(']'));
            match list {
                None => kept.push_str(line),
                Some(list) => {
                    let there: Vec<&str> =
                        list.split(", ").filter(|table| !home.is_missing(table)).collect();
                    is_empty = there.is_empty();
                    kept.push_str(&format!("    tables: [{}]", there.join(", ")));
                }
            }
            kept.push('\n');
        }
        if !is_empty {
            fitted.push_str(&kept);
        }
    }
    home.renamed(&fitted)
}

/// The tests of the pack that touch no table which is not there.
pub fn tests(text: &str, home: &Home<'_>) -> String {
    let (head, tests) = halves(text, "tests:\n");
    let is_there = |test: &String| {
        let mut words = test.split([' ', '[', ']', '{', '}', ',', ':', '\n']);
        !words.any(|word| home.is_missing(word))
    };
    let kept: String = super::scenarios::split(tests).into_iter().filter(is_there).collect();
    home.renamed(&format!("{head}{kept}"))
}

/// What stands up to a key and what stands under it.
fn halves<'t>(text: &'t str, key: &str) -> (&'t str, &'t str) {
    let end = text.find(&format!("\n{key}")).map_or(text.len(), |at| at + 1 + key.len());
    text.split_at(end)
}

/// The entries of a mapping, each with the blank and comment lines before it.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let (mut before, mut current) = (String::new(), String::new());
    for line in text.lines() {
        let line = format!("{line}\n");
        let stands_between = line.trim().is_empty() || line.starts_with("  #");
        if entry(&line).is_some() {
            blocks.push(std::mem::take(&mut current));
            current = std::mem::take(&mut before) + &line;
        } else if stands_between {
            before.push_str(&line);
        } else {
            current.push_str(&std::mem::take(&mut before));
            current.push_str(&line);
        }
    }
    blocks.push(current + &before);
    blocks.retain(|block| !block.is_empty());
    blocks
}

/// The key of a line that begins an entry.
fn entry(line: &str) -> Option<&str> {
    let name = line.strip_prefix("  ")?.trim_end().strip_suffix(':')?;
    let begins = name.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_');
    begins.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::known::KNOWN;

    const PACK: &str = "\
# docs/public.md
pack: x
provenance: origin

tables:
  # People.
  public.people:
    subject: {key: id}

  # Gone.
  public.gone:
    about: nobody

  public.calls:
    about:
      column: who
      table:
        column: kind
        values:
          p: public.people
          g: public.gone
";

    fn there(names: &[&str]) -> BTreeSet<TableName> {
        names.iter().map(|name| name.parse().expect("a table's name")).collect()
    }

    #[test]
    fn what_a_database_does_not_have_is_left_out_with_its_comment() {
        let tables = there(&["crm.people", "crm.calls"]);
        let home = Home { written: "public", actual: "crm", tables: &tables };
        let fitted = pack(PACK, &home);
        assert!(fitted.starts_with("# docs/public.md\n"), "{fitted}");
        assert!(!fitted.contains("one") && !fitted.contains(" public"), "{fitted}");
        assert!(fitted.contains("  # People.\n  crm.people:\n"), "{fitted}");
        assert!(fitted.contains("          p: crm.people\n"), "{fitted}");
    }

    #[test]
    fn an_activity_without_tables_is_left_out() {
        let tables = there(&["public.people"]);
        let home = Home { written: "public", actual: "public", tables: &tables };
        let text = "register: x\nactivities:\n  a:\n    tables: [public.people, public.gone]\n\n  \
                    # Gone.\n  b:\n    tables: [public.gone]\n    basis: consent\n";
        let fitted = register(text, &home);
        assert_eq!(fitted, "register: x\nactivities:\n  a:\n    tables: [public.people]\n");
    }

    #[test]
    fn a_test_about_a_table_that_is_not_there_is_left_out() {
        let there = there(&["crm.people"]);
        let home = Home { written: "public", actual: "crm", tables: &there };
        let text = "pack: x\n\ntests:\n  - name: one\n    given: [{insert: public.people, row: {id: 1}}]\n\n  \
                    - name: two\n    given: [{insert: public.gone, row: {id: 1}}]\n";
        let expected =
            "pack: x\n\ntests:\n  - name: one\n    given: [{insert: crm.people, row: {id: 1}}]\n\n";
        assert_eq!(super::tests(text, &home), expected);
    }

    #[test]
    fn a_schema_that_yaml_would_read_otherwise_is_not_written() {
        assert!(
            ["public", "workspace_1wgvd", "1st", "crm-eu"].map(is_writable).iter().all(|it| *it)
        );
        let odd = ["a: b", "a, b", "a]", "a #b", "a.b", "-a", "a\nb", "'a", "&a", ""];
        assert!(!odd.map(is_writable).iter().any(|it| *it));
    }

    #[test]
    fn a_database_with_every_table_keeps_every_line() {
        for crm in KNOWN {
            let both = format!("{}\n{}", crm.pack, crm.tests);
            let words = both.split([' ', '[', ']', '{', '}', ',', ':', '\n']);
            let tables: Vec<&str> = words.filter(|word| word.contains('.')).collect();
            let tables: BTreeSet<TableName> =
                tables.iter().filter_map(|table| table.parse().ok()).collect();
            let home = Home { written: crm.schema, actual: crm.schema, tables: &tables };
            assert_eq!(pack(crm.pack, &home), crm.pack, "{}", crm.name);
            assert_eq!(register(crm.register, &home), crm.register, "{}", crm.name);
            assert_eq!(super::tests(crm.tests, &home), crm.tests, "{}", crm.name);
        }
    }
}
