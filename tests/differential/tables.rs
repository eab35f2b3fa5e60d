//! Random tables for random workloads: their columns, identities, rows and changes of shape.

use lawtail::model::TableName;

use crate::carried::Identity;
use crate::support::dice::Dice;

/// How a table tells its rows apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    PrimaryKey,
    Whole,
    WholeWithPrimaryKey,
    /// A unique index on `uid`, beside the primary key.
    ByIndex,
    /// No key: rows can only be inserted.
    None,
}

impl Kind {
    pub fn has_old_rows(self) -> bool {
        self != Kind::None
    }

    pub fn has_primary_key(self) -> bool {
        !matches!(self, Kind::Whole | Kind::None)
    }
}

/// A type, values of it, and an expression of it over `n`.
struct DataType {
    name: &'static str,
    values: &'static [&'static str],
    series: &'static str,
}

const TYPES: [DataType; 10] = [
    DataType {
        name: "text",
        values: &[
            "''",
            "'Ada'",
            "'it''s'",
            "E'tab\\t new\\n back\\\\ \\r\\b\\f\\v'",
            "'\\N'",
            "'ü 東京'",
        ],
        series: "md5(n::text) || md5((n + 1)::text)",
    },
    // Out of line, one compressed and the others not.
    DataType {
        name: "text",
        values: &[
            "(SELECT string_agg(md5(n::text), '') FROM generate_series(1, 300) n)",
            "(SELECT string_agg(md5((n * 7)::text), '') FROM generate_series(1, 100) n)",
            "repeat('compressible ', 300)",
            "'small'",
        ],
        series: "CASE n % 97 WHEN 0 THEN (SELECT string_agg(md5((n * m)::text), '') \
            FROM generate_series(1, 90) m) ELSE 'small' END",
    },
    DataType { name: "int", values: &["0", "-2147483648", "2147483647"], series: "n::int" },
    DataType {
        name: "numeric",
        values: &["0.00", "'NaN'", "'-Infinity'", "12345678901234567890.123456789"],
        series: "n / 7.0",
    },
    DataType { name: "boolean", values: &["true", "false"], series: "n % 2 = 0" },
    DataType {
        name: "jsonb",
        values: &["'{}'", "'{\"a\": [1, null, \"x\\\"y\\\\\"]}'", "'null'"],
        series: "jsonb_build_object('n', n, 'hash', md5(n::text))",
    },
    DataType {
        name: "timestamptz",
        values: &["'infinity'", "'0044-03-15 BC'", "'2026-03-29 02:30:00.000001+02'"],
        series: "'2026-01-01 00:00Z'::timestamptz + n * interval '1 minute'",
    },
    DataType {
        name: "text[]",
        values: &["'{}'", "ARRAY['', NULL, 'null', 'a \"b\" \\ , {}']", "'{{a,b},{c,d}}'"],
        series: "ARRAY[md5(n::text), NULL, 'a b']",
    },
    DataType {
        name: "bytea",
        values: &["''", "'\\x00ff5c27'", "decode(repeat('5c', 5000), 'hex')"],
        series: "decode(md5(n::text), 'hex')",
    },
    DataType { name: "crm.mood", values: &["'sad'", "'it''s'"], series: "'sad'::crm.mood" },
];

/// A table in its present shape.
#[derive(Clone, Debug)]
pub struct Table {
    /// As in a statement.
    pub name: String,
    pub kind: Kind,
    /// Its shape may change. Its rows are not carried forward.
    pub restless: bool,
    /// Name, as in a statement, and index of the type.
    columns: Vec<(String, usize)>,
}

impl Table {
    pub fn random(number: usize, dice: &mut Dice) -> Table {
        let kinds =
            [Kind::PrimaryKey, Kind::Whole, Kind::WholeWithPrimaryKey, Kind::ByIndex, Kind::None];
        let name = |dice: &mut Dice, plain: String, odd: &str| match dice.chance(70) {
            true => plain,
            false => format!("\"{odd}{plain}\""),
        };
        let columns = (0..1 + dice.below(6)).map(|column| {
            let data_type = dice.below(TYPES.len() as u64) as usize;
            (name(dice, format!("c{column}"), "A]:' \"\"b\"\" "), data_type)
        });
        let columns = columns.collect();
        Table {
            name: format!("crm.{}", name(dice, format!("t{number}"), "Odd.: ")),
            kind: kinds[dice.below(5) as usize],
            restless: dice.chance(30),
            columns,
        }
    }

    pub fn table_name(&self) -> TableName {
        let name = self.name.trim_start_matches("crm.").trim_matches('"');
        TableName::new("crm", name.replace("\"\"", "\""))
    }

