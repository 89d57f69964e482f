// Package version holds the version of this build. The file VERSION at the root says the same for the action; a test keeps them equal.
package version

// Version is the semantic version, with the suffix -dev between releases.
const Version = "0.1.0-dev"
