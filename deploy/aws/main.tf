# A role that Mooring's scan job assumes through GitHub's OIDC provider: it may read the account's resources and CloudTrail's event history, and
# nothing else. Only the named branch of the named repository can assume it, so a pull request from a fork cannot.
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "repository" {
  type        = string
  description = "owner/name of the repository that scans."
  validation {
    condition     = can(regex("^[\\w.-]+/[\\w.-]+$", var.repository))
    error_message = "Write owner/name, without wildcards: a wildcard would let other repositories in."
  }
}

variable "branch" {
  type        = string
  default     = "main"
  description = "Branch whose workflows may assume the role."
}

variable "name" {
  type        = string
  default     = "drift-read"
  description = "Name of the role."
}

variable "oidc_provider_arn" {
  type        = string
  default     = ""
  description = "ARN of an OIDC provider for GitHub that exists; one is made when it is empty."
}

variable "state_bucket_arn" {
  type        = string
  default     = ""
  description = "ARN of the bucket that holds the states; ReadOnlyAccess covers it unless its policy says otherwise."
}

resource "aws_iam_openid_connect_provider" "github" {
  count          = var.oidc_provider_arn == "" ? 1 : 0
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

locals {
  provider = var.oidc_provider_arn == "" ? one(aws_iam_openid_connect_provider.github[*].arn) : var.oidc_provider_arn
}

resource "aws_iam_role" "scan" {
  name                 = var.name
  description          = "Read-only scans for drift by Mooring"
  max_session_duration = 3600
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = local.provider }
      Condition = {
        StringEquals = {
          "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
          "token.actions.githubusercontent.com:sub" = "repo:${var.repository}:ref:refs/heads/${var.branch}"
        }
      }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "read" {
  role       = aws_iam_role.scan.name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}

resource "aws_iam_role_policy" "trail" {
  name = "cloudtrail-lookup"
  role = aws_iam_role.scan.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{ Effect = "Allow", Action = ["cloudtrail:LookupEvents"], Resource = ["*"] }],
      # What ReadOnlyAccess grants and a scan never needs: the contents of secrets and of customers' objects.
      [{ Effect = "Deny", Action = ["secretsmanager:GetSecretValue", "dynamodb:Scan", "dynamodb:Query", "sqs:ReceiveMessage", "kinesis:GetRecords"], Resource = ["*"] }],
      var.state_bucket_arn == "" ? [] : [{ Effect = "Allow", Action = ["s3:GetObject", "s3:ListBucket"], Resource = [var.state_bucket_arn, "${var.state_bucket_arn}/*"] }],
    )
  })
}

output "role_arn" {
  value       = aws_iam_role.scan.arn
  description = "For aws-role of the workflow."
}
