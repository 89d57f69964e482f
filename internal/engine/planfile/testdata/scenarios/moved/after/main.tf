resource "terraform_data" "new" {
  input = "m"
}
moved {
  from = terraform_data.old
  to   = terraform_data.new
}
resource "terraform_data" "list" {
  count = 1
  input = count.index
}
resource "terraform_data" "trigger" {
  input = "two"
}
resource "terraform_data" "triggered" {
  input = "t"
  lifecycle {
    replace_triggered_by = [terraform_data.trigger]
  }
}
