// Package audit is the model of what audit logs say: an [Event] is one record in the terms of OCSF API Activity (class 6003), a [Source] is a place
// where events can be asked for, and [Collect] reads several sources into one stream.
//
// Start with event.go. The sub-packages hold one log each (cloudtrail, gcp, azure, kube, github, ocsf) and turn its records into events; package
// file reads exported logs of all of them and tells them apart by their content.
//
// Promised: a decoder never panics on a record, whatever its shape; a record that cannot be used is an *[Unreadable], never silence; text in an
// event is as the log wrote it and must be treated as hostile.
package audit
