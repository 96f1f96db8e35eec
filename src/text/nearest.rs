//! Which of several known words was likely meant.

/// The one of `known` that `word` was likely meant to be.
pub fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let distance = |other: &str| strokes(word, other);
    // A word of which no letter stays is another word.
    let length = word.chars().count();
    known
        .iter()
        .copied()
        .map(|other| (distance(other), other))
        .filter(|(distance, other)| *distance <= 1 + other.len() / 4 && *distance < length)
        .min()
        .map(|(_, other)| other)
}

/// How many letters to add, drop, change or swap with the next from one word to the other.
fn strokes(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut rows: Vec<Vec<usize>> = (0..=one.len()).map(|i| (i..=i + other.len()).collect()).collect();
    for i in 1..=one.len() {
        for j in 1..=other.len() {
            let change = rows[i - 1][j - 1] + usize::from(one[i - 1] != other[j - 1]);
            let mut best = change.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_told_from_another_word() {
        for (word, near) in [("sett", Some("set")), ("exclud", Some("exclude")), ("a", None), ("ab", Some("b"))] {
            assert_eq!(nearest(word, &["set", "exclude", "b"]), near, "{word}");
        }
    }
}
