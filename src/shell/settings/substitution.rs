//! `${NAME}` in the texts of a document becomes the environment variable of that name; `$$` is a
//! dollar sign.

use crate::model::{Code, Fault, Place};
use crate::policy::document::node::{Node, Value};
use crate::policy::document::reader::Reader;

/// Replaces in every text below `node`. After parsing, so that no value can change the structure.
pub fn substitute(node: &mut Node, variable: &dyn Fn(&str) -> Option<String>, reader: &mut Reader) {
    match &mut node.value {
        Value::Null | Value::Bool(..) => {}
        Value::Text(text) => *text = replaced(text, variable, &node.place, reader),
        Value::List(items) => {
            items.iter_mut().for_each(|item| substitute(item, variable, reader));
        }
        Value::Map(entries) => {
            entries.iter_mut().for_each(|(_, node)| substitute(node, variable, reader));
        }
    }
}

fn replaced(
    text: &str,
    variable: &dyn Fn(&str) -> Option<String>,
    place: &Place,
    reader: &mut Reader,
) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        result.push_str(&rest[..dollar]);
        let after = &rest[dollar + 1..];
        if let Some(after) = after.strip_prefix('$') {
            result.push('$');
            rest = after;
        } else if let Some(named) = after.strip_prefix('{') {
            let Some((name, after)) = named.split_once('}') else {
                reader.fault(place, "`${` without `}`", "write ${NAME}, or $$ for a dollar sign");
                return result;
            };
            result.push_str(&value(name, variable, place, reader));
            rest = after;
        } else {
            result.push('$');
            rest = after;
        }
    }
    result + rest
}

/// The variable's value. A stand-in when it is missing, so that reading can go on.
fn value(
    name: &str,
    variable: &dyn Fn(&str) -> Option<String>,
    place: &Place,
    reader: &mut Reader,
) -> String {
    variable(name).unwrap_or_else(|| {
        let cause = format!("the environment variable {name} is not set");
        let fault = Fault::new(Code::CFG_003, cause).at(place.clone());
        reader.report(fault.help(format!("set {name}, or write the value here")));
        format!("${{{name}}}")
    })
}
