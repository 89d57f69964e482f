package audit

import "time"

// An Event is one normalised audit record. Fields follow OCSF API Activity (class 6003), so that Security Lake and SIEM exports are inputs too.
type Event struct {
	ID          string    // metadata.uid; unique in its source
	Correlation string    // metadata.correlation_uid: operation or request id shared by the records of one call
	Source      string    // the log: cloudtrail, gcp, azure, kube, github, ocsf
	Time        time.Time // UTC; completion of the call where the log tells; zero when the record has none: such an event proves nothing
	Service     string    // api.service.name, e.g. ec2.amazonaws.com
	Operation   string    // api.operation, as the log writes it
	Activity    Activity
	Status      Status
	Error       string // code of a failed call
	DryRun      bool
	Witness     bool // what the object itself remembers of a write, not the call: how it was made and when at the latest, never who made it
	Actor       Actor
	Via         Via
	UserAgent   string // as sent by the client: not to be trusted
	SourceIP    string
	Provider    string // aws, gcp, azure, kubernetes, github
	Account     string // account, project or subscription
	Region      string
	Resources   []Resource
	Request     any // JSON tree with json.Number; nil when the log has none
	Response    any
	Changes     []AttributeChange // before and after, where the log has them
	Truncated   bool              // the log cut or left out parts of request or response
	Verified    bool              // the record comes from a log whose signature was checked
	Link        string            // where a person can see the record; "" when there is no such place
	File        string            // where it was read, for messages: file name or API
	Offset      int64             // byte offset of the record in that file, decompressed
}

// Activity is OCSF's activity_id of the class.
type Activity int

// The activities.
const (
	ActivityUnknown Activity = 0
	ActivityCreate  Activity = 1
	ActivityRead    Activity = 2
	ActivityUpdate  Activity = 3
	ActivityDelete  Activity = 4
	ActivityOther   Activity = 99
)

// Status is OCSF's status_id.
type Status int

// The statuses.
const (
	StatusUnknown Status = 0
	StatusSuccess Status = 1
	StatusFailure Status = 2
)

// Actor is who called.
type Actor struct {
	Name      string    // the person or thing, resolved as far as this record alone allows
	Type      ActorType // of Name
	Principal string    // ARN, subject or account that the log names: always kept beside Name
	Issuer    string    // role or identity provider behind a session
	Session   string    // session name
	AccessKey string    // id of the credential, to join a session with the call that opened it
	InvokedBy string    // service on whose behalf the call was made
	SourceID  string    // sourceIdentity or onBehalfOf
}

// ActorType says what an actor is.
type ActorType string

// The actor types. The empty one is unknown: never shown as a person.
const (
	ActorHuman   ActorType = "human"
	ActorRole    ActorType = "role"    // a role session that no person could be read from
	ActorMachine ActorType = "machine" // pipeline, instance profile, service account
	ActorService ActorType = "service" // a service of the cloud itself
)

// Via says how a call was made.
type Via string

// The ways.
const (
	ViaUnknown   Via = ""
	ViaConsole   Via = "console"
	ViaCLI       Via = "cli"
	ViaSDK       Via = "sdk"
	ViaTerraform Via = "terraform"
	ViaService   Via = "service"
	ViaKubectl   Via = "kubectl"
)

// Resource is what a record names as touched.
type Resource struct{ Type, ID, Name, Account, Region string }

// AttributeChange is a before and after value in the log's own words.
type AttributeChange struct {
	Path          string
	Before, After any
}
