# A service account that Mooring's scan job uses through workload identity federation: it may read the project and its audit logs.
terraform {
  required_version = ">= 1.5"
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 5.0"
    }
  }
}

variable "project" {
  type        = string
  description = "Project id."
}

variable "repository" {
  type        = string
  description = "owner/name of the repository that scans."
  validation {
    condition     = can(regex("^[\\w.-]+/[\\w.-]+$", var.repository))
    error_message = "Write owner/name, without wildcards."
  }
}

variable "branch" {
  type        = string
  default     = "main"
  description = "Branch whose workflows may sign in."
}

resource "google_iam_workload_identity_pool" "github" {
  project                   = var.project
  workload_identity_pool_id = "drift-github"
  display_name              = "GitHub Actions that look for drift"
}

resource "google_iam_workload_identity_pool_provider" "github" {
  project                            = var.project
  workload_identity_pool_id          = google_iam_workload_identity_pool.github.workload_identity_pool_id
  workload_identity_pool_provider_id = "github"
  attribute_condition                = "assertion.repository == '${var.repository}' && assertion.ref == 'refs/heads/${var.branch}'"
  attribute_mapping = {
    "google.subject"       = "assertion.sub"
    "attribute.repository" = "assertion.repository"
  }
  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

resource "google_service_account" "scan" {
  project      = var.project
  account_id   = "drift-read"
  display_name = "Read-only scans for drift by Mooring"
}

resource "google_service_account_iam_member" "github" {
  service_account_id = google_service_account.scan.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.github.name}/attribute.repository/${var.repository}"
}

resource "google_project_iam_member" "read" {
  for_each = toset(["roles/viewer", "roles/iam.securityReviewer", "roles/logging.privateLogViewer"])
  project  = var.project
  role     = each.value
  member   = "serviceAccount:${google_service_account.scan.email}"
}

output "provider" {
  value       = google_iam_workload_identity_pool_provider.github.name
  description = "For gcp-provider of the workflow."
}

output "service_account" {
  value       = google_service_account.scan.email
  description = "For gcp-service-account of the workflow."
}
