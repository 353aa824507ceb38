// Package compose brings up the fleet in containers by the compose file that users get, and does to it what happens to fleets. It needs a
// Docker engine with the base images; make test-compose sees to them.
package compose_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/proving-ground/internal/checkout"
)

const (
	patience      = 3 * time.Minute  // for anything that containers take time for
	buildPatience = 25 * time.Minute // for compiling everything from nothing
	poll          = 250 * time.Millisecond
)

// project is one fleet in containers, on ports of its own.
type project struct {
	root, name string
	compose    []string // the command that this machine has: docker compose or docker-compose
	ports      map[string]string
}

// newProject skips the test where there is no engine or nobody asked for one. The fleet is gone when the test ends.
func newProject(t *testing.T) project {
	t.Helper()
	if os.Getenv("COMPOSE_TEST") == "" {
		t.Skip("skipped: builds images and runs them for minutes; make test-compose does it")
	}
	p := project{root: checkout.Root(t), name: fmt.Sprintf("fleet-test-%d", os.Getpid()), ports: map[string]string{}}
	if exec.CommandContext(t.Context(), "docker", "compose", "version").Run() == nil {
		p.compose = []string{"docker", "compose"}
	} else {
		p.compose = []string{"docker-compose"}
	}
	for _, setting := range []string{
		"EXCHANGE_GRPC_PORT", "EXCHANGE_HTTP_PORT", "CUSTODIAN_GRPC_PORT", "CUSTODIAN_HTTP_PORT", "AUDIT_GRPC_PORT", "AUDIT_HTTP_PORT",
		"CONFIG_HTTP_PORT",
	} {
		p.ports[setting] = freePorts(t, 1)
	}
	p.ports["MARKET_DATA_GRPC_PORTS"], p.ports["MARKET_DATA_HTTP_PORTS"] = freePorts(t, 3), freePorts(t, 3)
	t.Cleanup(func() { p.removeEverything(t) })
	return p
}

var nextPort = 21_000

// freePorts finds a run of ports on which nothing listens, as compose writes it: "21000" or "21000-21002".
func freePorts(t *testing.T, count int) string {
	t.Helper()
	for first := nextPort; first < 29_000; first++ {
		free := 0
		for free < count {
			listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", first+free))
			if err != nil {
				break
			}
			require.NoError(t, listener.Close())
			free++
		}
		if free == count {
			nextPort = first + count
			return strings.TrimSuffix(fmt.Sprintf("%d-%d", first, first+count-1), fmt.Sprintf("-%d", first))
		}
	}
	t.Fatal("no free ports from 21000 to 29000")
	return ""
}

// version marks the images of this test, so that they can be taken away; being always the same, it lets unchanged ones be built at once.
const version = "compose-test"

func (p project) run(ctx context.Context, arguments ...string) (string, error) {
	return p.command(ctx, append(append([]string{}, p.compose...), append([]string{"-p", p.name}, arguments...)...)...)
}

// command runs a program in the root of the repository with the settings of the project.
func (p project) command(ctx context.Context, words ...string) (string, error) {
	command := exec.CommandContext(ctx, words[0], words[1:]...)
	command.Dir, command.Env = p.root, append(os.Environ(), "VERSION="+version)
	for setting, value := range p.ports {
		command.Env = append(command.Env, setting+"="+value)
	}
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		return stdout.String(), fmt.Errorf("%s: %w\n%s%s", strings.Join(words, " "), err, &stdout, &stderr)
	}
	return stdout.String(), nil
}

// must is command with patience for one that has to work.
func (p project) must(t *testing.T, words ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	output, err := p.command(ctx, words...)
	require.NoError(t, err)
	return strings.TrimSpace(output)
}

// mustCompose is must for a verb of compose.
func (p project) mustCompose(t *testing.T, arguments ...string) string {
	t.Helper()
	return p.must(t, append(append(append([]string{}, p.compose...), "-p", p.name), arguments...)...)
}

