#!/usr/bin/env bash
# Lets the program write what goes beside it in a package: `packaging/extras.sh PROGRAM FOLDER`.
set -euo pipefail
program="$1" folder="$2"
mkdir -p "$folder"
"$program" man >"$folder/migrate.1"
echo '.so man1/migrate.1' >"$folder/settings-migrate.1"
"$program" completions bash >"$folder/migrate.bash"
"$program" completions zsh >"$folder/_migrate"
"$program" completions fish >"$folder/migrate.fish"
# The same program under the name that no other tool has.
ln -sf migrate "$folder/settings-migrate"
