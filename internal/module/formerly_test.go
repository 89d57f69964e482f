package module

import (
	"strings"
	"testing"
	"testing/fstest"
)

// TestFormerly: moved blocks of any module tell what an instance was called, step by step, with its keys.
func TestFormerly(t *testing.T) {
	fsys := fstest.MapFS{
		"main.tf": {Data: []byte(`
module "web" {
  source = "./web"
}
moved {
  from = aws_instance.a
  to   = aws_instance.b
}
moved {
  from = aws_instance.b
  to   = module.web.aws_instance.this
}
moved {
  from = module.old
  to   = module.web
}
moved {
  from = aws_sqs_queue.jobs
  to   = aws_sqs_queue.jobs["first"]
}
moved {
  from = aws_vpc.x
  to   = aws_vpc.y
}
moved {
  from = aws_vpc.y
  to   = aws_vpc.x
}
`)},
		"web/main.tf": {Data: []byte("resource \"aws_instance\" \"this\" {}\nmoved {\n  from = aws_lb.one\n  to   = aws_lb.all[\"x\"]\n}\n")},
	}
	tree, err := Load(fsys, ".", Options{})
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{
		"module.web.aws_instance.this":  "aws_instance.b module.old.aws_instance.this aws_instance.a",
		"module.web.aws_instance.other": "module.old.aws_instance.other",
		`module.web.aws_lb.all["x"]`:    `module.web.aws_lb.one module.old.aws_lb.all["x"] module.old.aws_lb.one`,
		`aws_sqs_queue.jobs["first"]`:   "aws_sqs_queue.jobs",
		`aws_sqs_queue.jobs["second"]`:  "",
		"aws_instance.bb":               "",
		"aws_vpc.x":                     "aws_vpc.y",
		"not an address":                "",
	} {
		if got := strings.Join(tree.Formerly(address), " "); got != want {
			t.Errorf("%s was %q, want %q", address, got, want)
		}
	}
}
