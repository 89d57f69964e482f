# What Mooring watches in this repository, and what it does about what it finds.
# Everything is optional: this file as it stands changes nothing. "mooring config check" finds mistakes, "mooring config reference" lists
# every setting, "mooring stacks" shows which stacks are found and why.

# The program that plans. Without it, the repository's own version files decide.
# engine {
#   name    = "tofu" # or "terraform"
#   version = "1.12.6"
# }

# Which of the stacks that are found are watched.
# stacks {
#   include = ["infra/**"]
#   exclude = ["**/examples/**"]
#   max_age = "24h" # plan each at least this often, even when no audit record points at it
# }

# How one stack is planned, where it cannot be told from the repository.
# stack "infra/prod" {
#   workspace      = "prod"
#   var_files      = ["prod.tfvars"]
#   backend_config = ["prod.s3.tfbackend"]
#   owners         = ["@acme/platform"] # without it, CODEOWNERS
#   env            = { TF_VAR_region = "eu-west-1" }
# }

# Where to read who changed what. Without a source, findings name nobody.
# audit "cloudtrail" "org" {
#   regions  = ["eu-west-1", "us-east-1"]
#   role_arn = "arn:aws:iam::111122223333:role/audit-read"
#   cache    = true # hours that will not change any more are asked once
# }
# audit "cloudtrail" "trail" {
#   bucket        = "acme-trail" # instead of the 90 days that CloudTrail keeps itself
#   bucket_region = "eu-west-1"
#   prefix        = "org"
#   verify        = true # check what CloudTrail signs
# }
# audit "athena" "org" {
#   table     = "security.cloudtrail" # over the trail's bucket
#   region    = "eu-west-1"
#   workgroup = "mooring"
#   output    = "s3://acme-athena/mooring/" # without it, as the workgroup says
#   accounts  = ["111122223333"]
#   regions   = ["eu-west-1"]
#   max_gib   = 100 # that one query may read
#   role_arn  = "arn:aws:iam::111122223333:role/audit-read"
# }
# audit "file" "export" {
#   paths = ["audit/*.json.gz"]
# }
# audit "azure" "prod" {
#   subscriptions = ["00000000-1111-2222-3333-444455556666"]
# }
# audit "gcp" "prod" {
#   projects      = ["acme-prod"]
#   folders       = ["123456789012"] # their own logs, not those of the projects in them
#   organizations = ["210987654321"]
#   views         = ["projects/acme-logs/locations/global/buckets/org/views/_AllLogs"] # where a sink gathers the logs of all projects
#   data_access   = false
#   impersonate   = "audit@acme-prod.iam.gserviceaccount.com"
# }
# audit "bigquery" "org" {
#   dataset     = "acme-logs.audit" # that a log sink writes to
#   project     = "acme-drift"      # that pays for queries; without it, the dataset's
#   data_access = false
#   max_gib     = 100 # that one query may read
#   impersonate = "audit@acme-prod.iam.gserviceaccount.com"
# }
# audit "github" "acme" {
#   organization   = "acme"
#   token_variable = "GITHUB_AUDIT_TOKEN"
# }
# audit "kubernetes" "prod" {
#   kubeconfig = "ops/kubeconfig" # without it, as kubectl finds it
#   context    = "reader"
# }

# How people are shown.
# attribution {
#   identity  = "full" # or "role", "hash", "off"
#   source_ip = false
#   lookback  = "30d"
# }

# What to do about findings of a kind. The first rule that holds decides.
# rule "autoscaling" {
#   when   = resource.type == "aws_ecs_service" && change.path == "desired_count"
#   action = "ignore" # or "issue", "pull_request", "escalate"
#   reason = "scaled by policy"
#   until  = "2027-01-01"
# }

# What is opened on GitHub.
# publish {
#   issues                 = "stack" # or "none"
#   groups                 = "dashboard" # of the groups of environments below: or "issue", one for each besides; "none"
#   pull_requests          = "stack" # or "resource", "none"
#   max_open_issues        = 20
#   max_open_pull_requests = 10
#   pull_requests_per_hour = 2
#   first_run              = "quiet" # only the dashboard; or "full"
#   labels                 = ["drift"]
#   assign                 = "owners" # or "none"
#   ask_actor              = false # also request a review from the person who made the change, when that is confirmed
#   check                  = "neutral" # neutral, failure, none: what the App's check run mooring/drift concludes on pull requests that touch a drifted stack
#   write_interval         = "1s"
# }

# Environments of one design, for "mooring compare". Found by itself where it can be.
# group "web" {
#   stacks = ["infra/dev", "infra/staging", "infra/prod"]
# }

# Who may apply the code again with "/drift revert".
# commands {
#   revert {
#     enabled = false
#     allow   = ["@acme/platform"]
#   }
# }

# Where findings, attributions and decisions are remembered.
# ledger {
#   branch = "mooring/ledger"
# }
