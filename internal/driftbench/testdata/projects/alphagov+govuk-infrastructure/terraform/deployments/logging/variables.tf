variable "aws_region" {
  type        = string
  description = "AWS region"
  default     = "eu-west-1"
}

variable "aws_region_global" {
  type        = string
  description = "AWS region"
  default     = "us-east-1"
}

variable "traffic_type" {
  type        = string
  description = "The traffic type to capture. Allows ACCEPT, ALL or REJECT"
  default     = "REJECT"
}

variable "cyber_slunk_s3_bucket_name" {
  type        = string
  description = "Bucket to store logs for ingestion by Splunk"
  default     = "central-pipeline-logging-prod-non-cw"
}

variable "cyber_slunk_aws_account_id" {
  type        = string
  description = "Account ID which holds the Splunk log bucket"
  default     = "885513274347"
}

variable "create_google_logging" {
  type        = bool
  description = "Create GCP logging storage bucket."
  default     = true
  nullable    = false
}

variable "create_vpc_flow_logs" {
  type        = bool
  description = "Create VPC flowlog logging"
  default     = true
  nullable    = false
}
