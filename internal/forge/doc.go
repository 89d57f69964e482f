// Package forge decides what to do so that a forge says what a scan found: issues, adoption pull requests, one dashboard.
//
// Start at [Plan]: from the [Publication]s that should exist, the [State] that does and the [Limits], it computes a list of [Action]s.
// It is pure; the life cycle (who closed what, what is held, what waits) is all there. [Sync] reads, plans, performs one action at a time and
// plans again until nothing is left to do. Forges are sub-packages: github (the API) and dir (plain files and local branches).
//
// What it promises:
//
//   - An object is ours when its author is us and its body carries our marker; titles and labels never identify. See [Marker].
//   - Running twice writes nothing the second time. Stopped anywhere and run again, it ends in the same state with nothing twice.
//   - What people write outside the bot's markers survives byte for byte; boxes they tick survive; branches they commit to are left alone;
//     what they close stays closed for that fingerprint.
//   - What could not be judged in this run stays as it is. What is over a limit is listed, never dropped.
//
// The rules are numbered B01 to B40 in the tests; docs/github.md lists them.
package forge
