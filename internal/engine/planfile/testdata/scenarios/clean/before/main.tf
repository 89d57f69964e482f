terraform {
  required_providers {
    local = { source = "hashicorp/local" }
  }
}

resource "local_file" "a" {
  filename = "a.txt"
  content  = "hello"
}
resource "terraform_data" "b" {
  input = { name = "b", size = 1.50, big = 12345678901234567890123, list = ["a", 2, null, true] }
}
output "b" {
  value = terraform_data.b.output
}
