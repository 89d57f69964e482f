terraform {
  required_providers {
    local = { source = "hashicorp/local" }
  }
}

variable "name" {
  default = "one"
}
resource "local_file" "a" {
  filename = "a.txt"
  content  = "hello ${var.name}"
}
resource "terraform_data" "b" {
  input = { name = var.name, keep = true }
}
resource "terraform_data" "c" {
  input = terraform_data.b.output
}
module "m" {
  for_each = toset(["k.1"])
  source   = "./m"
  name     = var.name
}
output "name" {
  value = var.name
}
