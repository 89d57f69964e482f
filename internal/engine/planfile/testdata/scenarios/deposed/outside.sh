# The replacement is created, destroying the old one fails, and so it stays behind as a deposed object.
cat > main.tf <<'T'
resource "terraform_data" "a" {
  triggers_replace = "one"
  lifecycle {
    create_before_destroy = true
  }
  provisioner "local-exec" {
    when    = destroy
    command = "exit 1"
  }
}
T
sed -i 's/"one"/"two"/' main.tf
"$1" apply -input=false -auto-approve > /dev/null 2>&1 || true
