#!/usr/bin/env bash
# Writes THIRD_PARTY.md: the modules that are in the program, each with its licence, told from the text of its licence file. A module whose
# licence is not known here, or that asks for more than a notice, stops it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
go=${GO:-go}

licence() {
  local file text
  file=$(find "$1" -maxdepth 1 -iregex '.*/\(licen[cs]e\|copying\|unlicense\)[^/]*' -type f | sort | head -1)
  [ -n "$file" ] || { echo none; return; }
  text=$(tr -s '[:space:]' ' ' <"$file")
  case "$text" in
    *"Apache License"*"Version 2.0"*) echo Apache-2.0 ;;
    *"Mozilla Public License"*"2.0"*) echo MPL-2.0 ;;
    *"GNU"*"GENERAL PUBLIC LICENSE"*) echo GPL ;;
    *"Neither the name"*) echo BSD-3-Clause ;;
    *"Redistribution and use in source and binary forms"*) echo BSD-2-Clause ;;
    *"Permission is hereby granted, free of charge"*) echo MIT ;;
    *"Permission to use, copy, modify, and"*"distribute this software"*) echo ISC ;;
    *"free and unencumbered software"*) echo Unlicense ;;
    *"CC0"*) echo CC0-1.0 ;;
    *) echo unknown ;;
  esac
}

bad=0
part=$(mktemp)
trap 'rm -f "$part"' EXIT
{
  echo "# Third parties"
  echo
  echo "The modules that are in the program, and their licences. Made by scripts/licences.sh; a test keeps the list whole."
  echo
  echo "| module | licence |"
  echo "|---|---|"
} >"$part"
while read -r module dir; do
  name=$(licence "$dir")
  case "$name" in
    none | unknown | GPL) echo "licences: $module: $name ($dir)" >&2; bad=1 ;;
  esac
  echo "| $module | $name |" >>"$part"
done < <("$go" list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Dir}}{{end}}{{end}}' ./cmd/mooring | sort -u)
[ "$bad" = 0 ] || exit 1
cat "$part" >THIRD_PARTY.md
