#!/usr/bin/env bash
# Gets the mooring program that belongs to this version of the action and runs it.
# A release ships VERSION and SHA256SUMS in the action's own tree: the program is downloaded and must match the sum that was committed
# with it, never one that was fetched beside it. Any other checkout of the action is built from source.
set -euo pipefail

fail() { echo "::error title=Mooring::$1"; exit 1; }

here=$(cd "$(dirname "$0")/.." && pwd)
version=$(cat "$here/VERSION")
cache=${RUNNER_TOOL_CACHE:-${RUNNER_TEMP:-/tmp}}/mooring/$version
program=$cache/mooring
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

sha256() { if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d' ' -f1; }

if [ -f "$here/SHA256SUMS" ]; then
  asset=mooring_${os}_${arch}
  want=$(awk -v a="$asset" '$2 == a { print $1 }' "$here/SHA256SUMS")
  [ -n "$want" ] || fail "This version of the action lists no program for $os/$arch."
  if [ ! -x "$program" ] || [ "$(sha256 "$program")" != "$want" ]; then
    mkdir -p "$cache"
    part=$(mktemp "$cache/part.XXXXXX")
    trap 'rm -f "$part"' EXIT
    curl -fsSL --retry 3 -o "$part" "$releases/v$version/$asset" || fail "Could not download $asset of release v$version from $releases."
    [ "$(sha256 "$part")" = "$want" ] || fail "The downloaded $asset does not match the checksum in this version of the action: it was not run."
    chmod 0755 "$part"
    mv "$part" "$program"
  fi
else
  command -v go >/dev/null || fail "This checkout of the action is not a release: it is built from source and needs Go (add actions/setup-go before it)."
  mkdir -p "$cache"
  (cd "$here" && CGO_ENABLED=0 go build -trimpath -o "$program" ./cmd/mooring) || fail "Building Mooring from source did not succeed."
fi

exec "$program" action
