#!/usr/bin/env bash
# Remakes the plan files of this folder with real engines: for each scenario, apply before/, run outside.sh (what a person does behind the
# engine's back), put after/ in its place, and save a plan with the engine's own reading of it. The plans named cloud come from gen/.
#
# usage: make.sh TOFU TERRAFORM PROVIDER_LOCAL [SCENARIO...]     the paths of the three programs (see `make engines`)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tofu=$1 terraform=$2 provider=$3
shift 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for host in registry.opentofu.org registry.terraform.io; do
  dir=$work/mirror/$host/hashicorp/local/1.4.0/$(go env GOOS)_$(go env GOARCH)
  mkdir -p "$dir"
  cp "$provider" "$dir/terraform-provider-local_v1.4.0"
done
printf 'provider_installation {\n  filesystem_mirror { path = "%s/mirror" }\n}\n' "$work" > "$work/cli.tfrc"
export TF_CLI_CONFIG_FILE=$work/cli.tfrc TF_IN_AUTOMATION=1 CHECKPOINT_DISABLE=1

(cd "$here/.." && go run ./testdata/gen "$tofu" "$terraform")

[ $# -gt 0 ] || set -- $(cd "$here/scenarios" && ls)
for scenario in "$@"; do
  for engine in tofu terraform; do
    program=${!engine} from=$here/scenarios/$scenario to=$here/plans/$engine
    [ ! -e "$from/only" ] || grep -qx "$engine" "$from/only" || continue
    stack=$work/$engine-$scenario
    mkdir -p "$stack" "$to"
    cp -r "$from"/before/. "$stack/"
    (
      cd "$stack"
      "$program" init -input=false > log 2>&1 || { cat log >&2; exit 1; }
      # A scenario may want an apply that ends with an error.
      "$program" apply -input=false -auto-approve > log 2>&1 || [ -e "$from/apply-fails" ] || { cat log >&2; exit 1; }
      [ ! -e "$from/outside.sh" ] || bash "$from/outside.sh" "$program"
      if [ -d "$from/after" ]; then rm -f ./*.tf; cp -r "$from"/after/. .; fi
      "$program" init -input=false > log 2>&1 || { cat log >&2; exit 1; }
      "$program" plan -input=false -lock=false -out=plan $(cat "$from/flags" 2> /dev/null || true) > log 2>&1 || { cat log >&2; exit 1; }
      "$program" show -json plan > show.json
      "$program" providers schema -json > schemas.json
    )
    cp "$stack/plan" "$to/$scenario.tfplan"
    cp "$stack/show.json" "$to/$scenario.show.json"
    # This scenario uses every provider. Functions are of no use here and most of the text.
    [ "$scenario" != clean ] || jq -c 'del(.provider_schemas[].functions)' "$stack/schemas.json" > "$to/schemas.json"
  done
done
