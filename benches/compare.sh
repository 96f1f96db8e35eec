#!/usr/bin/env bash
# Times this program against git, ripgrep, a pipeline of rg and sed, and scripts in Python and for Node, on repositories made
# for it, both sides in turn, and prints the ratios: `benches/compare.sh [FILES]`, 100,000 without an argument. Fails where a
# goal is missed. MIGRATE_GENERATOR names another generator of repositories: `GENERATOR OUT --files N --seed S`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cargo build --release --quiet --bin migrate
for program in git python3; do
  command -v "$program" >/dev/null || { echo "$program is needed" >&2; exit 2; }
done
command -v rg >/dev/null || echo "without ripgrep (rg) its rows are left out" >&2

# What the scripts use is installed here once.
target="$PWD/${CARGO_TARGET_DIR:-target}"
export PEERS="${PEERS:-${target}/peers}"
if [[ ! -x "$PEERS/bin/python" ]]; then
  python3 -m venv "$PEERS" && "$PEERS/bin/pip" install --quiet 'ruamel.yaml==0.18.*' \
    || echo "without ruamel.yaml the rows of the Python script are left out" >&2
fi
if command -v npm >/dev/null && [[ ! -d "$PEERS/node_modules/yaml" ]]; then
  npm install --silent --prefix "$PEERS" yaml@2 >/dev/null \
    || echo "without the package yaml the rows of the script for Node are left out" >&2
fi
exec python3 benches/compare.py "${CARGO_TARGET_DIR:-target}/release/migrate" "${1:-100000}"
