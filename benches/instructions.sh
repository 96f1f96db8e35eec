#!/usr/bin/env bash
# Counts the instructions of three commands on the repository in fixtures/repos/projectx, and fails where one takes a sixth more than
# benches/instructions.txt says: unlike times, such counts are the same on a busy machine. `UPDATE_EXPECT=1` writes them anew.
# They are of the debug build, which every check makes anyway, and need valgrind.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

command -v valgrind >/dev/null || { echo "valgrind is needed: apt-get install valgrind" >&2; exit 2; }
cargo build --quiet --bin migrate
migrate="${CARGO_TARGET_DIR:-$PWD/target}/debug/migrate"
expected="$PWD/benches/instructions.txt"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT

cp -r fixtures/repos/projectx "$folder/repository"
cd "$folder/repository"
git init -q && git add -A && git -c user.name=a -c user.email=a@b commit -qm start

# count NAME ARGUMENT...: one line, the name and the count.
count() {
  local name="$1"
  shift
  # Threads of which none waits for another cost the same in any order; how many there are does not.
  taskset -c 0 valgrind --tool=callgrind --callgrind-out-file=/dev/null "$migrate" --set certs=/etc/certs "$@" >/dev/null 2>"$folder/said" ||
    { cat "$folder/said" >&2; exit 1; }
  echo "$name $(sed -n 's/.*Collected : //p' "$folder/said")"
}

{
  count up-n up -n
  "$migrate" --set certs=/etc/certs up >/dev/null
  # What it remembers has to be older than a step of the clock.
  sleep 0.1
  "$migrate" --set certs=/etc/certs status >/dev/null
  count status status
  count down-n down -n
} >"$folder/counts"

if [ -n "${UPDATE_EXPECT:-}" ]; then
  cp "$folder/counts" "$expected"
fi
join --nocheck-order "$expected" "$folder/counts" | awk '
  { ratio = $3 / $2; printf "%-8s %14d instructions, %.2fx of what is expected\n", $1, $3, ratio; missed += ratio > 1.17; lines++ }
  END { exit missed || lines < 3 }' || { echo "a command takes more than it did: find out why, or write the counts anew with UPDATE_EXPECT=1" >&2; exit 1; }
