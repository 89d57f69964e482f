// Package actiontest runs the action as its users do: the workflow that `mooring init` writes, in a sample repository, by nektos/act in host
// mode, with action.yml and scripts/action.sh as they are in this tree, a release on a loopback server, a simulated cloud and a simulated
// GitHub. It holds tests alone; start with act_test.go, then download_test.go.
//
// What is not as on GitHub: actions/checkout is act's own copy of the repository, and the two actions that pass an artifact on are local
// stand-ins that copy a file, because nothing is fetched from elsewhere.
package actiontest
