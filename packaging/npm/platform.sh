#!/usr/bin/env bash
# Makes the npm package of one machine: `packaging/npm/platform.sh PROGRAM OS-CPU FOLDER`, as in `linux-x64`, by Node.js's names.
set -euo pipefail
program="$1" machine="$2" folder="$3"
npm="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
name="settings-migrate-$machine"
version="$(node -p "require('$npm/main/package.json').optionalDependencies['$name'] || ''")"
[ -n "$version" ] || { echo "\`$name\` is none of the packages that packaging/npm/main/package.json names" >&2; exit 2; }
mkdir -p "$folder/bin"
install -m 755 "$program" "$folder/bin/migrate"
cat >"$folder/package.json" <<END
{
  "name": "$name",
  "version": "$version",
  "description": "The program of settings-migrate for $machine",
  "license": "MIT OR Apache-2.0",
  "files": ["bin", "LICENSE-*"],
  "os": ["${machine%-*}"],
  "cpu": ["${machine#*-}"],
  "libc": ["glibc"]
}
END
cp "$npm"/../../LICENSE-* "$folder/"
cat >"$folder/README.md" <<END
# $name

The program of [settings-migrate](https://www.npmjs.com/package/settings-migrate) for $machine. Install that package: it brings this one.
END
