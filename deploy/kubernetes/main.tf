# What Mooring's scans may do in a cluster: read everything but the contents of secrets, with the managed fields that tell who owns what.
# Stacks that manage secrets need the last rule: turn it on with read_secrets.
terraform {
  required_version = ">= 1.5"
  required_providers {
    kubernetes = {
      source  = "hashicorp/kubernetes"
      version = ">= 1.13, < 3.0"
    }
  }
}

variable "namespace" {
  type        = string
  default     = "mooring"
  description = "Namespace of the service account."
}

variable "groups" {
  type        = list(string)
  default     = ["", "apps", "batch", "autoscaling", "networking.k8s.io", "policy", "rbac.authorization.k8s.io", "storage.k8s.io"]
  description = "API groups to read. Add those of your own resources."
}

variable "read_secrets" {
  type        = bool
  default     = false
  description = "Whether secrets may be read: only when a stack manages some."
}

locals {
  core = ["configmaps", "endpoints", "limitranges", "namespaces", "nodes", "persistentvolumeclaims", "persistentvolumes", "pods", "replicationcontrollers", "resourcequotas", "serviceaccounts", "services"]
}

resource "kubernetes_service_account" "scan" {
  metadata {
    name      = "mooring-read"
    namespace = var.namespace
  }
}

resource "kubernetes_cluster_role" "read" {
  metadata {
    name = "mooring-read"
  }
  dynamic "rule" {
    for_each = var.groups
    content {
      api_groups = [rule.value]
      resources  = rule.value == "" ? local.core : ["*"]
      verbs      = ["get", "list"]
    }
  }
  dynamic "rule" {
    for_each = var.read_secrets ? [1] : []
    content {
      api_groups = [""]
      resources  = ["secrets"]
      verbs      = ["get", "list"]
    }
  }
}

resource "kubernetes_cluster_role_binding" "read" {
  metadata {
    name = "mooring-read"
  }
  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "ClusterRole"
    name      = kubernetes_cluster_role.read.metadata[0].name
  }
  subject {
    kind      = "ServiceAccount"
    name      = kubernetes_service_account.scan.metadata[0].name
    namespace = var.namespace
  }
}

output "service_account" {
  value       = "${var.namespace}/${kubernetes_service_account.scan.metadata[0].name}"
  description = "The account whose token a scan uses."
}
