package trail

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/mooringdev/mooring/internal/audit"
)

// CloudTrail writes records as a CloudTrail log file, {"Records":[...]}. Records of other providers are left out. The order is kept.
func CloudTrail(records []Record) ([]byte, error) {
	out := []any{}
	for _, r := range records {
		if r.Provider == "aws" {
			out = append(out, cloudTrailRecord(r))
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(map[string]any{"Records": out}); err != nil {
		return nil, fmt.Errorf("cloudtrail: %w", err)
	}
	return b.Bytes(), nil
}

func cloudTrailRecord(r Record) map[string]any {
	region := r.Region
	if r.Call.Region != "" {
		region = r.Call.Region
	}
	m := map[string]any{
		"eventVersion": "1.11", "userIdentity": userIdentity(r), "eventTime": r.Time.UTC().Format(time.RFC3339), "eventSource": r.Service, "eventName": r.Operation,
		"awsRegion": region, "sourceIPAddress": r.Actor.IP, "userAgent": userAgent(r), "requestParameters": orNil(r.Request), "responseElements": r.Response,
		"requestID": uuid(digest("request" + r.ID)), "eventID": r.ID, "readOnly": r.Read, "eventType": "AwsApiCall", "managementEvent": true,
		"recipientAccountId": r.Account, "eventCategory": "Management",
	}
	if r.Error != "" {
		m["errorCode"], m["errorMessage"], m["responseElements"] = r.Error, refusal(r), nil
		if r.Error == "AccessDenied" { // a call that was not allowed is logged without what it asked for
			m["requestParameters"] = nil
		}
	}
	if len(r.Resources) > 0 {
		var list []any
		for _, res := range r.Resources {
			list = append(list, map[string]any{"accountId": r.Account, "type": res.Type, "ARN": res.ARN})
		}
		m["resources"] = list
	}
	if r.Service == "s3.amazonaws.com" {
		m["additionalEventData"] = map[string]any{"SignatureVersion": "SigV4", "CipherSuite": "TLS_AES_128_GCM_SHA256", "bytesTransferredIn": 0, "AuthenticationMethod": "AuthHeader", "bytesTransferredOut": 0}
	}
	switch {
	case r.Via == audit.ViaConsole:
		m["sessionCredentialFromConsole"] = "true"
	case r.Actor.Type != audit.ActorService:
		m["tlsDetails"] = map[string]any{"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256",
			"clientProvidedHostHeader": strings.TrimSuffix(r.Service, ".amazonaws.com") + "." + region + ".amazonaws.com"}
	}
	return m
}

func orNil(request map[string]any) any {
	if request == nil {
		return nil
	}
	return request
}

func refusal(r Record) string {
	if r.Error == "AccessDenied" || strings.HasSuffix(r.Error, "UnauthorizedOperation") {
		return fmt.Sprintf("User: %s is not authorized to perform: %s:%s because no identity-based policy allows the %[2]s:%[3]s action",
			principalARN(r), strings.TrimSuffix(r.Service, ".amazonaws.com"), r.Operation)
	}
	return "Rate exceeded"
}

func principalARN(r Record) string {
	if r.Actor.Role == "" {
		return "arn:aws:iam::" + r.Account + ":user/" + r.Actor.Name
	}
	return "arn:aws:sts::" + r.Account + ":assumed-role/" + r.Actor.Role + "/" + r.Actor.Session
}

// rolePath is where a role of its sort lives.
func rolePath(a Actor) string {
	switch {
	case strings.HasPrefix(a.Role, "AWSReservedSSO_"):
		return "aws-reserved/sso.amazonaws.com/eu-west-1/"
	case strings.HasPrefix(a.Role, "AWSServiceRoleFor"):
		return "aws-service-role/" + a.Host + "/"
	}
	return ""
}

func userIdentity(r Record) map[string]any {
	a := r.Actor
	if a.Role == "" {
		return map[string]any{
			"type": "IAMUser", "principalId": "AIDA" + letters("user"+a.Name+r.Account, 17), "arn": principalARN(r), "accountId": r.Account,
			"accessKeyId": "AKIA" + letters("key"+a.Name+r.Account, 16), "userName": a.Name,
		}
	}
	role := "AROA" + letters("role"+a.Role+r.Account, 17)
	// A session lasts an hour: calls of one hour share its credentials.
	opened := r.Time.UTC().Truncate(time.Hour)
	session := map[string]any{
		"sessionIssuer": map[string]any{"type": "Role", "principalId": role, "arn": "arn:aws:iam::" + r.Account + ":role/" + rolePath(a) + a.Role, "accountId": r.Account, "userName": a.Role},
		"attributes":    map[string]any{"creationDate": opened.Format(time.RFC3339), "mfaAuthenticated": "false"},
	}
	if a.Type == audit.ActorMachine {
		session["webIdFederationData"] = map[string]any{"federatedProvider": "arn:aws:iam::" + r.Account + ":oidc-provider/token.actions.githubusercontent.com", "attributes": map[string]any{}}
	}
	id := map[string]any{
		"type": "AssumedRole", "principalId": role + ":" + a.Session, "arn": principalARN(r), "accountId": r.Account,
		"accessKeyId": "ASIA" + letters("session"+a.Role+a.Session+opened.String(), 16), "sessionContext": session,
	}
	if a.Host != "" {
		id["invokedBy"] = a.Host
		delete(id, "accessKeyId")
	}
	return id
}

// userAgent is what the client of each way sends. S3 writes it in brackets.
func userAgent(r Record) string {
	var agent string
	command := strings.TrimSuffix(r.Service, ".amazonaws.com") + "." + kebab(r.Operation)
	switch r.Via {
	case audit.ViaConsole:
		agent = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
		if r.Service == "iam.amazonaws.com" {
			agent = "AWS Internal"
		}
	case audit.ViaCLI:
		agent = "aws-cli/2.31.3 md/awscrt#0.27.6 ua/2.1 os/macos#25.0.0 md/arch#arm64 lang/python#3.13.7 md/pyimpl#CPython m/b,E,n,Z cfg/retry-mode#standard md/installer#exe md/prompt#off md/command#" + command
	case audit.ViaTerraform:
		version := r.Engine
		if version == "" {
			version = "1.12.6"
		}
		agent = "APN/1.0 HashiCorp/1.0 Terraform/" + version + " (+https://www.terraform.io) terraform-provider-aws/6.47.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.41.9 ua/2.1 os/linux lang/go#1.26.3 md/GOOS#linux md/GOARCH#amd64 api/" + command
	case audit.ViaSDK:
		agent = "Boto3/1.40.40 md/Botocore#1.40.40 ua/2.1 os/linux#6.8.0-1040-aws md/arch#x86_64 lang/python#3.12.11 md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.40.40"
	default:
		agent = r.Actor.Host
	}
	if r.Service == "s3.amazonaws.com" {
		return "[" + agent + "]"
	}
	return agent
}

// kebab is an operation as the command line spells it.
func kebab(operation string) string {
	var b strings.Builder
	for i, c := range operation {
		if unicode.IsUpper(c) && i > 0 && !unicode.IsUpper(rune(operation[i-1])) {
			b.WriteByte('-')
		}
		b.WriteString(strings.ToLower(string(c)))
	}
	return b.String()
}
