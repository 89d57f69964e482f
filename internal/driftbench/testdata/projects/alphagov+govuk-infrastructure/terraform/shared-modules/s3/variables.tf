variable "govuk_environment" {
  type        = string
  description = "The GOV.UK AWS Environment this bucket is being deployed into"
  nullable    = false
}

variable "name" {
  type        = string
  description = "The bucket and IAM policy name. NOTE: This must be a globally unique name for AWS S3"

  validation {
    condition     = startswith(var.name, "govuk-") || startswith(var.name, "datagovuk-")
    error_message = "The name of the bucket should follow the format 'govuk-{environment}-{purpose}' or 'datagovuk-{environment}-{purpose}'"
  }
}

variable "extra_bucket_policies" {
  type        = list(string)
  description = "Extra bucket policies to apply to this bucket. List of json policies"
  default     = []
  nullable    = false
}

variable "force_destroy" {
  type        = bool
  description = "Whether S3 bucket and all contained objects should be destroyed when the bucket is deleted"
  default     = false
  nullable    = false
}

variable "versioning_enabled" {
  type        = bool
  description = "Whether S3 bucket object versioning should be enabled"
  default     = true
  nullable    = false
}

variable "versioning_suspended" {
  type        = bool
  description = "Once S3 versioning has been enabled, whether to suspend versioning"
  default     = false
  nullable    = false

  validation {
    condition     = var.versioning_suspended == false || var.versioning_enabled == true
    error_message = "var.versioning_suspended can only be true if var.versioning_enabled is also true."
  }
}

variable "lifecycle_rules" {
  type = list(object({
    status = string
    id     = string
    abort_incomplete_multipart_upload = optional(object({
      days_after_initiation = optional(number)
    }))
    expiration = optional(object({
      date                         = optional(string)
      days                         = optional(number)
      expired_object_delete_number = optional(bool)
    }))
    filter = optional(object({
      and = optional(object({
        object_size_greater_than = optional(number)
        object_size_less_than    = optional(number)
        prefix                   = optional(string)
        tags = optional(list(object({
          key   = string
          value = string
        })))

      }))
      object_size_greater_than = optional(number)
      object_size_less_than    = optional(number)
      prefix                   = optional(string)
      tag = optional(object({
        key   = string
        value = string
      }))
    }))
    noncurrent_version_expiration = optional(object({
      noncurrent_days           = optional(number)
      newer_noncurrent_versions = optional(number)
    }))
    noncurrent_version_transition = optional(object({
      storage_class             = optional(string)
      noncurrent_days           = optional(number)
      newer_noncurrent_versions = optional(number)
    }))
    transition = optional(list(object({
      date          = optional(string)
      days          = optional(number)
      storage_class = string
    })), [])
  }))
  description = "Bucket lifecycle rules and configuration see https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/s3_bucket_lifecycle_configuration"
  default     = []
  nullable    = false
}

variable "object_lock_config" {
  type = list(object({
    rule = object({
      default_retention = object({
        mode  = string
        days  = optional(number)
        years = optional(number)
      })
    })
  }))
  description = "Bucket object lock config can help prevent Amazon S3 objects from being deleted or overwritten for a fixed amount of time or indefinitely. Object Lock uses a write-once-read-many (WORM) model to store objects."
  default     = []
  nullable    = false
}

variable "ownership_controls" {
  type = object({
    rules = optional(set(object({
      object_ownership = string
    })))
  })
  description = "Override bucket object ownership controls"
  default = {
    rules = [
      {
        object_ownership = "BucketOwnerEnforced"
      }
    ]
  }
  nullable = false
}

variable "enable_public_access_block" {
  type        = bool
  description = "Whether S3 bucket should block public access"
  default     = true
  nullable    = false
}

variable "access_logging_config" {
  type = object({
    target_bucket = optional(string)
    target_prefix = optional(string)
    target_object_key_format = optional(object({
      simple_prefix = optional(bool)
      partitioned_prefix = optional(object({
        partition_date_source = string
      }))
    }))
  })
  description = "Ship S3 access logging to another target bucket, all optional values will default to the GOV.UK standards"
  default     = {}
  nullable    = false
}

variable "tags" {
  type        = map(string)
  description = "Collection of additional tags to apply to each taggable resource"
  default     = {}
  nullable    = false
}

variable "cors_rules" {
  type = object({
    allowed_headers = optional(list(string))
    allowed_methods = optional(list(string))
    allowed_origins = optional(list(string))
    max_age_seconds = optional(number)
  })
  description = "Cross-Origin Resource Sharing rules to apply to the bucket. If null, no rules will be configured"
  nullable    = true
  default     = null
}

variable "replication_config" {
  type = object({
    role = string
    rules = optional(set(object({
      id     = string
      status = string
      destination = object({
        bucket        = string
        storage_class = string
        account       = optional(string)
        access_control_translation = optional(object({
          owner = string
        }))
      })
      filter = optional(object({
        and = optional(object({
          prefix = optional(string)
          tags   = optional(map(string))
        }))
        prefix = optional(string)
        tag = optional(object({
          key   = string,
          value = string
        }))
      }))
      delete_marker_replication = optional(object({
        status = string
      }))
    })))
  })
  description = "Replicate this bucket's content to another bucket. If null, no replication will be configured."
  nullable    = true
  default     = null
}

variable "disable_bucket_logging" {
  type        = bool
  description = "Do not configure bucket logging. This is ONLY allowed for the logging bucket itself."
  default     = false
  nullable    = false

  validation {
    condition     = var.disable_bucket_logging == false || length(regexall("^govuk-[^-]+-aws-logging", var.name)) > 0
    error_message = "You can only disable bucket logging for the logging bucket itself."
  }
}
