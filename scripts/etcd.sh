#!/usr/bin/env bash
# Makes sure that etcd is on this machine: the Kubernetes lab starts one of its own, on loopback and in a directory of the test.
set -euo pipefail

if command -v etcd >/dev/null; then exit 0; fi
if ! command -v apt-get >/dev/null; then
  echo "setup: the Kubernetes lab needs etcd: install it with your package manager" >&2
  exit 1
fi
sudo=""
if [ "$(id -u)" != 0 ]; then sudo=sudo; fi
echo "setup: installing etcd-server"
$sudo apt-get update -qq
# The package would start a server of its own, which nobody asked for.
$sudo env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq etcd-server >/dev/null
command -v etcd >/dev/null || { echo "setup: etcd-server is installed and etcd is still not found" >&2; exit 1; }
