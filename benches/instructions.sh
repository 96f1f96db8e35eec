#!/usr/bin/env bash
# Counts the instructions of three commands on the repository in fixtures/repos/projectx, and fails where one takes a sixth more than
# benches/instructions.txt says: unlike times, such counts are the same on a busy machine. `UPDATE_EXPECT=1` writes them anew.
# Then it counts those of ten times as many edits and of ten times as many migrations, which may be ten times as many, not a hundred.
# They are of the debug build, which every check makes anyway, and need valgrind.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

command -v valgrind >/dev/null || { echo "valgrind is needed: apt-get install valgrind" >&2; exit 2; }
cargo build --quiet --bin migrate
migrate="${CARGO_TARGET_DIR:-$PWD/target}/debug/migrate"
expected="$PWD/benches/instructions.txt"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT

committed() {
  git init -q && git add -A && git -c user.name=a -c user.email=a@b commit -qm start
}

cp -r fixtures/repos/projectx "$folder/repository"
cd "$folder/repository"
committed

# count NAME ARGUMENT...: one line, the name and the count.
count() {
  local name="$1"
  shift
  # Threads of which none waits for another cost the same in any order; how many there are does not.
  taskset -c 0 valgrind --tool=callgrind --callgrind-out-file=/dev/null "$migrate" "$@" >/dev/null 2>"$folder/said" ||
    { cat "$folder/said" >&2; exit 1; }
  echo "$name $(sed -n 's/.*Collected : //p' "$folder/said")"
}

{
  certs=(--set certs=/etc/certs)
  count up-n "${certs[@]}" up -n
  "$migrate" "${certs[@]}" up >/dev/null
  # What it remembers has to be older than a step of the clock.
  sleep 0.1
  "$migrate" "${certs[@]}" status >/dev/null
  count status "${certs[@]}" status
  count down-n "${certs[@]}" down -n
} >"$folder/counts"

if [ -n "${UPDATE_EXPECT:-}" ]; then
  cp "$folder/counts" "$expected"
fi
join --nocheck-order "$expected" "$folder/counts" | awk '
  { ratio = $3 / $2; printf "%-8s %14d instructions, %.2fx of what is expected\n", $1, $3, ratio; missed += ratio > 1.17; lines++ }
  END { exit missed || lines < 3 }' || { echo "a command takes more than it did: find out why, or write the counts anew with UPDATE_EXPECT=1" >&2; exit 1; }

# repository NAME FILES MIGRATIONS: so many YAML files, and migrations of which each sets one of fifty values of every file.
repository() {
  local number
  mkdir -p "$folder/$1/migrations" && cd "$folder/$1"
  { echo "limits:"; seq -f '  key%g: 0' 0 49; } >service1.yaml
  for number in $(seq 2 "$2"); do cp service1.yaml "service$number.yaml"; done
  for number in $(seq "$3"); do
    printf 'schema = 1\ntitle = "One limit"\n[[step]]\nedit = "service*.yaml"\ndo = [{ set = "limits.key%d", to = %d }]\n' \
      $((number % 50)) $((number + 99)) >"migrations/$(printf 'v%04d_set%d' "$number" "$number").toml"
  done
  committed
}

# grows WHAT TENTH WHOLE ARGUMENT...: fails where the command takes more than ten times as much in the whole as in the tenth of it.
grows() {
  local what="$1" tenth="$2" whole="$3" name
  shift 3
  for name in "$tenth" "$whole"; do
    cd "$folder/$name"
    count "$what" "$@"
  done | awk -v what="$what" '
    { count[NR] = $NF }
    END { ratio = count[2] / count[1]; printf "%-34s %5.2f times as many instructions\n", what, ratio; exit !(NR == 2 && ratio <= 10.5) }' ||
    { echo "that is more than ten times as many: something looks at all for each of all" >&2; exit 1; }
}

repository edits1 100 1
repository edits10 1000 1
repository migrations1 2 40
repository migrations10 2 400
for what in edits migrations; do
  grows "$what: up -n" "${what}1" "${what}10" up -n
  for name in "${what}1" "${what}10"; do (cd "$folder/$name" && "$migrate" up --yes >/dev/null); done
  grows "$what: status" "${what}1" "${what}10" status --only '**'
  grows "$what: verify" "${what}1" "${what}10" verify
  grows "$what: down -n" "${what}1" "${what}10" down -n --last 1
done
