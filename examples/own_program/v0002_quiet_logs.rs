//! Less in the logs: services that log at `debug` or `info` log at `warning`.

use settings_migrate::migration::{Native, Repository, Targets, Variable, Variables};
use settings_migrate::value::{KeyPath, Value};

/// The migration `quiet_logs`.
pub struct QuietLogs;

/// What `migrations!` lists.
pub static MIGRATION: QuietLogs = QuietLogs;

impl Native for QuietLogs {
    fn title(&self) -> &str {
        "Log warnings only"
    }

    fn why(&self) -> &str {
        "The log store holds three days, and debug lines are nine tenths of it."
    }

    fn revision(&self) -> u32 {
        1
    }

    fn variables(&self) -> Vec<Variable> {
        vec![Variable::new("level", "the level to log at").default_to("warning").one_of(&["warning", "error"])]
    }

    fn targets(&self) -> Targets {
        Targets::new(["config/**/*.yaml", "config/**/*.toml"], ["logging"])
    }

    fn up(&self, repository: &mut Repository<'_, '_>, variables: &Variables) -> anyhow::Result<()> {
        let level = KeyPath::new(["logging", "level"]);
        for path in repository.files() {
            let mut document = repository.document(&path)?;
            match document.value(&level) {
                Some(Value::Str(now)) if now == "debug" || now == "info" => {
                    document.set(&level, variables.get("level")?)?;
                }
                Some(_) => repository.skip(&path, "it is as quiet already"),
                None => repository.skip(&path, "it sets no level"),
            }
        }
        Ok(())
    }
}
