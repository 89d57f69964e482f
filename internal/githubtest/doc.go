// Package githubtest is a GitHub for tests: stateful, on a local HTTP server, with a real git repository behind it.
//
// Start at [New]. Point a client at [Server.URL] (it suits GITHUB_API_URL) with one of the tokens of [Server.Token]; act as a person with the
// methods of humans.go (close an issue, push a commit, tick a box); look at the outcome with [Server.Issue], [Server.Pull] and [Server.Dump].
//
// What it promises:
//
//   - Every REST request and response is checked against GitHub's own OpenAPI description; a deviation fails the test.
//   - It refuses as GitHub does: 401 and 403 without the permission, 404, 409, 410 with issues off, 422 for long bodies, a second pull request
//     for one branch, a moved ref; labels are dropped without push right; lists are paginated and rate limits count.
//   - Time only passes when the test says so ([Server.Advance]).
//   - [Server.Hook] sends signed webhooks for what people and programs do, in order, each payload checked against the same description;
//     [Server.Settle] waits until they are delivered.
//   - It knows the App itself: [Server.AppKey] signs its proofs, tokens of its installation end after an hour or when it is removed.
//   - [Server.Inject] makes any request fail, before or after it took effect.
package githubtest
