#!/usr/bin/env bash
# Builds and tries the ways to install that docs/install.md tells: `packaging/check.sh [STEP...]`, without a step all of them.
# Nothing is installed outside of target/packaging. What this machine lacks is skipped, and said at the end.
#
#   MIGRATE_PROFILE=release   the cargo profile to build with; `dev` is quick, and what people get is `release`
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

steps=(docs metadata cargo wheel npm deb static pre-commit)
profile="${MIGRATE_PROFILE:-dev}"
target="$(realpath -m "${CARGO_TARGET_DIR:-target}")"
export CARGO_TARGET_DIR="$target"
folder="$profile"
if [ "$profile" = dev ]; then folder=debug; fi
work="$target/packaging"
version="$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -1)"
skipped=()

fail() {
  echo "$*" >&2
  exit 1
}

# skip STEP WHY
skip() {
  skipped+=("$1: $2")
}

# says PROGRAM...: each must start, and be of this version.
says() {
  local program
  for program in "$@"; do
    [ "$("$program" --version)" = "migrate $version" ] || fail "\`$program\` does not say that it is migrate $version"
  done
}

# fresh NAME: an empty folder.
fresh() {
  rm -rf "${work:?}/$1"
  mkdir -p "$work/$1"
}

# The program without the names of its functions, at $work/program.
build_program() {
  if [ -x "$work/program" ] && [ "$work/program" -nt "$target/$folder/migrate" ]; then return 0; fi
  cargo build --quiet --locked --profile "$profile" --bin migrate
  mkdir -p "$work"
  strip -o "$work/program" "$target/$folder/migrate"
}

# A virtual environment at $work/NAME with these packages; fails where they can not be had.
venv() {
  local name="$1"
  shift
  if [ -x "$work/$name/bin/$1" ]; then return 0; fi
  python3 -m venv --clear "$work/$name" 2>/dev/null &&
    "$work/$name/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
}

