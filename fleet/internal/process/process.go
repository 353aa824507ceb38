// Package process runs a child of the launcher: in a process group of its own, so that Ctrl-C reaches only the launcher; with
// a pipe as its standard input, which ends when the launcher does, even by kill -9; and with a file as its output, which does not.
package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// Command says what to run.
type Command struct {
	Path string
	Args []string
	Env  []string // the whole environment, KEY=value
	Log  string   // file that takes standard output and error, appended to
}

// Process is a running child. Its methods may be called from any goroutine.
type Process struct {
	command *exec.Cmd
	log     string
	logFrom int64 // where this life's part of the log begins
	stdin   io.Closer
	done    chan struct{}
	exit    string // valid once done is closed
}

// Start starts a child. The one goroutine that waits for it ends with it.
func Start(wanted Command) (*Process, error) {
	if err := os.MkdirAll(filepath.Dir(wanted.Log), 0o755); err != nil {
		return nil, fmt.Errorf("make the log directory: %w", err)
	}
	log, err := os.OpenFile(wanted.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open the log: %w", err)
	}
	defer func() { _ = log.Close() }() // the child has its own descriptor
	from, err := log.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, fmt.Errorf("open the log: %w", err)
	}
	command := exec.Command(wanted.Path, wanted.Args...)
	command.Env = wanted.Env
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, err := command.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", wanted.Path, err)
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", wanted.Path, err)
	}
	child := &Process{command: command, log: wanted.Log, logFrom: from, stdin: stdin, done: make(chan struct{})}
	go child.wait()
	return child, nil
}

func (p *Process) wait() {
	p.exit = "exit status 0"
	if err := p.command.Wait(); err != nil {
		p.exit = err.Error()
	}
	_ = p.stdin.Close()
	close(p.done)
}

// PID returns the process id, which is also that of its group.
func (p *Process) PID() int { return p.command.Process.Pid }

// Done is closed when the child has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Exit says how the child ended, e.g. "exit status 1" or "signal: killed". It waits for the end.
func (p *Process) Exit() string {
	<-p.done
	return p.exit
}

// LastLines returns the last lines that this child logged, at most count.
func (p *Process) LastLines(count int) []string { return tail(p.log, p.logFrom, count) }

// Stop sends SIGTERM to the child's group and waits until the child has ended; when kill ends first, it sends SIGKILL.
func (p *Process) Stop(kill context.Context) {
	p.signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-kill.Done():
		p.signal(syscall.SIGKILL)
		<-p.done
	}
}

// signal does nothing once the child has ended: its group id may by then be someone else's.
func (p *Process) signal(what syscall.Signal) {
	select {
	case <-p.done:
	default:
		if err := syscall.Kill(-p.PID(), what); errors.Is(err, syscall.EPERM) {
			_ = p.command.Process.Signal(what) // macOS, for a group whose leader is a zombie
		}
	}
}
