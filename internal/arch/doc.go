// Package arch holds nothing but the test that keeps the walls of the house where docs/architecture.md draws them:
// which package may import which. Start with rules_test.go.
package arch
