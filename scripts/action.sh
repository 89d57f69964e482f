#!/usr/bin/env bash
# Gets the mooring program that belongs to this version of the action and runs it.
# A release ships VERSION and SHA256SUMS in the action's own tree: the program is downloaded and must match the sum that was committed
# with it, never one that was fetched beside it. Any other checkout of the action is built from source.
# Variables: RUNNER_TOOL_CACHE and RUNNER_TEMP as the runner sets them; MOORING_RELEASES names a mirror of the releases; proxies are curl's.
set -euo pipefail

part=""
trap 'if [ -n "$part" ]; then rm -f "$part"; fi' EXIT
fail() { echo "::error title=Mooring::$1"; exit 1; }

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
version=$(tr -d '[:space:]' <"$here/VERSION") || fail "The action's own file VERSION cannot be read: check the action out whole."
releases=${MOORING_RELEASES:-https://github.com/mooringdev/mooring/releases/download}

case "$(uname -s)" in
  Linux) os=linux ;;
  Darwin) os=darwin ;;
  *) fail "Mooring runs on Linux and macOS runners; this one says $(uname -s)." ;;
esac
case "$(uname -m)" in
  x86_64 | amd64) arch=amd64 ;;
  aarch64 | arm64) arch=arm64 ;;
  *) fail "Mooring has no program for the processor $(uname -m): use an x64 or arm64 runner." ;;
esac

asset=mooring_${os}_${arch}
cache=${RUNNER_TOOL_CACHE:-${RUNNER_TEMP:-${TMPDIR:-/tmp}}}/mooring/$version
program=$cache/$asset
mkdir -p "$cache" || fail "The directory $cache cannot be made: set RUNNER_TOOL_CACHE to one that can."

sha256() { if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d' ' -f1; }

download() {
  if command -v curl >/dev/null; then
    curl -fsSL --retry 3 --retry-delay 1 --connect-timeout 20 -o "$2" "$1"
  elif command -v wget >/dev/null; then
    wget -q -t 3 -O "$2" "$1"
  else
    fail "Downloading Mooring needs curl or wget, and the runner has neither."
  fi
}

if [ -f "$here/SHA256SUMS" ]; then
  want=$(awk -v a="$asset" '$2 == a || $2 == "*" a { print $1; exit }' "$here/SHA256SUMS")
  [ -n "$want" ] || fail "This version of the action lists no program for $os/$arch."
  if [ ! -x "$program" ] || [ "$(sha256 "$program")" != "$want" ]; then
    part=$(mktemp "$cache/part.XXXXXX")
    download "$releases/v$version/$asset" "$part" || fail "Could not download $asset of release v$version from $releases."
    [ "$(sha256 "$part")" = "$want" ] || fail "The downloaded $asset does not match the checksum in this version of the action: it was not run."
    chmod 0755 "$part"
    mv -f "$part" "$program"
    part=""
  fi
else
  command -v go >/dev/null || fail "This checkout of the action is not a release: it is built from source and needs Go (add actions/setup-go before it)."
  part=$(mktemp "$cache/part.XXXXXX")
  (cd "$here" && CGO_ENABLED=0 go build -trimpath -buildvcs=false -o "$part" ./cmd/mooring) || fail "Building Mooring from source did not succeed."
  chmod 0755 "$part"
  mv -f "$part" "$program"
  part=""
fi

exec "$program" action
