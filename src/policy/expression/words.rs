//! The words that are compared as a whole: `op`, `table`, `tx.actor`, `tx.size`, `permission(…)` and
//! `basis(…)`. A word that cannot be one of these is a fault and not a condition that never holds.

use std::collections::BTreeSet;

use cel::common::ast::Expr;
use cel::parser::Expression;

use super::check::Checker;
use super::{At, Fact, Kind, Predicate, Term, Wrong};
use crate::model::{Channel, OperationKind};
use crate::policy::LawfulBasis;
use crate::policy::document::suggestion;

/// Where a permission may stand; `none`: nothing is on record.
pub(super) const PERMISSIONS: [&str; 8] =
    ["none", "unknown", "requested", "given", "confirmed", "soft_opt_in", "opted_out", "expired"];

/// The bases that may be on record; `none`: none of them.
pub(super) fn bases() -> Vec<&'static str> {
    let names = LawfulBasis::ALL.into_iter().map(LawfulBasis::name);
    ["none"].into_iter().chain(names).collect()
}

/// Something that is compared as a whole.
pub(super) enum Word {
    Operation,
    Table,
    Actor,
    Size,
    Permission { channel: Term, purpose: Term },
    Basis { purpose: Term },
}

impl Checker<'_> {
    /// The word that an expression stands for, if it does.
    pub(super) fn word(&mut self, expression: &Expression) -> Result<Option<Word>, Wrong> {
        Ok(Some(match &expression.expr {
            Expr::Ident(name) if name == "op" => Word::Operation,
            Expr::Ident(name) if name == "table" => Word::Table,
            Expr::Select(select) => match (&select.operand.expr, select.field.as_str()) {
                (Expr::Ident(name), "actor") if name == "tx" => Word::Actor,
                (Expr::Ident(name), "size") if name == "tx" => Word::Size,
                _ => return Ok(None),
            },
            Expr::Call(call) if call.target.is_none() => match call.func_name.as_str() {
                "permission" => {
                    let [channel, purpose] = self.arguments("permission", &call.args)?;
                    let known: Vec<&str> = Channel::ALL.into_iter().map(Channel::name).collect();
                    let channel = self.named(channel, "channel", &known)?;
                    let purpose = self.purpose(purpose)?;
                    Word::Permission { channel, purpose }
                }
                "basis" => {
                    let [purpose] = self.arguments("basis", &call.args)?;
                    Word::Basis { purpose: self.purpose(purpose)? }
                }
                _ => return Ok(None),
            },
            _ => return Ok(None),
        }))
    }

    /// Whether a word is one of some.
    pub(super) fn among(
        &mut self,
        word: Word,
        words: BTreeSet<String>,
    ) -> Result<Predicate, Wrong> {
        Ok(match word {
            Word::Operation => {
                let kinds = [OperationKind::Insert, OperationKind::Update, OperationKind::Delete];
                let known = kinds.map(OperationKind::name);
                all_known("operation", &words, &known)?;
                let named = |kind: &OperationKind| words.contains(kind.name());
                Predicate::Operation(kinds.into_iter().filter(named).collect())
            }
            Word::Table => {
                let known = self.scope.table_names();
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                all_known("table of this rule", &words, &known)?;
                Predicate::Table(words)
            }
            Word::Actor => {
                if let Some(name) = words.iter().find(|name| is_person(name)) {
                    return Err(Wrong {
                        at: At::Word(name.clone()),
                        cause: "this may be a person's name".into(),
                        help: "name a technical account such as svc.import, or write the actor's \
                               reference as events show it"
                            .into(),
                    });
                }
                Predicate::Actor(words)
            }
            Word::Permission { channel, purpose } => {
                self.about_people("permission")?;
                all_known("state of a permission", &words, &PERMISSIONS)?;
                self.later("permission")?;
                Predicate::Later(Fact::Permission { channel, purpose, words })
            }
            Word::Basis { purpose } => {
                self.about_people("basis")?;
                all_known("basis", &words, &bases())?;
                self.later("basis")?;
                Predicate::Later(Fact::Basis { purpose, words })
            }
            Word::Size => {
                return Err(Wrong {
                    at: At::Word("size".into()),
                    cause: "tx.size is a number".into(),
                    help: "compare it with a number, as in tx.size > 100".into(),
                });
            }
        })
    }

    fn purpose(&mut self, expression: &Expression) -> Result<Term, Wrong> {
        let known: Vec<&str> = self.scope.purposes.iter().map(String::as_str).collect();
        self.named(expression, "purpose", &known)
    }

    /// A text; one that is written out must be one of those that are known.
    fn named(
        &mut self,
        expression: &Expression,
        what: &str,
        known: &[&str],
    ) -> Result<Term, Wrong> {
        let (term, kind) = self.term(expression)?;
        match &term {
            Term::Constant(super::Constant::Text(text)) => {
                all_known(what, &BTreeSet::from([text.clone()]), known)?;
            }
            _ if matches!(kind, Kind::Text | Kind::Any) => {}
            _ => {
                return Err(Wrong {
                    at: At::Expression,
                    cause: format!("a {what} is a text, and this is {}", kind.name()),
                    help: suggestion::list(known),
                });
            }
        }
        Ok(term)
    }

    /// A row that is about nobody joins nothing of people.
    pub(super) fn about_people(&self, what: &str) -> Result<(), Wrong> {
        match self.scope.about_nobody() {
            None => Ok(()),
            Some(table) => Err(Wrong {
                at: At::Word(what.to_owned()),
                cause: format!("{table} is about nobody, so `{what}` has nobody to ask about"),
                help: "add `subject` or `about` to the table in the pack, or leave this out".into(),
            }),
        }
    }
}

fn is_person(name: &str) -> bool {
    name.contains('@') || name.chars().any(char::is_whitespace)
}

fn all_known(what: &str, words: &BTreeSet<String>, known: &[&str]) -> Result<(), Wrong> {
    match words.iter().find(|word| !known.contains(&word.as_str())) {
        None => Ok(()),
        Some(word) => Err(Wrong {
            at: At::Word(word.clone()),
            cause: format!("unknown {what} `{word}`"),
            help: suggestion::among(word, known),
        }),
    }
}
