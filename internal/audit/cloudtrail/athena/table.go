package athena

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/athena"
)

// A table is what the data catalogue says of ours.
type table struct {
	columns []string // as they are asked for
	day     string   // partition key of the day of a file
	layout  string   // of its values
	account string   // partition keys; "" for none
	region  string
}

// plainColumns are asked for as they are, where the table has them; nested ones as JSON.
var (
	plainColumns = []string{
		"eventversion", "eventtime", "eventsource", "eventname", "awsregion", "sourceipaddress", "useragent", "errorcode", "errormessage", "requestparameters",
		"responseelements", "requestid", "eventid", "readonly", "eventtype", "recipientaccountid", "sharedeventid", "sessioncredentialfromconsole",
	}
	nestedColumns = []string{"useridentity", "resources"}
	neededColumns = []string{"eventtime", "eventname", "eventsource", "readonly", "useridentity"}
)

// Names that people give to partition keys. AWS's own samples call the day timestamp.
var (
	dayKeys     = []string{"day", "date", "dt", "timestamp", "event_date", "eventdate"}
	accountKeys = []string{"account", "accountid", "account_id", "aws_account_id"}
	regionKeys  = []string{"region", "aws_region", "regionname"}
)

var plainName = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

// table asks the data catalogue. A table that is not partitioned by day is refused: every question would read, and cost, all of it.
func (s *source) table(ctx context.Context) (table, error) {
	got, err := s.client.GetTableMetadata(ctx, &sdk.GetTableMetadataInput{CatalogName: &s.Catalog, DatabaseName: &s.Database, TableName: &s.Table})
	if err != nil {
		return table{}, err
	}
	t := table{layout: "2006/01/02"}
	if got.TableMetadata == nil {
		return t, fmt.Errorf("the data catalogue says nothing of it")
	}
	var columns []string
	for _, c := range got.TableMetadata.Columns {
		columns = append(columns, strings.ToLower(text(c.Name)))
	}
	for _, want := range neededColumns {
		if !slices.Contains(columns, want) {
			return t, fmt.Errorf("it has no column %s: is it a table of CloudTrail logs, made as the documentation shows?", want)
		}
	}
	for _, c := range plainColumns {
		if slices.Contains(columns, c) {
			t.columns = append(t.columns, c)
		}
	}
	for _, c := range nestedColumns {
		if slices.Contains(columns, c) {
			t.columns = append(t.columns, "json_format(CAST("+c+" AS JSON)) AS "+c)
		}
	}
	for _, key := range got.TableMetadata.PartitionKeys {
		k := strings.ToLower(text(key.Name))
		switch {
		case !plainName.MatchString(k):
		case slices.Contains(dayKeys, k):
			t.day = `"` + k + `"`
			if format := got.TableMetadata.Parameters["projection."+k+".format"]; format == "yyyy-MM-dd" {
				t.layout = "2006-01-02"
			} else if format != "" && format != "yyyy/MM/dd" {
				return t, fmt.Errorf("its partition key %s is written as %s; yyyy/MM/dd and yyyy-MM-dd are understood", k, short(format))
			}
		case slices.Contains(accountKeys, k):
			t.account = `"` + k + `"`
		case slices.Contains(regionKeys, k):
			t.region = `"` + k + `"`
		}
	}
	if t.day == "" {
		return t, fmt.Errorf("it is not partitioned by day (one key called %s), so every query would read all of it; make the table that the documentation shows", dayKeys[0])
	}
	return t, nil
}
