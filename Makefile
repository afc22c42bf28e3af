# make help describes every target.

GO        ?= go
VERSION   ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
FUZZTIME  ?= 5s
FUZZ_API_CALLS ?= 1000000
PACKAGES  ?= ./...
ARGS      ?=

export CGO_ENABLED ?= 0

# The linter is built from tools/go.mod, again whenever its version there
# changes.
linter_version    := $(shell awk '$$1 == "github.com/golangci/golangci-lint/v2" { print $$2 }' tools/go.mod)
gotestsum_version := $(shell awk '$$1 == "gotest.tools/gotestsum" && NF > 1 { print $$2 }' tools/go.mod)
linter            := .tools/golangci-lint-$(linter_version)
gotestsum         := .tools/gotestsum-$(gotestsum_version)
govulncheck_version := $(shell awk '$$1 == "golang.org/x/vuln" { print $$2 }' tools/go.mod)
govulncheck       := .tools/govulncheck-$(govulncheck_version)
assets            := internal/httpapi/swagger/dist/.lock

.DEFAULT_GOAL := help
.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "Variables: FUZZTIME=$(FUZZTIME) for each fuzz target, PACKAGES=$(PACKAGES) for test-go and test-race,"
	@echo "ARGS= for demo and bench, as in: make demo ARGS='--listen :9000'"

## To use it

.PHONY: build demo
build: $(assets) ## build bin/tributary, one static binary
	$(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/tributary ./cmd/tributary

demo: build ## build, then serve a generated programme with a year of trades
	bin/tributary demo $(ARGS)

## To check it

.PHONY: test test-go test-race fault-disk lint vet fuzz fuzz-api drift page typescript bench bench-schema
test: ## everything CI checks; installs and starts the PostgreSQL it needs
	+@scripts/steps.sh build vet lint test-go fuzz drift page typescript

test-go: $(assets) $(gotestsum) ## every Go test, the stores on SQLite and PostgreSQL
	scripts/python.sh
	scripts/postgres.sh run -- $(gotestsum) --format standard-quiet -- -count=1 -timeout 15m $(PACKAGES)

test-race: $(assets) ## the same under the race detector; needs a C compiler
	CGO_ENABLED=1 scripts/postgres.sh run -- $(GO) test -race -count=1 -timeout 30m $(PACKAGES)

fault-disk: $(assets) ## fail each write of a payout run on SQLite, one at a time; test-go fails each eighth
	TRIBUTARY_TEST_DISK_STRIDE=1 $(GO) test -count=1 -timeout 30m -v -run 'TestDiskFaults|TestClicksOnAFailingDisk' ./internal/rebate ./internal/click

lint: $(assets) $(linter) ## golangci-lint with formatting, the OpenAPI document's rules, and a tidy go.mod
	$(linter) run ./...
	scripts/openapi.sh lint
	$(GO) mod tidy -diff
	$(GO) mod verify

vet: $(assets) ## go vet
	$(GO) vet ./...

fuzz: $(assets) ## every fuzz target for FUZZTIME
	scripts/fuzz.sh $(FUZZTIME)

fuzz-api: $(assets) ## call the API FUZZ_API_CALLS times with random, mostly invalid values; FUZZ_API_SEED repeats a run
	FUZZ_API_CALLS=$(FUZZ_API_CALLS) FUZZ_API_PATIENCE=2s $(GO) test -count=1 -timeout 2h -run '^TestFuzzAPI$$' -v ./cmd/tributary

drift: $(assets) ## fail if make generate would change a file
	scripts/drift.sh

page: build ## use the API's page in a browser, and compare its CPU time with the 3.1 document's
	scripts/openapi.sh page
	scripts/openapi.sh measure --runs 3 --check

typescript: build ## compile the TypeScript client made from the OpenAPI document, and read a report with it
	scripts/typescript.sh

bench-schema: build ## the CPU time that the API's page takes in a browser
	scripts/openapi.sh measure $(ARGS)

bench: $(assets) ## the numbers of the README, on a PostgreSQL that commits durably
	scripts/postgres.sh run --durable -- $(GO) run ./bench $(ARGS)

## To work on it

.PHONY: vulncheck
vulncheck: $(assets) $(govulncheck) ## known vulnerabilities that the program reaches; asks vuln.go.dev, so make test leaves it out
	$(govulncheck) ./...

.PHONY: generate format postgres assets tools clean
generate: $(assets) ## regenerate every generated file
	$(GO) generate ./...

format: $(linter) ## format every Go file as lint wants it
	$(linter) fmt ./...

postgres: ## start a throwaway PostgreSQL for development; scripts/postgres.sh stop ends it
	@scripts/postgres.sh start

assets: $(assets) ## fetch the parts of the API's documentation page from npm
$(assets): scripts/swagger-ui.sh $(wildcard internal/httpapi/swagger/package*.json)
	scripts/swagger-ui.sh
	@touch $@

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

clean: ## delete everything that was built or fetched
	@[ ! -f .tools/postgres.dir ] || scripts/postgres.sh stop
	rm -rf bin .tools $(dir $(assets))*.gz $(assets)
