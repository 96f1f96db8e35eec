#!/usr/bin/env bash
# Lays out the npm package that starts the program, with its licences: `packaging/npm/pack.sh FOLDER`.
set -euo pipefail
folder="$1"
npm="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
mkdir -p "$folder"
cp -R "$npm/main/." "$folder/"
cp "$npm"/../../LICENSE-* "$npm/../../README.md" "$folder/"
