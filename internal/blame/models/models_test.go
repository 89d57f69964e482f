package models_test

import (
	"slices"
	"testing"

	"github.com/mooringdev/mooring/internal/blame/models"
)

func TestMembers(t *testing.T) {
	for _, c := range []struct{ service, operation, member string }{
		{"ec2", "ModifyInstanceAttribute", "InstanceType"},
		{"lambda", "UpdateFunctionConfiguration", "MemorySize"},
		{"rds", "ModifyDBInstance", "BackupRetentionPeriod"},
		{"ecr", "PutImageTagMutability", "imageTagMutability"},
	} {
		got, ok := models.Members(c.service, c.operation)
		if !ok || !slices.Contains(got, c.member) {
			t.Errorf("%s %s: got %v, want %s among them", c.service, c.operation, got, c.member)
		}
	}
	if _, ok := models.Members("ec2", "DescribeInstances"); ok {
		t.Error("reads are not in the table")
	}
	if _, ok := models.Members("ec2", "NoSuchOperation"); ok {
		t.Error("an unknown operation was found")
	}
}
