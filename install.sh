#!/bin/sh
# Installs refwarden: builds it if needed, puts the binary, an example configuration and the key folder
# in place, and the hooks into the named repositories. ./install.sh --help
set -eu
umask 022

usage() {
  cat <<'END'
usage: ./install.sh [REPO…] [--prefix DIR] [--config PATH]
       ./install.sh --uninstall [REPO…] [--prefix DIR] [--config PATH]

  REPO             a repository that is pushed to; gets the hooks
  --prefix DIR     the binary goes to DIR/bin (default /usr/local)
  --config PATH    the configuration (default /etc/refwarden.ini); an example is
                   written where there is none, and never written over. The keys
                   go into the folder refwarden/keys beside it.
  --uninstall      with REPO: puts back the hooks that were there before, no more.
                   Without: removes the binary. A repository that still has the
                   hooks then refuses every push. Configuration and keys stay.
END
}

say() { printf '%s\n' "$*"; }

stop() {
  printf 'error: %s\n' "$1" >&2
  [ $# -lt 2 ] || printf 'hint: %s\n' "$2" >&2
  exit 2
}

needs_value() { [ "$1" -ge 2 ] || stop "$2: a value is missing" './install.sh --help'; }

# The path $1 from the root on. Its folder need not exist.
absolute() {
  case $1 in
    /*) printf '%s\n' "$1" ;;
    *) printf '%s/%s\n' "$(pwd)" "$1" ;;
  esac
}

check_needs() {
  command -v git >/dev/null 2>&1 || stop 'git is missing' 'install it with your package manager'
  command -v node >/dev/null 2>&1 ||
    stop 'Node.js is missing' 'install Node.js 20.17 or newer: your package manager, or https://nodejs.org'
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 17) ? 0 : 1)' ||
    stop "Node.js $(node --version) is too old" 'install Node.js 20.17 or newer: your package manager, or https://nodejs.org'
  command -v npm >/dev/null 2>&1 || stop 'npm is missing' 'it comes with Node.js; Debian has it as the package npm'
}

# Sets $built.
build() {
  node "$here/scripts/ready.mjs" || stop 'the build failed' 'its own words are above'
  built=$here/dist/refwarden
  [ -f "$built" ] || built=$here/dist/refwarden.cjs
  "$built" --version >/dev/null || stop "$built does not run on this machine" 'REFWARDEN_NODE=PATH builds with another Node.js'
}

# By rename: a running binary cannot be written over, and no push may meet half of one.
install_binary() {
  mkdir -p "$bin" || stop "$bin: cannot be made" 'run as root, or choose another place with --prefix'
  [ -w "$bin" ] || stop "$bin: cannot be written" 'run as root, or choose another place with --prefix'
  [ ! -d "$binary" ] || stop "$binary: a folder" 'move it away'
  if cmp -s "$built" "$binary"; then
    say "$binary: up to date"
    return
  fi
  cp "$built" "$binary.new.$$"
  chmod 0755 "$binary.new.$$"
  mv -f "$binary.new.$$" "$binary"
  say "$binary: installed"
}

# The binary holds other people's work (OpenPGP.js: LGPL); their notices go with it.
install_notices() {
  mkdir -p "$notices"
  cp "$here/THIRD-PARTY-NOTICES.md" "$notices/"
  cp "$here/node_modules/openpgp/LICENSE" "$notices/LICENSE.openpgp"
  cp "$here/node_modules/human-signals/LICENSE" "$notices/LICENSE.human-signals"
  chmod 0644 "$notices"/*
}

write_configuration() {
  if [ -e "$config" ] || [ -L "$config" ]; then
    say "$config: kept as it is"
    return
  fi
  case $keys in
    *[,\;#\"\'\\]* | *' ') stop "$keys: a path that no configuration can hold" 'choose another place with --config' ;;
  esac
  mkdir -p "$keys" || stop "$keys: cannot be made" 'run as root, or choose another place with --config'
  while IFS= read -r line; do
    case $line in
      *@KEYS@*) line=${line%%@KEYS@*}$keys${line#*@KEYS@} ;;
    esac
    printf '%s\n' "$line"
  done <"$here/packaging/refwarden.ini" >"$config.new.$$"
  chmod 0644 "$config.new.$$"
  # A link fails where a file is: one that came into being meanwhile is kept.
  ln "$config.new.$$" "$config" || { rm -f "$config.new.$$"; stop "$config: cannot be written"; }
  rm -f "$config.new.$$"
  say "$config: an example, which protects refs/heads/main"
  say "$keys: put the public keys of the people you trust here"
}

uninstall() {
  if [ $# -gt 0 ]; then
    [ -x "$binary" ] || stop "$binary: not there" 'name its place with --prefix'
    "$binary" uninstall --config "$config" "$@"
    return
  fi
  rm -f "$binary"
  rm -rf "$notices"
  say "$binary: removed; a repository that still has the hooks refuses every push"
  say "$config and $keys: left as they are"
}

prefix=/usr/local
config=/etc/refwarden.ini
removing=no
count=$#
while [ "$count" -gt 0 ]; do
  count=$((count - 1))
  case $1 in
    --prefix | --config)
      needs_value $((count + 1)) "$1"
      count=$((count - 1))
      [ "$1" = --prefix ] && prefix=$2 || config=$2
      shift 2
      ;;
    --prefix=*) prefix=${1#*=} && shift ;;
    --config=*) config=${1#*=} && shift ;;
    --uninstall) removing=yes && shift ;;
    -h | --help) usage && exit 0 ;;
    --)
      # What follows are repositories, whatever they are called.
      shift
      while [ "$count" -gt 0 ]; do
        count=$((count - 1))
        set -- "$@" "$1"
        shift
      done
      ;;
    -*) stop "$1: not an option" './install.sh --help' ;;
    *)
      set -- "$@" "$1"
      shift
      ;;
  esac
done

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
bin=$(absolute "$prefix")/bin
binary=$bin/refwarden
notices=$(absolute "$prefix")/share/doc/refwarden
config=$(absolute "$config")
keys=$(dirname -- "$config")/refwarden/keys

if [ "$removing" = yes ]; then
  uninstall "$@"
  exit 0
fi
check_needs
build
install_binary
install_notices
write_configuration
if [ $# -gt 0 ]; then
  "$binary" install --config "$config" "$@"
else
  say "next: $binary install --config $config REPO"
fi
