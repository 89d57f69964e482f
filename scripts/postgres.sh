#!/usr/bin/env bash
# Makes sure that PostgreSQL's server programs are on this machine: the tests of the pg backend start one of their own.
set -euo pipefail

found() { command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || compgen -G '/usr/local/opt/postgresql*/bin/initdb' >/dev/null; }

if found; then exit 0; fi
if ! command -v apt-get >/dev/null; then
  echo "setup: the tests of the pg backend need PostgreSQL's server programs (initdb, postgres): install them with your package manager" >&2
  exit 1
fi
sudo=""
if [ "$(id -u)" != 0 ]; then sudo=sudo; fi
echo "setup: installing postgresql"
$sudo apt-get update -qq
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq postgresql >/dev/null
found || { echo "setup: postgresql is installed and initdb is still not found" >&2; exit 1; }