    pub fn identity(&self) -> Identity {
        match self.kind {
            Kind::PrimaryKey => Identity::Key(vec!["id".into()]),
            Kind::ByIndex => Identity::Key(vec!["uid".into()]),
            Kind::Whole | Kind::WholeWithPrimaryKey | Kind::None => Identity::Whole,
        }
    }

    /// Statements that make it.
    pub fn definition(&self) -> String {
        let Table { name, kind, columns, .. } = self;
        let columns =
            columns.iter().map(|(name, index)| format!(", {name} {}", TYPES[*index].name));
        let columns: String = columns.collect();
        let key = if kind.has_primary_key() { ", PRIMARY KEY (id)" } else { "" };
        let create = format!("CREATE TABLE {name} (id bigint, uid text NOT NULL{columns}{key})");
        match kind {
            Kind::PrimaryKey | Kind::None => create,
            Kind::Whole | Kind::WholeWithPrimaryKey => {
                format!("{create};\nALTER TABLE {name} REPLICA IDENTITY FULL")
            }
            Kind::ByIndex => {
                let index =
                    self.table_name().name.replace(|c: char| !c.is_ascii_alphanumeric(), "");
                format!(
                    "{create};\nCREATE UNIQUE INDEX by_uid_{index} ON {name} (uid);\n\
                     ALTER TABLE {name} REPLICA IDENTITY USING INDEX by_uid_{index}"
                )
            }
        }
    }

    pub fn column_list(&self) -> String {
        let names = self.columns.iter().map(|(name, _)| format!(", {name}"));
        format!("id, uid{}", names.collect::<String>())
    }

    /// A row with a new id.
    pub fn row(&self, id: u64, dice: &mut Dice) -> String {
        self.row_with(id, &format!("u{id}"), dice)
    }

    pub fn row_with(&self, id: u64, uid: &str, dice: &mut Dice) -> String {
        let cells = self.columns.iter().map(|(_, index)| format!(", {}", value(*index, dice)));
        format!("({id}, '{uid}'{})", cells.collect::<String>())
    }

    /// `count` rows from id `first` on.
    pub fn series(&self, first: u64, step: u64, count: u64) -> String {
        let cells = self.columns.iter().map(|(_, index)| format!(", {}", TYPES[*index].series));
        let cells: String = cells.collect();
        let last = first + step * (count - 1);
        format!("SELECT n, 'u' || n{cells} FROM generate_series({first}, {last}, {step}) n")
    }

    /// New values for one or two columns, which may be the old ones.
    pub fn assignments(&self, dice: &mut Dice) -> String {
        let mut assignments = Vec::new();
        let first = dice.below(self.columns.len() as u64) as usize;
        for (name, index) in self.columns.iter().skip(first).take(1 + dice.below(2) as usize) {
            let value =
                if dice.chance(20) { format!("{}.{name}", self.name) } else { value(*index, dice) };
            assignments.push(format!("{name} = {value}"));
        }
        assignments.join(", ")
    }

    /// A statement that changes its shape.
    pub fn change(&mut self, number: u64, dice: &mut Dice) -> String {
        let name = self.name.clone();
        let last = self.columns.len() - 1;
        match dice.below(6) {
            0 | 1 => {
                let index = dice.below(TYPES.len() as u64) as usize;
                self.columns.push((format!("added{number}"), index));
                let DataType { name: data_type, values, .. } = &TYPES[index];
                // A default may not be a query.
                let value = values.iter().find(|value| !value.contains("SELECT"));
                let value = value.expect("one of the values is simple");
                format!("ALTER TABLE {name} ADD COLUMN added{number} {data_type} DEFAULT {value}")
            }
            2 if last > 0 => {
                let (gone, _) = self.columns.remove(dice.below(last as u64 + 1) as usize);
                format!("ALTER TABLE {name} DROP COLUMN {gone}")
            }
            3 => {
                let renamed = format!("renamed{number}");
                let old = std::mem::replace(&mut self.columns[last].0, renamed.clone());
                format!("ALTER TABLE {name} RENAME COLUMN {old} TO {renamed}")
            }
            4 if self.kind.has_old_rows() => {
                format!("ALTER TABLE {name} REPLICA IDENTITY FULL")
            }
            5 => format!("DROP TABLE {name};\n{}", self.definition()),
            // Every row is written anew.
            _ => format!("ALTER TABLE {name} ALTER COLUMN uid TYPE varchar({})", 100 + number % 2),
        }
    }
}

fn value(data_type: usize, dice: &mut Dice) -> String {
    let values = TYPES[data_type].values;
    match dice.below(values.len() as u64 + 1) as usize {
        null if null == values.len() => "NULL".to_owned(),
        known => values[known].to_owned(),
    }
}
