terraform {
  required_providers {
    local = { source = "hashicorp/local" }
  }
}

resource "local_file" "a" {
  filename = "a.txt"
  content  = "hello"
}
