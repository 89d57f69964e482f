package config

import "github.com/hashicorp/hcl/v2"

// Audit is one source of audit records. Settings is one of the types below.
type Audit struct {
	Log      string // cloudtrail, file, ...
	Name     string
	Settings any
	Range    hcl.Range
}

// auditLogs are the kinds of log that an audit block can name. To add one, write its settings below and an entry here.
var auditLogs = map[string]func() any{
	"athena":     func() any { return &Athena{} },
	"azure":      func() any { return &Azure{} },
	"bigquery":   func() any { return &BigQuery{} },
	"cloudtrail": func() any { return &CloudTrail{} },
	"file":       func() any { return &AuditFile{} },
	"gcp":        func() any { return &GCP{} },
	"github":     func() any { return &GitHub{} },
	"kubernetes": func() any { return &Kubernetes{} },
}

// CloudTrail is AWS's log, asked by API or read from the bucket of a trail.
type CloudTrail struct {
	Regions      []string `hcl:"regions,optional" doc:"regions to ask; without it, those of the findings, and us-east-1 for global services"`
	RoleARN      string   `hcl:"role_arn,optional" kind:"role" doc:"role to assume for reading"`
	Bucket       string   `hcl:"bucket,optional" doc:"bucket of a trail, to be read instead of the 90 days that CloudTrail keeps itself"`
	BucketRegion string   `hcl:"bucket_region,optional" doc:"region of the bucket; without it, AWS_REGION"`
	Prefix       string   `hcl:"prefix,optional" doc:"prefix of the trail, before AWSLogs/"`
	Verify       bool     `hcl:"verify,optional" default:"false" doc:"check the digests that CloudTrail signs; a file that was changed afterwards is not used"`
	Cache        bool     `hcl:"cache,optional" default:"true" doc:"keep hours of the event history that will not change any more, so that the next scan asks for what is new alone"`
}

func (c *CloudTrail) check() (summary, detail string) {
	if c.Bucket == "" && (c.Prefix != "" || c.Verify || c.BucketRegion != "") {
		return "Settings of a bucket without one", "prefix, verify and bucket_region say how a bucket is read. Add bucket = \"...\", or take them out."
	}
	return "", ""
}

// Athena is a trail in a bucket, asked where it lies.
type Athena struct {
	Table     string   `hcl:"table" kind:"table" doc:"table over the trail's bucket, as database.table"`
	Region    string   `hcl:"region,optional" doc:"region of the table; without it, AWS_REGION"`
	Workgroup string   `hcl:"workgroup,optional" default:"\"primary\"" doc:"workgroup that queries run in"`
	Output    string   `hcl:"output,optional" kind:"s3" doc:"where results are kept, s3://bucket/prefix; without it, as the workgroup says"`
	Accounts  []string `hcl:"accounts,optional" kind:"accountid" doc:"accounts to ask for; without it, all that the table has"`
	Regions   []string `hcl:"regions,optional" doc:"regions to ask for; without it, those of the findings, and us-east-1 for global services"`
	MaxGiB    int      `hcl:"max_gib,optional" default:"100" kind:"count" doc:"GiB that one query may read before it is stopped; 0 for no limit"`
	RoleARN   string   `hcl:"role_arn,optional" kind:"role" doc:"role to assume for reading"`
}

// GCP is Google Cloud's audit logs, asked of Cloud Logging.
type GCP struct {
	Projects      []string `hcl:"projects,optional" kind:"project" doc:"ids of the projects to ask"`
	Folders       []string `hcl:"folders,optional" kind:"number" doc:"numbers of folders whose own log is asked; the projects in them are not"`
	Organizations []string `hcl:"organizations,optional" kind:"number" doc:"numbers of organisations whose own log is asked; the projects in them are not"`
	Views         []string `hcl:"views,optional" kind:"view" doc:"views of log buckets, as those that an aggregated sink fills with the logs of an organisation"`
	DataAccess    bool     `hcl:"data_access,optional" default:"false" doc:"read Data Access logs, too: what services such as BigQuery and Cloud Storage log when that is turned on"`
	Impersonate   string   `hcl:"impersonate,optional" kind:"account" doc:"service account to act as for reading"`
}

// Parents are all that is asked, as the API names it.
func (g *GCP) Parents() []string {
	var out []string
	for _, list := range []struct {
		prefix string
		ids    []string
	}{{"projects/", g.Projects}, {"folders/", g.Folders}, {"organizations/", g.Organizations}, {"", g.Views}} {
		for _, id := range list.ids {
			out = append(out, list.prefix+id)
		}
	}
	return out
}

func (g *GCP) check() (summary, detail string) {
	if len(g.Parents()) == 0 {
		return "Nothing to ask", "Name at least one of projects, folders, organizations and views."
	}
	return "", ""
}

// BigQuery is Google Cloud's audit logs as a sink writes them to BigQuery.
type BigQuery struct {
	Dataset     string `hcl:"dataset" kind:"dataset" doc:"dataset that the sink writes to, or one that is linked to a log bucket, as project.dataset"`
	Project     string `hcl:"project,optional" kind:"project" doc:"project whose quota and budget queries use; without it, the dataset's"`
	DataAccess  bool   `hcl:"data_access,optional" default:"false" doc:"read Data Access logs, too"`
	MaxGiB      int    `hcl:"max_gib,optional" default:"100" kind:"count" doc:"GiB that one query may read; more is refused before it costs anything; 0 for no limit"`
	Impersonate string `hcl:"impersonate,optional" kind:"account" doc:"service account to act as for reading"`
}

// Azure is Resource Graph's change history and the Activity Log.
type Azure struct {
	Subscriptions []string `hcl:"subscriptions" kind:"guid" doc:"ids of the subscriptions to ask"`
}

// GitHub is an organisation's audit log, by API.
type GitHub struct {
	Organization  string `hcl:"organization" kind:"login" doc:"organisation to ask; it must be on GitHub Enterprise Cloud"`
	TokenVariable string `hcl:"token_variable,optional" default:"\"GITHUB_AUDIT_TOKEN\"" kind:"env" doc:"environment variable that holds the token"`
}

// AuditFile is exported logs on this machine.
type AuditFile struct {
	Paths []string `hcl:"paths" kind:"glob" doc:"files of audit records, in any supported format, gzipped or not"`
}

// Kubernetes is what a cluster's objects say of themselves.
type Kubernetes struct {
	Kubeconfig string `hcl:"kubeconfig,optional" kind:"path" doc:"kubeconfig file, relative to the repository; without it KUBECONFIG, ~/.kube/config, or the cluster that Mooring runs in"`
	Context    string `hcl:"context,optional" doc:"context of the kubeconfig; without it, its current one"`
}
