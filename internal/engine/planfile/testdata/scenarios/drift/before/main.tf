resource "terraform_data" "a" {
  input = { name = "web", tags = { team = "x", env = "prod" } }
}
resource "terraform_data" "b" {
  count = 2
  input = "b${count.index}"
}
