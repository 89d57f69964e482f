package driftbench

import (
	"testing"
	"testing/fstest"
)

const rootCode = `
variable "name" { default = "web" }
variable "token" { sensitive = true }
locals {
  tags  = { team = "core", owner = data.aws_caller_identity.me.account_id }
  sizes = { a = { size = "small" }, b = { size = aws_x.other.size } }
}
data "aws_caller_identity" "me" {}
data "aws_iam_policy_document" "own" {
  statement { actions = ["s3:GetObject"] }
}
data "aws_iam_policy_document" "foreign" {
  source_policy_documents = [data.aws_other.x.json]
}
resource "aws_x" "other" { size = "big" }
resource "aws_x" "main" {
  for_each    = local.sizes
  literal     = "x"
  variable    = var.name
  outside     = var.token
  local_text  = local.tags.team
  local_data  = local.tags.owner
  template    = "${var.name}-x"
  mixed       = "${aws_x.other.size}-x"
  loop        = each.value.size
  key         = each.key
  merged      = merge(local.tags, { team = "infra" })
  hashed      = sha256("x")
  document    = data.aws_iam_policy_document.own.json
  documents   = data.aws_iam_policy_document.foreign.json
  output      = module.child.text
  from_output = module.child.other
  remote      = module.remote.x
  compared    = var.name == "web"
}
module "child" {
  source = "./child"
  text   = "hello"
}
module "remote" { source = "./driftbench_modules/remote" }
`

const childCode = `
variable "text" {}
variable "unset" { default = "d" }
resource "aws_x" "in" {
  given     = var.text
  defaulted = var.unset
}
output "text" { value = var.text }
output "other" { value = aws_x.in.id }
`

// TestOrigin holds the rule of what counts as adoptable.
func TestOrigin(t *testing.T) {
	folders, err := readFolders(fstest.MapFS{
		"main.tf": {Data: []byte(rootCode)}, "child/main.tf": {Data: []byte(childCode)}, "driftbench_modules/remote/main.tf": {Data: []byte(`output "x" { value = "y" }`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{folders: folders}
	s := &Stack{Path: ".", Env: map[string]string{"TF_VAR_token": "t"}}
	root := instance{typ: "aws_x", name: "main", key: "a"}
	inside := instance{typ: "aws_x", name: "in", modules: []call{{name: "child"}}}
	for _, c := range []struct {
		in        instance
		attribute string
		path      []string
		want      string
	}{
		{root, "literal", nil, ""},
		{root, "variable", nil, ""},
		{root, "outside", nil, "environment"},
		{root, "local_text", nil, ""},
		{root, "local_data", nil, "data source"},
		{root, "template", nil, ""},
		{root, "mixed", nil, "resource"},
		{root, "loop", nil, ""},
		{instance{typ: "aws_x", name: "main", key: "b"}, "loop", nil, "resource"},
		{root, "key", nil, "instance key"},
		{root, "merged", []string{"team"}, ""},
		{root, "merged", []string{"owner"}, "data source"},
		{root, "hashed", nil, "function sha256"},
		{root, "document", nil, ""},
		{root, "documents", nil, "policy document made of others"},
		{root, "output", nil, ""},
		{root, "from_output", nil, "resource"},
		{root, "remote", nil, "module kept elsewhere"},
		{root, "compared", nil, "operator"},
		{inside, "given", nil, ""},
		{inside, "defaulted", nil, ""},
	} {
		p := l.placeOf(s, c.in)
		b := p.folder.resources[c.in.typ+"."+c.in.name]
		if got := p.at(b, c.in.key).source(b.Body.Attributes[c.attribute].Expr, c.path, 0); got != c.want {
			t.Errorf("%s %v of %s: %q, want %q", c.attribute, c.path, c.in.name, got, c.want)
		}
	}
	if got := l.placeOf(s, root).readers("aws_x", "other", "size"); got != "read by another locals" && got != "read by another resource" {
		t.Errorf("a resource that is read: %q", got)
	}
	if got := l.placeOf(s, root).readers("aws_x", "main", "literal"); got != "" {
		t.Errorf("a resource that nothing reads: %q", got)
	}
}
