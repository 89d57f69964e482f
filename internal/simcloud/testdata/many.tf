terraform {
  required_providers {
    aws        = { source = "hashicorp/aws" }
    google     = { source = "hashicorp/google" }
    azurerm    = { source = "hashicorp/azurerm" }
    kubernetes = { source = "hashicorp/kubernetes" }
    github     = { source = "integrations/github" }
  }
}

provider "google" {
  project = "acme-prod"
  region  = "europe-west1"
}

provider "azurerm" {
  features {}
}

resource "aws_sqs_queue" "jobs" {
  name = "jobs"
}

resource "google_storage_bucket" "exports" {
  name     = "acme-exports"
  location = "EU"

  labels = {
    team = "data"
  }
}

resource "google_compute_firewall" "web" {
  name    = "web"
  network = "default"

  allow {
    protocol = "tcp"
    ports    = ["443"]
  }

  source_ranges = ["10.0.0.0/8"]
}

resource "google_project_iam_member" "reader" {
  project = "acme-prod"
  role    = "roles/viewer"
  member  = "user:dana@example.com"
}

resource "azurerm_resource_group" "main" {
  name     = "main"
  location = "westeurope"
}

resource "azurerm_storage_account" "logs" {
  name                     = "acmelogs"
  resource_group_name      = azurerm_resource_group.main.name
  location                 = azurerm_resource_group.main.location
  account_tier             = "Standard"
  account_replication_type = "LRS"
}

resource "azurerm_network_security_group" "web" {
  name                = "web"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location

  security_rule {
    name                       = "https"
    priority                   = 100
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "Tcp"
    source_port_range          = "*"
    destination_port_range     = "443"
    source_address_prefix      = "*"
    destination_address_prefix = "*"
  }
}

resource "kubernetes_config_map" "settings" {
  metadata {
    name      = "settings"
    namespace = "web"
  }

  data = {
    mode = "blue"
  }
}

resource "github_repository" "site" {
  name        = "site"
  description = "The site"
}
