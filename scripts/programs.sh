#!/usr/bin/env bash
# Builds the programs of a release into a directory: static, without paths and without the state of the checkout, so that equal code gives
# equal bytes wherever it is built. PLATFORMS narrows it, for example to "linux/amd64".
set -euo pipefail
out=${1:?usage: scripts/programs.sh DIR}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir -p "$out"
for platform in ${PLATFORMS:-linux/amd64 linux/arm64 darwin/amd64 darwin/arm64}; do
  os=${platform%/*} arch=${platform#*/}
  CGO_ENABLED=0 GOOS=$os GOARCH=$arch GOFLAGS="" GOAMD64=v1 GOARM64=v8.0 \
    go build -trimpath -buildvcs=false -ldflags="-s -w" -o "$out/mooring_${os}_${arch}" ./cmd/mooring
done
