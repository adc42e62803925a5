package local

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// leavingLimit is how long a connection without a holder in the tree may be that of a
// process which is ending: the kernel takes its files from it before it closes them.
const leavingLimit = 250 * time.Millisecond

// fromTree says whether the other end of a loopback connection is held by a process of
// the tree, so that no function takes another one's events, whatever port it finds.
// Where the system doesn't tell, the port, which nobody else was told, has to do.
func (s *supervisor) fromTree(conn net.Conn) origin {
	local, ok := conn.LocalAddr().(*net.TCPAddr)
	remote, ok2 := conn.RemoteAddr().(*net.TCPAddr)
	if !ok || !ok2 {
		return ownTree
	}
	inode, err := socketInode(remote.AddrPort(), local.AddrPort())
	if err != nil {
		return ownTree
	}
	if inode == 0 {
		return nobody
	}
	name := "socket:[" + strconv.FormatUint(uint64(inode), 10) + "]"
	if runtime := int(s.runtime.Load()); runtime != 0 && holds(runtime, name) {
		return ownTree
	}
	for deadline := time.Now().Add(leavingLimit); ; time.Sleep(time.Millisecond) {
		for _, pid := range descendants(s.cmd.Process.Pid) {
			if holds(pid, name) {
				return ownTree
			}
		}
		switch inode, err := socketInode(remote.AddrPort(), local.AddrPort()); {
		case err == nil && inode == 0:
			return nobody // it was closed while its holder was looked for
		case time.Now().After(deadline):
			return stranger
		}
	}
}

// holds says whether a process has the file open.
func holds(pid int, name string) bool {
	dir := "/proc/" + strconv.Itoa(pid) + "/fd"
	f, err := os.Open(dir)
	if err != nil {
		return false
	}
	defer f.Close()
	fds, _ := f.Readdirnames(-1)
	for i := len(fds) - 1; i >= 0; i-- { // a new connection is among the last
		if link, err := os.Readlink(dir + "/" + fds[i]); err == nil && link == name {
			return true
		}
	}
	return false
}

// socketInode finds the socket of a TCP connection by its own and its peer's address.
func socketInode(own, peer netip.AddrPort) (uint32, error) {
	inode, err := askSocketDiag(own, peer)
	if err == nil {
		return inode, nil
	}
	return readNetTCP(own, peer)
}

const (
	diagRequestSize = 16 + 56 // nlmsghdr and inet_diag_req_v2
	diagInodeAt     = 16 + 68 // in the answer: nlmsghdr and inet_diag_msg
)

// askSocketDiag asks the kernel for one socket (sock_diag(7)).
func askSocketDiag(own, peer netip.AddrPort) (uint32, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	var q [diagRequestSize]byte
	order := binary.NativeEndian
	order.PutUint32(q[0:], diagRequestSize)
	order.PutUint16(q[4:], unix.SOCK_DIAG_BY_FAMILY)
	order.PutUint16(q[6:], unix.NLM_F_REQUEST)
	q[16], q[17] = unix.AF_INET, unix.IPPROTO_TCP
	order.PutUint32(q[20:], ^uint32(0)) // any state
	binary.BigEndian.PutUint16(q[24:], own.Port())
	binary.BigEndian.PutUint16(q[26:], peer.Port())
	from, to := own.Addr().Unmap().As4(), peer.Addr().Unmap().As4()
	copy(q[28:], from[:])
	copy(q[44:], to[:])
	order.PutUint64(q[64:], ^uint64(0)) // no cookie
	if err := unix.Sendto(fd, q[:], 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return 0, err
	}
	var a [512]byte
	n, _, err := unix.Recvfrom(fd, a[:], 0)
	if err != nil {
		return 0, err
	}
	if n < diagInodeAt+4 || order.Uint16(a[4:]) != unix.SOCK_DIAG_BY_FAMILY {
		return 0, os.ErrNotExist
	}
	return order.Uint32(a[diagInodeAt:]), nil
}

// readNetTCP is the way for kernels without sock_diag.
func readNetTCP(own, peer netip.AddrPort) (uint32, error) {
	b, err := os.ReadFile("/proc/self/net/tcp")
	if err != nil {
		return 0, err
	}
	want := procAddress(own) + " " + procAddress(peer)
	for line := range bytes.Lines(b) {
		fields := strings.Fields(string(line))
		if len(fields) > 9 && fields[1]+" "+fields[2] == want {
			inode, err := strconv.ParseUint(fields[9], 10, 32)
			return uint32(inode), err
		}
	}
	return 0, nil // there is no such socket: no inode is 0
}

func procAddress(a netip.AddrPort) string {
	b := a.Addr().Unmap().As4()
	return fmt.Sprintf("%08X:%04X", binary.NativeEndian.Uint32(b[:]), a.Port())
}
