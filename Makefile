# What one can do with this repository. It needs Go and make; `make tools` builds everything else into bin/.
# Every module is built and tested alone, as a user of only that module would: GOWORK=off, from its own folder.

MODULES  := $(patsubst %/go.mod,%,$(filter-out tools/go.mod,$(wildcard */go.mod)))
COMMANDS := $(filter-out proving-ground/%,$(wildcard */cmd/*))
BINARIES := $(addprefix bin/,$(notdir $(COMMANDS)))
TOOLS    := $(addprefix bin/,buf golangci-lint govulncheck grpcurl grpc_health_probe protoc-gen-go protoc-gen-go-grpc \
              protoc-gen-grpc-gateway protoc-gen-openapiv2)
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo development)
GOBUILD  := GOWORK=off go build -trimpath -buildvcs=false
TESTFLAGS ?=

.DEFAULT_GOAL := help
.PHONY: help run build test bench lint format proto proto-check tools vuln clean up down logs reset test-compose FORCE

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: build ## build, start the whole fleet, print where everything is; Ctrl-C stops it
	@exec bin/fleet up

build: $(BINARIES) ## build the daemons and the fleet command into bin/

# The proving ground tests what lies outside its own folder, where go's cache of test results does not look: -count=1.
# Domain and data packages and commands in a terminal start no goroutine (the rules of the house see to it) and compute a
# lot: -race would find nothing there.
PURE := /internal/domain/|/internal/data/|/internal/presentation/cli
test: ## test every module; flags for go test in TESTFLAGS, e.g. make test TESTFLAGS='-race -short'
	@failed=; for module in $(MODULES); do \
	  echo "# $$module"; \
	  count= rest=./... pure=; \
	  if [ $$module = proving-ground ]; then count=-count=1; fi; \
	  if [ -n "$(findstring -race,$(TESTFLAGS))" ]; then \
	    pure=$$(cd $$module && GOWORK=off go list ./... | grep -E "$(PURE)"); fi; \
	  if [ -n "$$pure" ]; then \
	    rest=$$(cd $$module && GOWORK=off go list ./... | grep -v -E "$(PURE)"); \
	    (cd $$module && GOWORK=off go test $(filter-out -race,$(TESTFLAGS)) $$pure) || failed="$$failed $$module(pure)"; \
	  fi; \
	  (cd $$module && GOWORK=off go test $$count $(TESTFLAGS) $$rest) || failed="$$failed $$module"; \
	done; \
	if [ -n "$$failed" ]; then echo "tests failed in:$$failed" >&2; exit 1; fi

bench: build ## measure against the yardsticks, print the table, keep it in docs/benchmarks.md
	@cd proving-ground && GOWORK=off go run ./cmd/bench

lint: bin/.tools ## golangci-lint in every module, buf lint for the contract
	@cd protobuf-schemas && ../bin/buf lint
	@failed=; for module in $(MODULES); do \
	  (cd $$module && GOWORK=off ../bin/golangci-lint run --config ../.golangci.yml ./...) || failed="$$failed $$module"; \
	done; \
	if [ -n "$$failed" ]; then echo "lint found faults in:$$failed" >&2; exit 1; fi

format: bin/.tools ## format the Go code of every module as make lint wants it
	@for module in $(MODULES); do (cd $$module && GOWORK=off ../bin/golangci-lint fmt --config ../.golangci.yml); done

proto: bin/.tools ## generate stubs, gateways and OpenAPI documents anew
	@cd protobuf-schemas && ../bin/buf generate

proto-check: bin/.tools ## fail when what is committed under gen/ is not what the .proto files generate
	@generated=$$(mktemp -d) && trap 'rm -rf "$$generated"' EXIT && cd protobuf-schemas && \
	../bin/buf generate --output "$$generated" && \
	if ! diff -r gen "$$generated/gen"; then echo "gen/ is stale: run make proto and commit it" >&2; exit 1; fi

tools: bin/.tools ## build the pinned tools of tools/ into bin/

vuln: bin/.tools ## look for known vulnerabilities in what the modules call (needs the network)
	@for module in $(MODULES); do echo "# $$module"; (cd $$module && GOWORK=off ../bin/govulncheck ./...) || exit 1; done

# Docker's own compose, or the older program of its own.
COMPOSE = $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)

up: ## the fleet in containers: build the images, start them, wait until each has started
	$(COMPOSE) up --build --detach

down: ## stop the containers; what the daemons have stored stays
	$(COMPOSE) down --remove-orphans

logs: ## follow the logs of the containers
	$(COMPOSE) logs --follow --tail=50

reset: ## stop the containers and forget what the daemons have stored
	$(COMPOSE) down --remove-orphans --volumes

test-compose: bin/.tools ## bring the fleet up in containers, kill and cut off daemons, take it all down; needs a Docker engine
	@if ! docker info >/dev/null 2>&1; then echo "skipped: no Docker engine answers"; \
	elif ! { docker compose version || docker-compose version; } >/dev/null 2>&1; then echo "skipped: there is neither docker compose nor docker-compose"; \
	else deploy/stand-ins && cd proving-ground && COMPOSE_TEST=1 GOWORK=off go test -count=1 -v -timeout 40m ./compose; fi

clean: ## remove bin/ and what the last fleet left in .fleet/
	rm -rf bin .fleet

# A binary is built again when a file of its module, or of one that every daemon stands on, is newer.
define binary
bin/$(notdir $(1)): $(shell find $(firstword $(subst /, ,$(1))) protobuf-schemas service-kit-go config \
    -type f ! -name '*_test.go' ! -name '*.md')
	@echo "build $$@"
	@cd $(firstword $(subst /, ,$(1))) && \
	  $(GOBUILD) -ldflags '-s -w -X github.com/trading-ecosystem/service-kit-go/settings.Version=$(VERSION)' -o ../$$@ ./cmd/$(notdir $(1)) && touch ../$$@
endef
$(foreach command,$(COMMANDS),$(eval $(call binary,$(command))))

# One build for all tools shares what they have in common; a tool that is missing forces it.
bin/.tools: tools/go.mod tools/go.sum $(if $(filter-out $(wildcard $(TOOLS)),$(TOOLS)),FORCE)
	@mkdir -p bin
	@echo "build the tools: the first time takes a few minutes"
	@cd tools && $(GOBUILD) -ldflags '-s -w' -o ../bin/ tool
	@mv bin/grpc-health-probe bin/grpc_health_probe
	@touch $@
