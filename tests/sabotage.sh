#!/usr/bin/env bash
# Removes one step of the commit protocol at a time, in a copy of the source, and expects the tests to notice:
# `tests/sabotage.sh`, or with words of the steps' names. A test that can not fail proves nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

source="$PWD"
export CARGO_TARGET_DIR="${SABOTAGE_TARGET_DIR:-$source/target/sabotage}"
export RUST_BACKTRACE=0
copy="$(mktemp -d)"
trap 'rm -rf "$copy"' EXIT
wanted=("$@")
missed=0

renew() {
  git ls-files -z --cached --others --exclude-standard | tar --null --files-from=- -cf - | tar -xf - -C "$copy"
}

run_tests() {
  (cd "$copy" && timeout 600 cargo test --quiet --test it -- "$@") >"$copy/output" 2>&1
}

is_wanted() {
  local word
  [ "${#wanted[@]}" = 0 ] && return 0
  for word in "${wanted[@]}"; do
    [[ "$1" == *"$word"* ]] && return 0
  done
  return 1
}

# sabotage STEP FILE PERL-SUBSTITUTION TEST...
sabotage() {
  local step="$1" file="$2" change="$3" found
  shift 3
  is_wanted "$step" || return 0
  renew
  perl -0pi -e "$change" "$copy/$file"
  if cmp -s "$source/$file" "$copy/$file"; then
    echo "$step: \`$file\` has no such place any more" >&2
    exit 2
  fi
  if ! (cd "$copy" && timeout 600 cargo test --quiet --test it --no-run) >"$copy/output" 2>&1; then
    cat "$copy/output" >&2
    echo "$step: what is left does not compile" >&2
    exit 2
  fi
  if run_tests "$@"; then
    found='**nothing**'
    missed=$((missed + 1))
  else
    found="$(sed -n 's/^    \([a-z_]*::[a-z_:]*\)$/`\1`/p' "$copy/output" | sort -u | head -n 1)"
  fi
  echo "| $step | ${found:-a run that does not end} |"
}

renew
echo "| step removed | noticed by |"
echo "| --- | --- |"
sabotage 'sync of files' src/commit/mod.rs \
  's/Durability::Full => io\("sync", path, self\.fs\.sync_file\(path\)\)/Durability::Full => Ok(())/' durable::what
sabotage 'sync of folders' src/commit/mod.rs \
  's/Durability::Full => io\("sync", path, self\.fs\.sync_folder\(path\)\)/Durability::Full => Ok(())/' durable::what
sabotage 'plan on the disk before files beside their targets' src/commit/transaction.rs \
  's/if !beside\.is_empty\(\) \{/if false {/' durable::what
sabotage 'second look at the targets' src/commit/transaction.rs \
  's/\.and_then\(\|\(\)\| unchanged\(site, changes\)\)//' race::
sabotage 'mark of the decision' src/commit/transaction.rs \
  's/io\("rename", &plan, site\.fs\.rename\(&plan, &site\.mark\(\)\)\)/Ok::<(), CommitError>(())/' sweep::one
sabotage 'look at what came out' src/commit/swap.rs \
  's/Ok\(\(\)\) if found\(site, staged\)\?\.is\(Some\(old\)\)/Ok(()) if true/' race::
sabotage 'record last' src/commit/swap.rs \
  's/for entry in &journal\.entries \{/for entry in journal.entries.iter().rev() {/' durable::what
sabotage 'late writes kept' src/commit/swap.rs \
  's/    clean::keep_late_writes\(site, journal, notes\);\n//' race::
sabotage 'taking back' src/commit/swap.rs \
  's/    take_back\(site, journal\)\?;\n//' sweep::one
sabotage 'honest result' src/commit/swap.rs \
  's/return Err\(error\);\n    \}\n    end/return Ok(());\n    }\n    end/' sweep::one
sabotage 'clean-up' src/commit/swap.rs \
  's/    let _ = clean::close\(site, Some\(journal\)\);\n//' sweep::one
sabotage 'edit after the crash kept' src/commit/recover.rs \
  's/!open\.foreign\.is_empty\(\) &&/false \&\&/' crash::an_edit recovery::on_another
sabotage 'no link followed' src/fs/folder.rs \
  's/ResolveFlags::NO_SYMLINKS\)/ResolveFlags::empty())/' crash::a_folder
sabotage 'one writer' src/fs/real.rs \
  's/Err\(TryLockError::WouldBlock\) => return Ok\(None\),/Err(TryLockError::WouldBlock) => {}/' crash::two_runs
[ "$missed" = 0 ] || {
  echo "$missed steps can be removed, and no test notices" >&2
  exit 1
}
