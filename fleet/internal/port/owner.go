package port

// Who holds a port is found as ss(8) does it: /proc/net/tcp names the inode of a listening socket, and the process that has
// that inode among its file descriptors is the owner. Where there is no /proc, or the process is someone else's, the
// owner stays unknown.

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strconv"
	"strings"
)

// Owner is the process that listens on a port.
type Owner struct {
	PID     int
	Command string // as in /proc/<pid>/comm: at most 15 characters
}

// String gives "exchange-simula (pid 4711)".
func (o Owner) String() string { return fmt.Sprintf("%s (pid %d)", o.Command, o.PID) }

// OwnerOf finds the process that listens at host:port on this machine.
func OwnerOf(address string) (owner Owner, known bool) {
	resolved, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return Owner{}, false
	}
	return findOwner(os.DirFS("/proc"), resolved.Port)
}

const stateListen = "0A" // TCP_LISTEN in include/net/tcp_states.h, as /proc/net/tcp prints it

// listenInode finds the inode of the socket that listens on a port in text of the format of /proc/net/tcp: columns
// number, local address, remote address, state, queues, timer, retransmits, uid, timeout, inode. Lines that do not have that form
// are passed over.
func listenInode(table io.Reader, port int) (inode string, found bool) {
	lines := bufio.NewScanner(table)
	for lines.Scan() {
		columns := strings.Fields(lines.Text())
		if len(columns) < 10 || columns[3] != stateListen {
			continue
		}
		_, hexPort, ok := strings.Cut(columns[1], ":")
		if !ok {
			continue
		}
		local, err := strconv.ParseUint(hexPort, 16, 16)
		if err == nil && int(local) == port && columns[9] != "0" {
			return columns[9], true
		}
	}
	return "", false
}

// findOwner looks in a proc file system for the process that listens on a port.
func findOwner(proc fs.FS, port int) (Owner, bool) {
	for _, table := range []string{"net/tcp", "net/tcp6"} {
		file, err := proc.Open(table)
		if err != nil {
			continue
		}
		inode, found := listenInode(file, port)
		_ = file.Close()
		if !found {
			continue
		}
		if owner, ok := holderOf(proc, "socket:["+inode+"]"); ok {
			return owner, true
		}
	}
	return Owner{}, false
}

// holderOf finds the process one of whose file descriptors is a link to target.
func holderOf(proc fs.FS, target string) (Owner, bool) {
	entries, err := fs.ReadDir(proc, ".")
	if err != nil {
		return Owner{}, false
	}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		descriptors, err := fs.ReadDir(proc, entry.Name()+"/fd")
		if err != nil {
			continue // it ended, or it is not ours to look into
		}
		for _, descriptor := range descriptors {
			link, err := fs.ReadLink(proc, entry.Name()+"/fd/"+descriptor.Name())
			if err == nil && link == target {
				return Owner{PID: pid, Command: commandOf(proc, entry.Name())}, true
			}
		}
	}
	return Owner{}, false
}

func commandOf(proc fs.FS, pid string) string {
	text, err := fs.ReadFile(proc, pid+"/comm")
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(text))
}
