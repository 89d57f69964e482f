resource "terraform_data" "a" {
  input = "a"
}
import {
  to = terraform_data.b
  id = "imported"
}
resource "terraform_data" "b" {
  input = "b"
}
