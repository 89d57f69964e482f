# The two commands that matter:
#   make demo   build a small world with drift in it and let Mooring find, explain and repair it
#   make test   everything that must hold before a change lands
# Both set themselves up: Go, git and make are all they expect to find.

GO    ?= go
TOOL   = $(GO) tool -modfile=tools
RACE  ?= -race

.PHONY: help demo test build docs page release-check sums sums-check reproducible engines setup lint vet workflows dockerfile unit terragrunt lab-kube bench driftbench discovery corpus golden clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## make a small world with drift in it, scan it, show the result
	@$(GO) run ./cmd/mooring demo $(ARGS)

test: setup vet lint workflows dockerfile unit ## all checks and tests

build: ## bin/mooring
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/mooring ./cmd/mooring

engines: ## build the engines and the provider that tests use, once, into the user's cache
	@$(GO) run ./internal/engine/source/build opentofu terraform provider-local provider-kubernetes kube-apiserver

setup: engines ## what the tests need on this machine
	@scripts/postgres.sh
	@scripts/etcd.sh
	@$(TOOL)/act/go.mod -n act >/dev/null # built once, so that the test of the action does not wait for it

vet:
	$(GO) vet ./...

lint: ## golangci-lint with the project's rules
	$(TOOL)/lint/go.mod golangci-lint run ./...

workflows: ## actionlint on our workflows
	$(TOOL)/actionlint/go.mod actionlint -color=false

dockerfile: ## read the Dockerfile as BuildKit does, with its checks, for each platform of a release
	@cd tools/dockerfile && $(GO) run .

unit: ## go test
	$(GO) test $(RACE) -timeout 30m ./...

terragrunt: engines ## plan units with a real Terragrunt, which `make test` does with a recorded one (builds it from source, minutes, once)
	@$(GO) run ./internal/engine/source/build terragrunt
	$(GO) test ./internal/engine -run TestTerragrunt -real-terragrunt -v -count=1

lab-kube: engines ## a real Kubernetes: people change objects, one scan names them and adopts what they did
	@scripts/etcd.sh
	$(GO) test ./internal/kubelab -v -count=1

bench: engines ## Go benchmarks and the end-to-end table (aims beside the figures)
	$(GO) run ./internal/bench
	$(GO) test ./internal/forge/github -run TestFaultMatrix -faults 20 -v -timeout 60m
	$(GO) test ./internal/bot -run TestKilled -kills 100 -v -count=1
	$(GO) test ./internal/bot -run '^$$' -bench . -benchtime 1x
	$(GO) test ./internal/drift ./internal/engine/planfile ./internal/blame ./internal/adopt ./internal/stack ./internal/forge/github -run '^$$' -bench . -benchtime 1x

driftbench: engines ## the public benchmark: adoption and attribution on real code and real logs; ARGS="-seed 7" for another seed
	$(GO) run ./cmd/driftbench $(ARGS)

discovery: ## measure stack discovery: on the repositories under MOORING_SHARED_DATA, else on the small ones that are vendored
	$(GO) test ./internal/stack -run TestMeasure -v -count=1

docs: ## write the documents and pictures that are made from code
	$(GO) test ./internal/cli -run TestGeneratedDocuments -update -count=1
	$(GO) test ./internal/action -run TestManifest -update -count=1
	scripts/licences.sh

sums: ## build the programs of a release and write SHA256SUMS; commit it, then tag
	scripts/programs.sh dist
	cd dist && sha256sum mooring_* >../SHA256SUMS

sums-check: ## the programs that this tree builds are those of SHA256SUMS
	scripts/programs.sh dist
	cd dist && sha256sum --check --strict ../SHA256SUMS

reproducible: ## build twice, in two directories, with two caches, and compare
	scripts/reproducible.sh

corpus: ## decode real records of all logs and list how many: the vendored ones, or all under MOORING_SHARED_DATA
	$(GO) test ./internal/audit/corpus -run TestCounts -v -count=1

release-check: ## goreleaser check (builds goreleaser from source, minutes, once)
	$(TOOL)/goreleaser/go.mod goreleaser check

page: ## check the HTML report in headless Chromium: accessibility, widths, filters, both colour schemes (needs node and chromium)
	cd tools/page && npm ci --no-audit --no-fund --silent
	node tools/page/check.mjs internal/report/testdata/report.html

golden: ## rewrite golden files after a wanted change; read the diff before you commit
	$(GO) test ./internal/report ./internal/engine/planfile -update

clean:
	rm -rf bin demo results
