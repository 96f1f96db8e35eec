//! The names that a migration file declares: variables, and tables with rows.

use std::collections::BTreeMap;

use super::VARIABLE_KEYS;
use crate::diagnostic::{Code, Diagnostic};
use crate::migration::declared::Datum;
use crate::migration::declared::scope::Row;
use crate::migration::declared::source::{Data, Fields, Text};
use crate::migration::{Kind, Variable};
use crate::value::{MASK, mask_value};

/// The variables, and their names with their places.
pub(super) fn variables(fields: &Fields<'_>) -> Result<(Vec<Variable>, Vec<Text>), Diagnostic> {
    let mut variables = Vec::new();
    let mut names = Vec::new();
    for (name, datum) in fields.table("vars")? {
        let source = fields.source;
        let clean = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if !name.text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') || !name.text.chars().all(clean) {
            return Err(source.fault(
                name.span,
                format!("`{}` is not a name: use letters, digits and `_`", name.text),
                "here",
            ));
        }
        let own = Fields::of(source, datum, "a variable", &VARIABLE_KEYS)?;
        let kind = match own.text("kind")? {
            None => Kind::String,
            Some(text) => match Kind::ALL.iter().find(|(_, name)| *name == text.text) {
                Some((kind, _)) => *kind,
                None => {
                    let known: Vec<&str> = Kind::ALL.iter().map(|(_, name)| *name).collect();
                    let fault = source.fault(text.span, format!("unknown kind `{}`", text.text), "unknown");
                    return Err(fault.help(format!("a kind is one of: {}", known.join(", "))));
                }
            },
        };
        let default = match own.get("default") {
            None => None,
            Some(datum) if matches!(datum.data, Data::List(_) | Data::Map(_)) => {
                return Err(own.wrong("default", datum, "a single value"));
            }
            Some(datum) => Some(datum.value().to_string()),
        };
        let one_of: Vec<String> = own.texts("one_of")?.into_iter().map(|one| one.text).collect();
        if let (Some(value), Some(datum)) = (&default, own.get("default")) {
            let listed = one_of.is_empty() || one_of.contains(value);
            let fault = kind.fault(value).or((!listed).then_some("none of those that `one_of` lists"));
            if let Some(why) = fault {
                // A default may be a secret that should not be there.
                let shown =
                    if own.flag("secret")? { MASK.to_owned() } else { mask_value(&name.text, value).to_string() };
                let message = format!("the default of `{}` is `{shown}`, which is {why}", name.text);
                return Err(Diagnostic::error(Code::BadVariable, message).at(source.location(datum.span, "here")));
            }
        }
        variables.push(Variable {
            name: name.text.clone(),
            default,
            one_of,
            kind,
            environment: own.text("env")?.map(|name| name.text),
            is_secret: own.flag("secret")?,
            about: own.text("doc")?.map_or(String::new(), |about| about.text),
        });
        names.push(name.clone());
    }
    Ok((variables, names))
}

/// The tables that steps go through.
pub(super) fn tables(fields: &Fields<'_>) -> Result<Vec<(Text, Vec<Row>)>, Diagnostic> {
    let mut tables = Vec::new();
    for (name, datum) in fields.table("for_each")? {
        let Data::Map(rows) = &datum.data else {
            return Err(fields.source.fault(
                datum.span,
                format!("[for_each.{}] is a table of rows", name.text),
                "not a table",
            ));
        };
        let row = |(name, datum): &(Text, Datum)| match &datum.data {
            Data::Map(columns) => {
                let columns = columns.iter().map(|(column, value)| (column.text.clone(), value.value()));
                Ok(Row { name: name.text.clone(), columns: columns.collect::<BTreeMap<_, _>>() })
            }
            _ => Err(fields.source.fault(datum.span, "a row is a table: { COLUMN = value }", "not a table")),
        };
        tables.push((name.clone(), rows.iter().map(row).collect::<Result<_, _>>()?));
    }
    Ok(tables)
}
