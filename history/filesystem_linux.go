package history

import "syscall"

// networkFilesystems are the magic numbers (linux/magic.h) of file systems on
// which WAL does not work, because its index is memory shared between
// processes of one machine (sqlite.org/wal.html), or where nobody knows what
// lies behind (FUSE).
var networkFilesystems = map[int64]string{
	0x6969:     "NFS",
	0x517b:     "SMB",
	0xff534d42: "CIFS",
	0xfe534d42: "SMB2",
	0x5346414f: "AFS",
	0x01021997: "9P",
	0x00c36400: "Ceph",
	0x65735546: "FUSE",
}

// networkFilesystem names the network file system that dir is on, "" for a local one.
func networkFilesystem(dir string) string {
	var st syscall.Statfs_t
	if syscall.Statfs(dir, &st) != nil {
		return ""
	}
	return networkFilesystems[int64(uint32(st.Type))]
}