// removeEverything leaves nothing behind, whatever has happened before.
func (p project) removeEverything(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	defer cancel()
	if t.Failed() {
		logs, _ := p.run(ctx, "logs", "--tail", "20")
		t.Logf("the last lines of each container:\n%s", logs)
	}
	_, err := p.run(ctx, "down", "--volumes", "--remove-orphans")
	images, listed := p.command(ctx, "docker", "image", "ls", "--quiet", "--filter", "reference=trading-ecosystem/*:"+version)
	err = errors.Join(err, listed)
	if ids := strings.Fields(images); len(ids) > 0 {
		_, removed := p.command(ctx, append([]string{"docker", "image", "rm", "--force"}, ids...)...)
		err = errors.Join(err, removed)
	}
	require.NoError(t, err)
	for _, kind := range []string{"container", "network", "volume"} {
		words := []string{"docker", kind, "ls", "--quiet", "--filter", "label=com.docker.compose.project=" + p.name}
		if kind == "container" {
			words = append(words, "--all")
		}
		left, err := p.command(ctx, words...)
		require.NoError(t, err)
		require.Emptyf(t, strings.TrimSpace(left), "%ss are left behind", kind)
	}
}

// container is the id of a service's first container.
func (p project) container(t *testing.T, service string) string {
	t.Helper()
	return strings.Fields(p.mustCompose(t, "ps", "-q", service))[0]
}

// inspect reads one thing of a container or an image.
func (p project) inspect(t *testing.T, subject, format string) string {
	t.Helper()
	return p.must(t, "docker", "inspect", "--format", format, subject)
}

// address is where a port of a service's n-th container is published on this machine.
func (p project) address(t *testing.T, service string, index int, port string) string {
	t.Helper()
	return p.mustCompose(t, "port", fmt.Sprintf("--index=%d", index), service, port)
}

// awaitHealthy waits until so many containers of the project are there and healthy, and returns how long that took.
func (p project) awaitHealthy(t *testing.T, containers int) time.Duration {
	t.Helper()
	begin := time.Now()
	await(t, fmt.Sprintf("%d healthy containers", containers), func() error {
		all := p.must(t, "docker", "ps", "--filter", "label=com.docker.compose.project="+p.name, "--format", "{{.Names}}: {{.Status}}")
		if healthy := strings.Count(all, "(healthy)"); healthy != containers {
			return fmt.Errorf("%d are healthy:\n%s", healthy, all)
		}
		return nil
	})
	return time.Since(begin)
}

// registered reads what discovery says, by the fleet's own command in one of the containers: instance ids by name.
func (p project) registered(t *testing.T) map[string][]string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	output, _ := p.run(ctx, "exec", "-T", "config", "/daemon", "status", "--json") // exit code 1: something is amiss, and shown
	var status struct {
		Instances []struct {
			Name       string `json:"name"`
			InstanceID string `json:"instance_id"`
			Registered bool   `json:"registered"`
			Healthy    bool   `json:"healthy"`
		} `json:"instances"`
	}
	if json.Unmarshal([]byte(output), &status) != nil {
		return nil
	}
	found := map[string][]string{}
	for _, one := range status.Instances {
		if one.Registered && one.Healthy {
			found[one.Name] = append(found[one.Name], one.InstanceID)
		}
	}
	return found
}

// dependency is what a daemon says in /readyz of one thing that it leans on.
func (p project) dependency(t *testing.T, service, port, name string) (state string, err error) {
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+p.address(t, service, 1, port)+"/readyz", nil)
	require.NoError(t, err)
	response, err := (&http.Client{Timeout: 5 * time.Second}).Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	var ready struct {
		Dependencies []struct{ Name, State string }
	}
	if err := json.NewDecoder(response.Body).Decode(&ready); err != nil {
		return "", err
	}
	for _, one := range ready.Dependencies {
		if one.Name == name {
			return one.State, nil
		}
	}
	return "", fmt.Errorf("%s says nothing of %s", service, name)
}

// await asks until there is nothing wrong, and fails with what was wrong last.
func await(t *testing.T, what string, wrong func() error) {
	t.Helper()
	deadline, pause := time.After(patience), time.NewTicker(poll)
	defer pause.Stop()
	for {
		err := wrong()
		if err == nil {
			return
		}
		select {
		case <-pause.C:
		case <-deadline:
			t.Fatalf("%s: still not after %s: %v", what, patience, err)
		}
	}
}