# Each block of commands in docs/install.md names the step that tries it.
check_docs() {
  local wrong
  wrong="$(awk -v steps=" ${steps[*]} " '
    /^```sh/ { if (before !~ /^<!-- check: [a-z-]+ -->$/) print FILENAME ":" NR ": no step is named for this block" }
    /^<!-- check: / && index(steps, " " $3 " ") == 0 { print FILENAME ":" NR ": there is no step " $3 }
    { before = $0 }' docs/install.md)"
  [ -z "$wrong" ] || fail "$wrong"
}

# One version in all packages, and a manifest that maturin reads.
check_metadata() {
  local manifest=packaging/npm/main/package.json
  if command -v node >/dev/null; then
    node -e '
      const [version, manifest] = process.argv.slice(1), read = require(manifest);
      const wrong = [read.version, ...Object.values(read.optionalDependencies)].filter((one) => one !== version);
      if (wrong.length) { console.error(`${manifest} is of ${wrong[0]}, and Cargo.toml of ${version}`); process.exit(1); }
    ' "$version" "$PWD/$manifest"
  else
    skip metadata "node is missing, for $manifest"
  fi
  venv maturin maturin || { skip metadata "maturin can not be installed, for pyproject.toml"; return 0; }
  fresh metadata
  "$work/maturin/bin/maturin" pep517 write-dist-info --metadata-directory "$work/metadata" >/dev/null 2>&1 ||
    fail "maturin does not take pyproject.toml"
  grep -qx "Version: $version" "$work"/metadata/*/METADATA || fail "the wheel would not be of $version"
}

check_cargo() {
  fresh cargo
  cargo install --quiet --locked --path . --profile "$profile" --root "$work/cargo" --no-track
  says "$work/cargo/bin/migrate" "$work/cargo/bin/settings-migrate"
  rm -rf "$work/cargo"
}

check_wheel() {
  venv maturin maturin || { skip wheel "maturin can not be installed"; return 0; }
  fresh wheels
  python3 -m venv --clear "$work/wheel"
  "$work/maturin/bin/maturin" build --quiet --locked --profile "$profile" --strip --out "$work/wheels"
  "$work/wheel/bin/python" -m pip install --quiet --disable-pip-version-check --no-index "$work"/wheels/*.whl
  says "$work/wheel/bin/migrate" "$work/wheel/bin/settings-migrate"
  "$work/wheel/bin/python" -m pip uninstall --quiet --yes settings-migrate
  [ ! -e "$work/wheel/bin/migrate" ] || fail "pip leaves the program behind"
  rm -rf "$work/wheel"
}

check_npm() {
  local machine said name
  command -v npm >/dev/null || { skip npm "npm is missing"; return 0; }
  machine="$(node -p '`${process.platform}-${process.arch}`')"
  build_program
  fresh npm
  packaging/npm/platform.sh "$work/program" "$machine" "$work/npm/platform"
  packaging/npm/pack.sh "$work/npm/main"
  (cd "$work/npm" && npm pack --silent ./main ./platform >/dev/null)
  for said in "$work"/npm/*.tgz; do
    for name in LICENSE-APACHE LICENSE-MIT README.md; do
      tar --list --file "$said" "package/$name" >/dev/null || fail "$said lacks $name"
    done
  done

  mkdir "$work/npm/whole" "$work/npm/lonely"
  echo '{}' | tee "$work/npm/whole/package.json" >"$work/npm/lonely/package.json"
  npm install --silent --no-audit --no-fund --offline --prefix "$work/npm/whole" \
    "$work/npm/settings-migrate-$machine-$version.tgz" "$work/npm/settings-migrate-$version.tgz"
  says "$work/npm/whole/node_modules/.bin/migrate" "$work/npm/whole/node_modules/.bin/settings-migrate"
  said=0
  "$work/npm/whole/node_modules/.bin/migrate" explain M9999 >/dev/null 2>&1 || said=$?
  [ "$said" = 2 ] || fail "the shim ends with $said, and the program with 2"

  # Without the package of the machine the one line that mends it is said.
  npm install --silent --no-audit --no-fund --offline --omit=optional --prefix "$work/npm/lonely" "$work/npm/settings-migrate-$version.tgz"
  said="$(cd "$work/npm/lonely" && node_modules/.bin/migrate --version 2>&1)" && fail "the shim ran without a program"
  case "$said" in
    *"npm install settings-migrate-$machine@$version"*) ;;
    *) fail "the shim does not say what to install: $said" ;;
  esac
  said="$("$work/npm/lonely/node_modules/.bin/migrate" --version 2>&1)" && fail "the shim ran without a program"
  case "$said" in
    *"npm install -g settings-migrate-$machine@$version"*) ;;
    *) fail "the shim does not say that it is installed for everyone: $said" ;;
  esac
  rm -rf "$work/npm"
}

check_deb() {
  local root="$work/deb/root"
  cargo deb --version >/dev/null 2>&1 || { skip deb "cargo-deb is missing: cargo install --locked cargo-deb"; return 0; }
  command -v dpkg-deb >/dev/null || { skip deb "dpkg-deb is missing"; return 0; }
  fresh deb
  cargo build --quiet --locked --profile "$profile" --bin migrate
  packaging/extras.sh "$target/$folder/migrate" "$target/extras"
  cargo deb --quiet --locked --no-build --profile "$profile" --output "$work/deb/"
  dpkg-deb --extract "$work"/deb/*.deb "$root"
  says "$root/usr/bin/migrate" "$root/usr/bin/settings-migrate"
  [ "$(dpkg-deb --field "$work"/deb/*.deb Package)" = settings-migrate ] || fail "the package has another name"
  [ -L "$root/usr/bin/settings-migrate" ] || fail "the package holds the program twice"
  local file
  for file in man/man1/migrate.1.gz man/man1/migrate-up.1.gz man/man1/settings-migrate.1.gz \
    bash-completion/completions/migrate bash-completion/completions/settings-migrate zsh/vendor-completions/_migrate \
    fish/vendor_completions.d/migrate.fish fish/vendor_completions.d/settings-migrate.fish doc/settings-migrate/copyright; do
    [ -s "$root/usr/share/$file" ] || fail "the package lacks usr/share/$file"
  done
  rm -rf "$root"
}

# One file that needs nothing of the machine that it runs on.
check_static() {
  local triple
  triple="$(uname -m)-unknown-linux-musl"
  [ -d "$(rustc --print sysroot)/lib/rustlib/$triple/lib" ] || { skip static "the target is missing: rustup target add $triple"; return 0; }
  command -v musl-gcc >/dev/null || { skip static "musl-gcc is missing: apt-get install musl-tools"; return 0; }
  cargo build --quiet --locked --profile "$profile" --target "$triple" --bin migrate
  mkdir -p "$work"
  strip -o "$work/static" "$target/$triple/$folder/migrate"
  says "$work/static"
  if readelf --program-headers "$work/static" | grep -q INTERP; then fail "the program is not static"; fi
  rm "$work/static"
}

# The hooks of .pre-commit-hooks.yaml, built by pre-commit from the last commit.
check_pre-commit() {
  local commit said
  venv precommit pre-commit || { skip pre-commit "pre-commit can not be installed"; return 0; }
  "$work/precommit/bin/pre-commit" validate-manifest .pre-commit-hooks.yaml
  commit="$(git rev-parse --verify --quiet HEAD)" || { skip pre-commit "this is no git work tree"; return 0; }
  git cat-file -e "$commit:.pre-commit-hooks.yaml" 2>/dev/null || { skip pre-commit "the hooks are not committed"; return 0; }
  fresh hooked
  (
    cd "$work/hooked"
    export PRE_COMMIT_HOME="$work/hooked/.home" MATURIN_PEP517_ARGS="--profile $profile --locked --strip"
    git init --quiet
    printf 'LEVEL=debug\n' >app.env
    mkdir migrations
    printf '%s\n' 'schema = 1' 'title = "Less in the logs"' '[[step]]' 'edit = "app.env"' \
      'do = [{ set = "LEVEL", to = "info" }]' >migrations/v0001_quiet.toml
    git add app.env migrations
    said="$("$work/precommit/bin/pre-commit" try-repo "$OLDPWD" migrate-check --ref "$commit" 2>&1)" && fail "nothing is found pending: $said"
    case "$said" in *v0001*) ;; *) fail "the hook does not say what is pending: $said" ;; esac
  )
  rm -rf "$work/hooked"
}

wanted=("$@")
if [ "$#" = 0 ]; then wanted=("${steps[@]}"); fi
for step in "${wanted[@]}"; do
  declare -F "check_$step" >/dev/null || fail "there is no step \`$step\`: ${steps[*]}"
  echo "--- $step"
  "check_$step"
done
for one in "${skipped[@]}"; do echo "skipped $one"; done
echo "done, ${#skipped[@]} skipped"
