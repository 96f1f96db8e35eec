#!/usr/bin/env bash
# Times this program against git, ripgrep and a pipeline of rg and sed on repositories made for it, one after the other in
# turn, and prints the ratios: `benches/compare.sh [FILES]`, 100,000 without an argument. Fails where a goal is missed.
# MIGRATE_GENERATOR names another generator of repositories: `GENERATOR OUT --files N --seed S`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cargo build --release --quiet --bin migrate
for program in git python3; do
  command -v "$program" >/dev/null || { echo "$program is needed" >&2; exit 2; }
done
command -v rg >/dev/null || echo "without ripgrep (rg) its rows are left out" >&2
exec python3 benches/compare.py "${CARGO_TARGET_DIR:-target}/release/migrate" "${1:-100000}"
