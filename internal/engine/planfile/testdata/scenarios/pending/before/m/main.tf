variable "name" {}
resource "terraform_data" "in" {
  count = 1
  input = var.name
}
