terraform {
  required_providers {
    local = { source = "hashicorp/local" }
  }
}

resource "local_file" "a" {
  filename = "a.txt"
  content  = "hello"
}
resource "local_file" "each" {
  for_each = toset(["x", "y\"q$${z}"])
  filename = "each-${md5(each.key)}.txt"
  content  = each.key
}
resource "terraform_data" "depends" {
  triggers_replace = [local_file.a.id]
  input            = local_file.a.id
}
data "local_file" "read" {
  filename   = "a.txt"
  depends_on = [local_file.a]
}
output "id" {
  value = local_file.a.id
}
