resource "terraform_data" "a" {
  input = "a"
  provisioner "local-exec" {
    command = "exit 1"
  }
}
