// Package bot is Mooring as a GitHub App: a server that hears webhooks and audit events, has the repository's own workflow do the work, and tells
// people by check runs, comments and one page for the organisation.
//
// Start at [New] and [Server.Run]. A webhook goes webhook.go (whose is it) -> notice.go (what is in it) -> the queue of package store -> work.go
// (retries) -> one of command.go, repository.go, pulls.go, runs.go. events.go hears what clouds push, schedule.go does what only one replica may,
// overview.go and login.go are the page, setup.go registers the App.
//
// What it promises:
//
//   - It holds no cloud credentials, runs no engine, starts no process and writes no code: what takes any of that is dispatched to the workflow.
//   - Nothing is believed of a webhook but where to look: text, author, place and role are asked of GitHub when a command is admitted, and again by
//     the workflow when it is carried out.
//   - A delivery that was answered with 202 is not lost, whatever happens to the process. What it leads to happens once: runs are told by their
//     title, answers by their topic, check runs by their name.
//   - It sends requests to the addresses of its settings and to nothing that a message names.
//   - Secrets are in no log, answer, metric or database.
package bot
