//! The order in which the operations of a step are made in a file.

use crate::migration::declared::source::Datum;

/// The verbs that give a name no meaning and take none away, whatever code they write.
const WRITES: [&str; 6] = ["set", "map", "append", "prepend", "insert", "merge"];

/// `operations` with each import before those that write what may use its name: a name that is in use when it is
/// imported would get another one, since something else may have given it its meaning.
pub(super) fn ordered(operations: &[Datum]) -> Vec<&Datum> {
    let mut order: Vec<&Datum> = Vec::new();
    for operation in operations {
        let is_import = has(operation, "import") && !has(operation, "when");
        let uses = order.iter().rev().take_while(|before| is_import && WRITES.iter().any(|verb| has(before, verb)));
        let at = order.len() - uses.count();
        order.insert(at, operation);
    }
    order
}

fn has(operation: &Datum, key: &str) -> bool {
    operation.get(key).is_some()
}
