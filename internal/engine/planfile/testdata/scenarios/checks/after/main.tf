terraform {
  required_providers {
    local = { source = "hashicorp/local" }
  }
}

resource "terraform_data" "a" {
  input = "a"
  lifecycle {
    postcondition {
      condition     = self.input == "a"
      error_message = "not a"
    }
  }
}
check "c" {
  assert {
    condition     = terraform_data.a.output == "b"
    error_message = "not b"
  }
}
check "unknown" {
  assert {
    condition     = terraform_data.a.output == "a"
    error_message = "not a"
  }
}
