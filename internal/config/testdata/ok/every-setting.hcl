engine {
  name    = "tofu"                      # tofu | terraform
  version = "1.12.6"
}
stacks {
  include = ["infra/**"]
  exclude = ["**/examples/**"]
  max_age = "24h"
}
stack "infra/prod" {
  workspace      = "prod"
  var_files      = ["prod.tfvars"]
  backend_config = ["prod.s3.tfbackend"]
  owners         = ["@acme/platform"]
  env            = { TF_VAR_region = "eu-west-1" }
}
audit "cloudtrail" "org" {
  regions  = ["eu-west-1", "us-east-1"]
  role_arn = "arn:aws:iam::111122223333:role/audit-read"
}
audit "cloudtrail" "asked" {
  cache = false
}
audit "cloudtrail" "trail" {
  bucket        = "acme-trail"
  bucket_region = "eu-west-1"
  prefix        = "org"
  verify        = true
}
audit "file" "export" {
  paths = ["audit/*.json.gz"]
}
audit "azure" "prod" {
  subscriptions = ["00000000-1111-2222-3333-444455556666"]
}
audit "gcp" "prod" {
  projects      = ["acme-prod"]
  folders       = ["123456789012"]
  organizations = ["210987654321"]
  views         = ["projects/acme-logs/locations/global/buckets/org/views/_AllLogs"]
  data_access   = true
  impersonate   = "audit@acme-prod.iam.gserviceaccount.com"
}
audit "bigquery" "org" {
  dataset     = "acme-logs.audit"
  project     = "acme-drift"
  data_access = true
  max_gib     = 20
  impersonate = "audit@acme-prod.iam.gserviceaccount.com"
}
audit "athena" "org" {
  table     = "security.cloudtrail"
  region    = "eu-west-1"
  workgroup = "mooring"
  output    = "s3://acme-athena/mooring/"
  accounts  = ["111122223333"]
  regions   = ["eu-west-1"]
  max_gib   = 20
  role_arn  = "arn:aws:iam::111122223333:role/audit-read"
}
audit "github" "acme" {
  organization   = "acme"
  token_variable = "AUDIT_TOKEN"
}
audit "kubernetes" "shop" {
  kubeconfig = "ops/kubeconfig"
  context    = "reader"
}
attribution {
  identity  = "full"                    # full | role | hash | off
  source_ip = false
  lookback  = "30d"
}
rule "autoscaling" {
  when   = resource.type == "aws_ecs_service" && change.path == "desired_count"
  action = "ignore"                     # ignore | issue | pull_request | escalate
  reason = "scaled by policy"
  until  = "2027-01-01"
}
publish {
  issues                 = "stack"      # stack | none
  groups                 = "dashboard"  # issue | dashboard | none
  pull_requests          = "stack"      # stack | resource | none
  max_open_issues        = 20
  max_open_pull_requests = 10
  pull_requests_per_hour = 2
  first_run              = "quiet"      # quiet | full
  labels                 = ["drift"]
  assign                 = "owners"     # owners | none
  ask_actor              = false        # also request a review from the person who made the change, when that is confirmed
  check                  = "neutral"    # neutral, failure, none
  write_interval         = "1s"         # pause between writes to the forge
}
group "web" {                           # environments of one design; found by itself where it can be
  stacks = ["infra/dev", "infra/staging", "infra/prod"]
}
commands {
  revert {
    enabled = false
    allow   = ["@acme/platform"]
  }
}
ledger {
  branch = "mooring/ledger"
}
