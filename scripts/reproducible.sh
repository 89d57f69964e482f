#!/usr/bin/env bash
# Builds this commit twice, in two directories of different names with two empty build caches, and compares the bytes. It takes minutes;
# BUILDS=shared shares the cache of the user for the first of them.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
commit=$(git -C "$here" rev-parse HEAD) # one commit for both, also when another is made meanwhile
temp=$(mktemp -d)
trap 'chmod -R u+w "$temp"; rm -rf "$temp"' EXIT
export PLATFORMS=${PLATFORMS:-linux/amd64}
for name in first a/much/longer/second; do
  mkdir -p "$temp/$name"
  git -C "$here" archive "$commit" | tar -x -C "$temp/$name"
  if [ "$name" = first ] && [ "${BUILDS:-}" = shared ]; then
    (cd "$temp/$name" && scripts/programs.sh "$temp/out-first")
  else
    (cd "$temp/$name" && GOCACHE=$temp/cache-${name##*/} TZ=Asia/Tokyo LC_ALL=C scripts/programs.sh "$temp/out-${name##*/}")
  fi
done
for program in "$temp"/out-first/*; do
  cmp "$program" "$temp/out-second/${program##*/}"
  printf '%s  %s  %s bytes: equal in both builds\n' "$(sha256sum "$program" | cut -d' ' -f1)" "${program##*/}" "$(stat -c %s "$program")"
done
