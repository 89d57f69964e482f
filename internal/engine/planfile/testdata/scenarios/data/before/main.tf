terraform {
  required_providers {
    local = { source = "hashicorp/local" }
  }
}

data "local_file" "list" {
  filename = "list.txt"
}
resource "terraform_data" "a" {
  input = data.local_file.list.content
}
