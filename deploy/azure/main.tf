# A managed identity that Mooring's scan job uses through a federated credential: it may read the subscription, its Activity Log and Resource Graph.
terraform {
  required_version = ">= 1.5"
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = ">= 4.0"
    }
  }
}

variable "subscription_id" {
  type        = string
  description = "Id of the subscription."
}

variable "resource_group_name" {
  type        = string
  description = "Resource group for the identity."
}

variable "location" {
  type        = string
  description = "Region of the identity."
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

resource "azurerm_user_assigned_identity" "scan" {
  name                = "drift-read"
  resource_group_name = var.resource_group_name
  location            = var.location
}

resource "azurerm_federated_identity_credential" "github" {
  name                = "github-${replace(var.repository, "/", "-")}"
  resource_group_name = var.resource_group_name
  parent_id           = azurerm_user_assigned_identity.scan.id
  audience            = ["api://AzureADTokenExchange"]
  issuer              = "https://token.actions.githubusercontent.com"
  subject             = "repo:${var.repository}:ref:refs/heads/${var.branch}"
}

# Reader covers the Activity Log and Resource Graph too.
resource "azurerm_role_assignment" "read" {
  scope                = "/subscriptions/${var.subscription_id}"
  role_definition_name = "Reader"
  principal_id         = azurerm_user_assigned_identity.scan.principal_id
}

output "client_id" {
  value       = azurerm_user_assigned_identity.scan.client_id
  description = "For azure-client of the workflow."
}
