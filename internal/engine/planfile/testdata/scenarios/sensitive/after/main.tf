terraform {
  required_providers {
    local = { source = "hashicorp/local" }
  }
}

variable "secret" {
  default   = "hunter3"
  sensitive = true
}
resource "local_file" "a" {
  filename          = "a.txt"
  sensitive_content = var.secret
}
resource "terraform_data" "b" {
  input = { user = "app", password = var.secret, list = ["plain", var.secret] }
}
output "secret" {
  value     = var.secret
  sensitive = true
}
