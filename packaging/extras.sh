#!/usr/bin/env bash
# Lets the program write what goes beside it in a package: `packaging/extras.sh PROGRAM FOLDER`.
set -euo pipefail
program="$1" folder="$2"
mkdir -p "$folder/bash"
"$program" man --dir "$folder" --quiet
echo '.so man1/migrate.1' >"$folder/settings-migrate.1"
"$program" completions bash >"$folder/bash/migrate"
"$program" completions zsh >"$folder/_migrate"
"$program" completions fish >"$folder/migrate.fish"
# bash and fish look for a file by the name of the command.
ln -sf migrate "$folder/bash/settings-migrate"
echo 'complete -c settings-migrate -w migrate' >"$folder/settings-migrate.fish"
# The same program under the name that no other tool has.
ln -sf migrate "$folder/settings-migrate"
