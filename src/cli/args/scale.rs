//! The flags that split the work: some files, some repositories, one part of many.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Args, Subcommand};

#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Scale {
    /// Look at files that git tracks only
    #[arg(long, global = true, env = "MIGRATE_TRACKED", value_parser = clap::builder::FalseyValueParser::new(), help_heading = "Global options")]
    pub tracked: bool,
    /// Change only the files named in FILE, or in standard input for `-`; names end with a NUL byte, or with a line end where there is no NUL
    #[arg(long, value_name = "FILE", global = true, env = "MIGRATE_FILES_FROM", help_heading = "Global options")]
    pub files_from: Option<PathBuf>,
    /// Change only part K of N, by a hash of each path; `repository:K/N` takes whole repositories, by a hash of their name
    #[arg(long, value_name = "K/N", global = true, env = "MIGRATE_SHARD", help_heading = "Global options")]
    pub shard: Option<Shard>,
    /// Say at the end how many files were looked at, how many texts were read as settings, and how long it took
    #[arg(long, global = true, help_heading = "Global options")]
    pub stats: bool,
}

#[derive(Subcommand, Debug)]
pub(crate) enum ReportCommand {
    /// Sum up the answers of many runs; exit code 1 where one of them failed or left none
    Merge(MergeArguments),
}

#[derive(Args, Debug)]
pub(crate) struct MergeArguments {
    /// What runs with `--format json` wrote
    #[arg(value_name = "ANSWER", required = true)]
    pub answers: Vec<PathBuf>,
}

impl Scale {
    /// Whether the names of the files come from standard input.
    pub fn reads_input(&self) -> bool {
        self.files_from.as_deref() == Some(Path::new("-"))
    }
}

/// One part of many, which together are everything, each thing in one of them only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shard {
    pub by: ShardBy,
    /// From one.
    pub part: u64,
    pub parts: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShardBy {
    Path,
    Repository,
}

impl Shard {
    /// Whether what is called `name` belongs to this part: the same on every machine, in every version.
    pub fn holds(self, name: &str) -> bool {
        fnv(name) % self.parts == self.part - 1
    }
}

/// FNV-1a of 64 bits.
fn fnv(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = if self.by == ShardBy::Repository { "repository:" } else { "" };
        write!(f, "{by}{}/{}", self.part, self.parts)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (by, numbers) = match text.strip_prefix("repository:") {
            Some(rest) => (ShardBy::Repository, rest),
            None => (ShardBy::Path, text),
        };
        let numbers = numbers.split_once('/').and_then(|(part, parts)| Some((part.parse().ok()?, parts.parse().ok()?)));
        match numbers {
            Some((part, parts)) if 1 <= part && part <= parts => Ok(Self { by, part, parts }),
            _ => Err("K/N with K from 1 to N, such as 2/8 or repository:2/8".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_in_one_part_and_stays_there() {
        let shards: Vec<Shard> = (1..=4).map(|part| format!("{part}/4").parse().expect("a shard")).collect();
        let mut sizes = [0; 4];
        for number in 0..1000 {
            let name = format!("services/s{number}/config.yaml");
            let parts: Vec<usize> = (0..4).filter(|part| shards[*part].holds(&name)).collect();
            assert_eq!(parts.len(), 1, "{name}");
            sizes[parts[0]] += 1;
        }
        assert!(sizes.iter().all(|size| (200..300).contains(size)), "{sizes:?}");
        // A later version must not move a file to another machine.
        assert_eq!(fnv("services/web/.env"), 0x570d_3de6_f1f3_cd80);
        for wrong in ["", "1", "0/2", "3/2", "a/b", "1/0", "repo:1/2"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
