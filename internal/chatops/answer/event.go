package answer

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/mooringdev/mooring/internal/chatops"
	"github.com/mooringdev/mooring/internal/forge"
)

// An Event is what the forge told: somebody commented, or edited an issue. All of it but the ids and who caused it is read again from the forge.
type Event struct {
	Origin  chatops.Origin
	Comment int64        // id; 0 for a box
	Number  int          // of the issue; 0 when only the comment is known
	Sender  forge.Person // who caused the event
	Author  forge.Person // who wrote the comment; zero when the event does not say
	Body    string       // of the comment as it was told; "" when the event does not say
	Before  string       // the body of the issue before the edit
}

// ReadEvent reads an event of GitHub Actions: the name in GITHUB_EVENT_NAME and the file that GITHUB_EVENT_PATH names. ok is false for one that
// holds no command, of whatever kind. workflow_dispatch and repository_dispatch hand over the id of a comment, as "comment".
func ReadEvent(name string, payload []byte) (e Event, ok bool, err error) {
	var p struct {
		Action  string
		Sender  account
		Comment *struct {
			ID   int64
			Body string
			User account
		}
		Issue   *struct{ Number int }
		Changes struct {
			Body *struct{ From string }
		}
		Inputs map[string]any
		Client map[string]any `json:"client_payload"`
	}
	if err := json.Unmarshal(payload, &p); err != nil {
		return Event{}, false, fmt.Errorf("read the event %s: %w", name, err)
	}
	e.Sender = p.Sender.person()
	switch name {
	case "issue_comment":
		if p.Comment == nil || p.Issue == nil {
			return Event{}, false, nil
		}
		e.Origin = map[string]chatops.Origin{"created": chatops.OriginCreated, "edited": chatops.OriginEdited, "deleted": chatops.OriginDeleted}[p.Action]
		e.Comment, e.Number, e.Author, e.Body = p.Comment.ID, p.Issue.Number, p.Comment.User.person(), p.Comment.Body
		return e, true, nil
	case "issues":
		if p.Action != "edited" || p.Issue == nil || p.Changes.Body == nil {
			return Event{}, false, nil
		}
		e.Origin, e.Number, e.Before = chatops.OriginBox, p.Issue.Number, p.Changes.Body.From
		return e, true, nil
	case "workflow_dispatch", "repository_dispatch":
		inputs := p.Inputs
		if name == "repository_dispatch" {
			inputs = p.Client
		}
		id, err := commentID(inputs["comment"])
		if err != nil {
			return Event{}, false, fmt.Errorf("read the event %s: %w", name, err)
		}
		e.Origin, e.Comment = chatops.OriginCreated, id
		return e, id != 0, nil
	}
	return Event{}, false, nil
}

func commentID(v any) (int64, error) {
	switch v := v.(type) {
	case nil:
		return 0, nil
	case float64:
		return int64(v), nil
	case string:
		id, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
		if err != nil || id <= 0 {
			return 0, fmt.Errorf("comment is %q, want the id of a comment", v)
		}
		return id, nil
	}
	return 0, fmt.Errorf("comment is %v, want the id of a comment", v)
}

type account struct {
	ID    int64
	Login string
	Type  string
}

func (a account) person() forge.Person {
	return forge.Person{ID: a.ID, Login: a.Login, Bot: a.Type == "Bot"}
}
