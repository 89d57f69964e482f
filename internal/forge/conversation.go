package forge

import (
	"strings"
	"time"
)

// A Comment is a comment as the forge has it now.
type Comment struct {
	ID      int64
	Number  int // of the issue or pull request that it is on
	Body    string
	Author  Person
	Created time.Time
	Edited  time.Time // last; equal to Created when it never was
}

// A Person is an account.
type Person struct {
	ID    int64
	Login string
	Bot   bool
}

// A Thread is an issue or pull request on which somebody speaks to Mooring.
type Thread struct {
	Number int
	Ours   bool   // opened by us, with a marker
	Kind   Kind   // when it is ours
	Marker Marker // when it is ours
	Body   string
	Open   bool
	Pull   bool
	Fork   bool // the head of the pull request is in another repository, or gone
	Public bool // everybody can read the repository
}

// working is the second line of an answer that is not complete yet.
const working = "<!-- mooring-working -->"

// Answer is the body of a comment of ours about a topic. What text holds of markers loses its life.
func Answer(topic, text string, done bool) string {
	head := NoteMarker(topic) + "\n"
	if !done {
		head += working + "\n"
	}
	return head + Fit(strings.TrimSpace(neutralise(text)), botBody-len(head))
}

// Answered tells whether a comment of ours about a topic is complete.
func Answered(comment, topic string) bool {
	return HasTopic(comment, topic) && !strings.HasPrefix(comment, NoteMarker(topic)+"\n"+working)
}
