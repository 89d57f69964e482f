locals {
  bors_rust_lang_org = "bors.rust-lang.org"
}
