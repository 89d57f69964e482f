resource "terraform_data" "old" {
  input = "m"
}
resource "terraform_data" "list" {
  count = 2
  input = count.index
}
resource "terraform_data" "gone" {
  input = "g"
}
resource "terraform_data" "trigger" {
  input = "one"
}
resource "terraform_data" "triggered" {
  input = "t"
  lifecycle {
    replace_triggered_by = [terraform_data.trigger]
  }
}
