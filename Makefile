# make help describes every target.

GO        ?= go
VERSION   ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
FUZZTIME  ?= 5s
FUZZ_API_CALLS ?= 1000000
PACKAGES  ?= ./...
ARGS      ?=

export CGO_ENABLED ?= 0

# The file names of these tools contain their versions in tools/go.mod. If a version
# changes, make builds the tool again.
linter_version    := $(shell awk '$$1 == "github.com/golangci/golangci-lint/v2" { print $$2 }' tools/go.mod)
gotestsum_version := $(shell awk '$$1 == "gotest.tools/gotestsum" && NF > 1 { print $$2 }' tools/go.mod)
linter            := .tools/golangci-lint-$(linter_version)
gotestsum         := .tools/gotestsum-$(gotestsum_version)
govulncheck_version := $(shell awk '$$1 == "golang.org/x/vuln" { print $$2 }' tools/go.mod)
govulncheck       := .tools/govulncheck-$(govulncheck_version)
assets            := internal/httpapi/swagger/dist/.lock
ui                := internal/web/dist/.lock

.DEFAULT_GOAL := help
.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "Variables: FUZZTIME=$(FUZZTIME) for each fuzz target, PACKAGES=$(PACKAGES) for test-go and test-race,"
	@echo "ARGS= for demo and bench, as in: make demo ARGS='--listen :9000'"

## Use the server

.PHONY: build demo
build: $(assets) $(ui) ## build bin/tributary, one static binary with the page in it
	$(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/tributary ./cmd/tributary

demo: build ## build the server, then serve a generated programme with a year of orders
	bin/tributary demo $(ARGS)

## Check the code

.PHONY: test test-go test-race fault-disk lint vet fuzz fuzz-api drift page ui test-page typescript bench bench-page bench-schema
test: ## run everything that CI checks; installs and starts PostgreSQL
	+@scripts/steps.sh build vet lint test-go fuzz drift page ui typescript

test-go: $(assets) $(gotestsum) ## run all Go tests, with the stores on SQLite and PostgreSQL
	scripts/python.sh
	scripts/postgres.sh run -- $(gotestsum) --format standard-quiet -- -count=1 -timeout 15m $(PACKAGES)

test-race: $(assets) ## run all Go tests with the race detector; needs a C compiler
	CGO_ENABLED=1 scripts/postgres.sh run -- $(GO) test -race -count=1 -timeout 30m $(PACKAGES)

fault-disk: $(assets) ## repeat a payout run on SQLite and make a different write fail each time; test-go does this for every eighth write
	TRIBUTARY_TEST_DISK_STRIDE=1 $(GO) test -count=1 -timeout 30m -v -run 'TestDiskFaults|TestClicksOnAFailingDisk' ./internal/rebate ./internal/click

lint: $(assets) $(linter) ## check code, formatting, the OpenAPI document and go.mod
	$(linter) run ./...
	scripts/openapi.sh lint
	$(GO) mod tidy -diff
	$(GO) mod verify

vet: $(assets) ## run go vet
	$(GO) vet ./...

fuzz: $(assets) ## run every fuzz target for FUZZTIME
	scripts/fuzz.sh $(FUZZTIME)

fuzz-api: $(assets) ## send FUZZ_API_CALLS random, mostly invalid requests to the API; FUZZ_API_SEED repeats a run
	FUZZ_API_CALLS=$(FUZZ_API_CALLS) FUZZ_API_PATIENCE=2s $(GO) test -count=1 -timeout 2h -run '^TestFuzzAPI$$' -v ./cmd/tributary

drift: $(assets) ## fail if make generate would change a file
	scripts/drift.sh

page: build ## test the API's page in a browser, and compare its CPU time with the page of the OpenAPI 3.1 document
	scripts/openapi.sh page
	scripts/openapi.sh measure --runs 3 --check

ui: build ## test the page for partners: types, units and sizes, then its main paths in a browser, with axe
	scripts/ui.sh check
	scripts/ui.sh test

test-page: build ## test the page for partners in both themes and two widths, with pictures in ui/pictures
	scripts/ui.sh check
	scripts/ui.sh test --full

typescript: build ## generate and compile the TypeScript client, and read a report with it
	scripts/typescript.sh

bench-schema: build ## measure the CPU time that the API's page needs in a browser
	scripts/openapi.sh measure $(ARGS)

bench-page: build ## measure the page for partners on a slow device, and its table with 1,000,000 rows, beside the budgets
	scripts/ui.sh bench

bench: $(assets) ## measure the figures in the README; PostgreSQL commits durably
	scripts/postgres.sh run --durable -- $(GO) run ./bench $(ARGS)

## Work on the code

.PHONY: vulncheck
vulncheck: $(assets) $(govulncheck) ## find known vulnerabilities that the server reaches; not part of make test, because it uses vuln.go.dev
	$(govulncheck) ./...

.PHONY: generate format postgres assets tools clean
generate: $(assets) ## regenerate every generated file
	$(GO) generate ./...

format: $(linter) ## format every Go file as make lint requires
	$(linter) fmt ./...

postgres: ## start a temporary PostgreSQL for development; scripts/postgres.sh stop deletes it
	@scripts/postgres.sh start

assets: $(assets) ## fetch the parts of the API's documentation page from npm
$(assets): scripts/swagger-ui.sh $(wildcard internal/httpapi/swagger/package*.json)
	scripts/swagger-ui.sh
	@touch $@

# scripts/ui.sh compares checksums of the sources, so it is asked each time.
$(ui): FORCE
	scripts/ui.sh build
FORCE:

tools: $(linter) $(gotestsum) ## build the tools of tools/go.mod into .tools
$(linter): tools/go.mod
	GOFLAGS= $(GO) -C tools build -trimpath -buildvcs=false -o ../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@touch $@
$(govulncheck): tools/go.mod
	GOFLAGS= $(GO) -C tools build -trimpath -buildvcs=false -o ../$@ golang.org/x/vuln/cmd/govulncheck
	@touch $@

$(gotestsum): tools/go.mod
	GOFLAGS= $(GO) -C tools build -trimpath -buildvcs=false -o ../$@ gotest.tools/gotestsum
	@touch $@

clean: ## delete all files that were built or fetched
	@[ ! -f .tools/postgres.dir ] || scripts/postgres.sh stop
	rm -rf bin .tools $(dir $(assets))*.gz $(assets) $(dir $(ui))assets $(dir $(ui))index.html* $(ui) ui/dist ui/node_modules ui/pictures
