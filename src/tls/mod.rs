//! Certificates and private keys: read from hostile bytes, compared, and made for development. Never a file, never a
//! clock: bytes and the time come in. Nothing here shows the content of a key.

mod certificate;
mod der;
mod identity;
mod key;
mod made;
mod material;
mod probe;
mod said;
mod set;

pub use certificate::{Certificate, Covered, Usage};
pub use identity::{Identity, IdentityError};
pub use key::PrivateKey;
pub use made::{Kit, MakeError, Wanted, make};
pub use material::{Material, MaterialError};
pub use probe::{Answer, ProbeError, Visitor, Welcome, probe};
pub use said::{Said, recognise};
pub use set::{Part, SetError, renewal};

/// Seconds of a day.
pub const DAY: i64 = 86_400;

/// The day of `seconds` since 1970, as `2026-12-06`, in UTC.
pub fn date(seconds: i64) -> String {
    // Days since 0000-03-01, so that a leap day is the last of its year.
    let days = seconds.div_euclid(DAY) + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_their_dates() {
        let cases = [
            (0, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (951_868_800, "2000-03-01"),
            (1_796_515_199, "2026-12-05"),
            (1_796_515_200, "2026-12-06"),
            (-1, "1969-12-31"),
            (4_102_444_800, "2100-01-01"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(date(seconds), expected);
        }
    }
}
