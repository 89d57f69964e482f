package ledger

import (
	"strings"
	"time"
)

// ocsfVersion is the version of the Open Cybersecurity Schema Framework that OCSF writes.
const ocsfVersion = "1.3.0"

// The classes of OCSF that entries become, and the activities of each.
const (
	classFinding = 2004 // Detection Finding: 1 create, 2 update, 3 close
	classScan    = 6007 // Scan Activity: 2 completed
	classAPI     = 6003 // API Activity: 1 create, 3 update

	activityCreate = 1
	activityUpdate = 2
	activityClose  = 3
	activityDone   = 2
	activityWrite  = 3
)

// The types below are the parts of an OCSF event that an entry fills.
type (
	ocsfEvent struct {
		ActivityID  int            `json:"activity_id"`
		CategoryUID int            `json:"category_uid"`
		ClassUID    int            `json:"class_uid"`
		TypeUID     int            `json:"type_uid"`
		SeverityID  int            `json:"severity_id"` // 1: informational
		Time        int64          `json:"time"`        // milliseconds
		Message     string         `json:"message,omitempty"`
		Comment     string         `json:"comment,omitempty"`
		Metadata    ocsfMetadata   `json:"metadata"`
		Finding     *ocsfFinding   `json:"finding_info,omitempty"`
		Resources   []ocsfResource `json:"resources,omitempty"`
		Evidences   []ocsfEvidence `json:"evidences,omitempty"`
		Scan        *ocsfScan      `json:"scan,omitempty"`
		Actor       *ocsfActor     `json:"actor,omitempty"`
		API         *ocsfAPI       `json:"api,omitempty"`
		Source      *ocsfEndpoint  `json:"src_endpoint,omitempty"`
		Unmapped    Entry          `json:"unmapped"`
	}
	ocsfMetadata struct {
		Version  string      `json:"version"`
		UID      string      `json:"uid"` // the entry's hash
		Sequence int         `json:"sequence"`
		Product  ocsfProduct `json:"product"`
	}
	ocsfProduct struct {
		Name   string `json:"name"`
		Vendor string `json:"vendor_name"`
	}
	ocsfFinding struct {
		UID   string   `json:"uid"`
		Title string   `json:"title"`
		Types []string `json:"types,omitempty"`
	}
	ocsfResource struct {
		Name  string `json:"name"`
		Group string `json:"group_name,omitempty"`
	}
	ocsfEvidence struct {
		Actor ocsfActor `json:"actor"`
		API   *ocsfAPI  `json:"api,omitempty"`
	}
	ocsfActor struct {
		App  string    `json:"app_name,omitempty"`
		User *ocsfUser `json:"user,omitempty"`
	}
	ocsfUser struct {
		Name string `json:"name,omitempty"`
		UID  string `json:"uid,omitempty"`
	}
	ocsfAPI struct {
		Operation string       `json:"operation"`
		Request   *ocsfRequest `json:"request,omitempty"`
	}
	ocsfRequest struct {
		UID string `json:"uid"`
	}
	ocsfScan struct {
		TypeID int    `json:"type_id"` // 2: scheduled
		Name   string `json:"name"`
		UID    string `json:"uid,omitempty"`
	}
	ocsfEndpoint struct {
		Name string `json:"name"`
	}
)

// OCSF is an entry as an event of the Open Cybersecurity Schema Framework, to be encoded as JSON, for the tools that keep such. What appeared,
// changed or went, who did it and what was decided are Detection Findings; a scan is Scan Activity; what was written to a forge or applied is
// API Activity. The entry itself is under "unmapped", so nothing is lost. ok is false for kinds that are not known.
func OCSF(e Entry) (event any, ok bool) {
	out := ocsfEvent{
		SeverityID: 1, Time: e.At.UnixNano() / int64(time.Millisecond), Unmapped: e,
		Metadata: ocsfMetadata{ocsfVersion, e.Hash, e.Seq, ocsfProduct{"Mooring", "mooringdev"}},
	}
	switch e.Kind {
	case KindFirstSeen, KindChanged, KindResolved, KindAttribution, KindDecision:
		out.ClassUID, out.ActivityID = classFinding, activityUpdate
		switch e.Kind {
		case KindFirstSeen:
			out.ActivityID = activityCreate
		case KindResolved:
			out.ActivityID = activityClose
		default:
		}
		out.Finding, out.Resources = findingOf(e), []ocsfResource{{e.Address, e.Stack}}
		if e.Address == "" {
			out.Resources = []ocsfResource{{Name: e.Stack}}
		}
		if a := e.Attribution; a != nil {
			out.Message, out.Evidences = a.Verdict+": "+strings.Join(a.Paths, ", "), evidences(a)
		}
		if d := e.Decision; d != nil {
			out.Message, out.Comment = d.Action+" by "+d.By, d.Reason
		}
	case KindScan:
		out.ClassUID, out.ActivityID, out.Scan = classScan, activityDone, &ocsfScan{TypeID: 2, Name: "drift"}
		if e.Scan != nil {
			out.Scan.UID = e.Scan.Commit
		}
	case KindPublication, KindApply:
		out.ClassUID, out.ActivityID = classAPI, activityWrite
		out.Actor, out.Source = &ocsfActor{App: "mooring"}, &ocsfEndpoint{"mooring"}
		out.API = &ocsfAPI{Operation: string(e.Kind)}
		if p := e.Publication; p != nil {
			out.Message, out.API.Request = p.Action, &ocsfRequest{p.Key}
		}
		if a := e.Apply; a != nil {
			out.Actor = &ocsfActor{User: &ocsfUser{UID: a.Principal}}
		}
		out.Resources = []ocsfResource{{Name: e.Stack}}
	default:
		return nil, false
	}
	out.CategoryUID, out.TypeUID = out.ClassUID/1000, out.ClassUID*100+out.ActivityID
	return out, true
}

func findingOf(e Entry) *ocsfFinding {
	f := &ocsfFinding{UID: e.Finding, Title: e.Stack}
	if e.Finding == "" {
		f.UID = e.Stack // a decision about a whole stack
	}
	if e.Address != "" {
		f.Title = "Drift of " + e.Address + " in " + e.Stack
	}
	if e.Difference != nil {
		f.Types = []string{e.Difference.Kind}
	}
	return f
}

func evidences(a *Attribution) []ocsfEvidence {
	who := ocsfActor{User: &ocsfUser{a.Actor, a.Principal}}
	if len(a.Events) == 0 {
		return []ocsfEvidence{{Actor: who}}
	}
	out := make([]ocsfEvidence, 0, len(a.Events))
	for _, e := range a.Events {
		out = append(out, ocsfEvidence{who, &ocsfAPI{e.Operation, &ocsfRequest{e.ID}}})
	}
	return out
}
