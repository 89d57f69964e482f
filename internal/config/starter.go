package config

import _ "embed"

//go:embed starter.hcl
var starter []byte

//go:embed starter.yml
var starterWorkflow []byte

// Starter is a .mooring.hcl to begin with: every setting, commented out, with its default or an example. It loads to the defaults.
func Starter() []byte { return starter }

// StarterWorkflow is a GitHub workflow to begin with. One job holds cloud credentials and no write token, the other a write token and no
// cloud credentials.
func StarterWorkflow() []byte { return starterWorkflow }
