terraform {
  required_providers {
    kubernetes = {
      source  = "hashicorp/kubernetes"
      version = "1.13.4"
    }
  }
  backend "local" {}
}

# The cluster and the credentials come from the environment: KUBE_HOST, KUBE_TOKEN, ...
provider "kubernetes" {}

variable "replicas" {
  type    = number
  default = 2
}

variable "password" {
  type      = string
  default   = "correct horse"
  sensitive = true
}

resource "kubernetes_namespace" "shop" {
  metadata {
    name = "shop"
    labels = {
      tier = "web"
    }
  }
}

resource "kubernetes_config_map" "settings" {
  metadata {
    name      = "settings"
    namespace = kubernetes_namespace.shop.metadata[0].name
  }
  data = {
    mode  = "green" # the colour that customers see
    level = "info"
  }
}

resource "kubernetes_config_map" "limits" {
  metadata {
    name      = "limits"
    namespace = kubernetes_namespace.shop.metadata[0].name
  }
  data = {
    cpu    = "1"
    memory = "2Gi"
    disk   = "10Gi"
  }
}

resource "kubernetes_config_map" "doomed" {
  metadata {
    name      = "doomed"
    namespace = kubernetes_namespace.shop.metadata[0].name
  }
  data = {
    state = "here"
  }
}

resource "kubernetes_config_map" "reborn" {
  metadata {
    name      = "reborn"
    namespace = kubernetes_namespace.shop.metadata[0].name
  }
  data = {
    life = "first"
  }
}

resource "kubernetes_config_map" "synced" {
  metadata {
    name      = "synced"
    namespace = kubernetes_namespace.shop.metadata[0].name
  }
  data = {
    revision = "1"
  }
}

resource "kubernetes_config_map" "quiet" {
  metadata {
    name      = "quiet"
    namespace = kubernetes_namespace.shop.metadata[0].name
  }
  data = {
    hush = "yes"
  }
}

resource "kubernetes_secret" "db" {
  metadata {
    name      = "db"
    namespace = kubernetes_namespace.shop.metadata[0].name
  }
  data = {
    password = var.password
  }
}

resource "kubernetes_deployment" "api" {
  wait_for_rollout = false
  metadata {
    name      = "api"
    namespace = kubernetes_namespace.shop.metadata[0].name
  }
  spec {
    replicas = var.replicas
    selector {
      match_labels = {
        app = "api"
      }
    }
    template {
      metadata {
        labels = {
          app = "api"
        }
      }
      spec {
        container {
          name  = "api"
          image = "registry.example/api:1.0"
          env {
            name  = "LOG_LEVEL"
            value = "info"
          }
        }
      }
    }
  }
}

resource "kubernetes_service" "api" {
  metadata {
    name      = "api"
    namespace = kubernetes_namespace.shop.metadata[0].name
  }
  spec {
    selector = {
      app = "api"
    }
    port {
      port        = 80
      target_port = 8080
    }
  }
}

resource "kubernetes_role_binding" "viewers" {
  metadata {
    name      = "viewers"
    namespace = kubernetes_namespace.shop.metadata[0].name
  }
  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "ClusterRole"
    name      = "view"
  }
  subject {
    api_group = "rbac.authorization.k8s.io"
    kind      = "User"
    name      = "carol@example.com"
  }
}
