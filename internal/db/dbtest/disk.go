package dbtest

import (
	"strings"
	"sync"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// SQLite accesses the disk through a VFS, which is a table of functions. Each
// open file has a table of functions of its own. This file registers a default
// VFS that opens files in the same way as the original VFS. For files that a
// test watches, it replaces the functions xWrite, xSync and xClose. The new
// functions count the calls, and return an error from those calls that the test
// has selected. Locks and shared memory work as before.
//
// The package modernc.org/sqlite is C code that was translated to Go. In it, a
// function pointer is the address of a Go function value, and a pointer is a
// uintptr. Therefore this code needs package unsafe.

type (
	tls       = *libc.TLS
	openFunc  = func(t tls, vfs, name, file uintptr, flags int32, outFlags uintptr) int32
	writeFunc = func(t tls, file, buffer uintptr, amount int32, offset int64) int32
	syncFunc  = func(t tls, file uintptr, flags int32) int32
	closeFunc = func(t tls, file uintptr) int32
)

// DiskCall is a kind of call that SQLite makes to the disk.
type DiskCall string

// These are the calls that a test can make fail.
const (
	DiskWrite DiskCall = "write"
	DiskSync  DiskCall = "sync"
)

// DiskFault selects the calls that fail: only the nth call, or the nth call and
// all calls after it. The zero DiskFault selects none.
type DiskFault struct {
	Call    DiskCall
	Nth     int
	Lasting bool
	Full    bool // whether the error says that the disk is full, instead of an I/O error
}

// Disk counts the calls to the disk that SQLite makes for one database and its
// log, and makes some of these calls fail.
type Disk struct {
	mu    sync.Mutex
	calls map[DiskCall]int
	fault DiskFault
	hits  int
}

type openFile struct {
	disk    *Disk
	before  *sqlite3.Tsqlite3_io_methods
	methods sqlite3.Tsqlite3_io_methods
}

var faulty struct {
	mu     sync.Mutex
	name   []byte
	before openFunc
	vfs    sqlite3.Tsqlite3_vfs
	disks  map[string]*Disk
	files  map[uintptr]*openFile // key: address of the file struct that SQLite uses
}

// valueAt returns a pointer to the value at an address that SQLite has passed.
// The address is either outside the Go heap, or that of a Go variable that
// exists until the process ends. Therefore the garbage collector neither moves
// nor frees the value.
func valueAt[T any](address uintptr) *T {
	return *(**T)(unsafe.Pointer(&address))
}

// toGoFunc converts a C function pointer to a Go function, and toCFunc does the
// reverse. Use both only for package-level functions, because these are never
// moved.
func toGoFunc[F any](pointer uintptr) F {
	return *(*F)(unsafe.Pointer(&struct{ p uintptr }{pointer}))
}

func toCFunc[F any](f F) uintptr {
	return *(*uintptr)(unsafe.Pointer(&f))
}

var install = sync.OnceFunc(func() {
	t := libc.NewTLS() // never closed, because the VFS is used until the process ends
	faulty.disks, faulty.files = map[string]*Disk{}, map[uintptr]*openFile{}
	faulty.vfs = *valueAt[sqlite3.Tsqlite3_vfs](sqlite3.Xsqlite3_vfs_find(t, 0))
	faulty.before = toGoFunc[openFunc](faulty.vfs.FxOpen)
	faulty.name = []byte("faulty\x00")
	faulty.vfs.FpNext, faulty.vfs.FzName = 0, uintptr(unsafe.Pointer(&faulty.name[0])) // faulty is a package variable, so it is neither moved nor freed
	faulty.vfs.FxOpen = toCFunc[openFunc](diskOpen)
	if rc := sqlite3.Xsqlite3_vfs_register(t, uintptr(unsafe.Pointer(&faulty.vfs)), 1); rc != sqlite3.SQLITE_OK {
		panic("dbtest: SQLite did not register the VFS")
	}
})

// WatchDisk returns a Disk that watches the database at path. Call it before
// the database is opened.
func WatchDisk(path string) *Disk {
	install()
	faulty.mu.Lock()
	defer faulty.mu.Unlock()
	d := &Disk{calls: map[DiskCall]int{}}
	faulty.disks[path] = d
	return d
}

// Break sets which calls fail, and sets the counts to zero.
func (d *Disk) Break(f DiskFault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.calls)
	d.fault, d.hits = f, 0
}

// Calls returns the number of calls of a kind since Break, and the number of
// all calls that failed.
func (d *Disk) Calls(c DiskCall) (calls, failed int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.calls[c], d.hits
}

// count counts a call. It returns whether the call must fail, and whether the
// error must say that the disk is full.
func (d *Disk) count(c DiskCall) (fails, full bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls[c]++
	n := d.calls[c]
	if fails = c == d.fault.Call && d.fault.Nth > 0 && (n == d.fault.Nth || n > d.fault.Nth && d.fault.Lasting); fails {
		d.hits++
	}
	return fails, d.fault.Full
}

func diskOpen(t tls, vfs, name, file uintptr, flags int32, outFlags uintptr) int32 {
	rc := faulty.before(t, vfs, name, file, flags, outFlags)
	if rc != sqlite3.SQLITE_OK || name == 0 {
		return rc
	}
	faulty.mu.Lock()
	defer faulty.mu.Unlock()
	d := faulty.disks[strings.TrimSuffix(libc.GoString(name), "-wal")]
	if d == nil {
		return rc
	}
	base := valueAt[sqlite3.Tsqlite3_file](file)
	f := &openFile{disk: d, before: valueAt[sqlite3.Tsqlite3_io_methods](base.FpMethods)}
	f.methods = *f.before
	f.methods.FxWrite = toCFunc[writeFunc](diskWrite)
	f.methods.FxSync = toCFunc[syncFunc](diskSync)
	f.methods.FxClose = toCFunc[closeFunc](diskClose)
	base.FpMethods = uintptr(unsafe.Pointer(&f.methods)) // faulty.files refers to f until the file is closed, so f is not freed
	faulty.files[file] = f
	return rc
}

func fileAt(file uintptr) *openFile {
	faulty.mu.Lock()
	defer faulty.mu.Unlock()
	return faulty.files[file]
}

// diskWrite writes only half of the data if it must fail, as a real disk can
// do.
func diskWrite(t tls, file, buffer uintptr, amount int32, offset int64) int32 {
	f := fileAt(file)
	write := toGoFunc[writeFunc](f.before.FxWrite)
	fails, full := f.disk.count(DiskWrite)
	switch {
	case !fails:
		return write(t, file, buffer, amount, offset)
	case amount > 1:
		write(t, file, buffer, amount/2, offset)
	}
	if full {
		return sqlite3.SQLITE_FULL
	}
	return sqlite3.SQLITE_IOERR_WRITE
}

// diskSync does not sync, because syncing would take most of the tests' time.
// Syncing makes a difference only after a power failure, which no test
// simulates.
func diskSync(_ tls, file uintptr, _ int32) int32 {
	if fails, _ := fileAt(file).disk.count(DiskSync); fails {
		return sqlite3.SQLITE_IOERR_FSYNC
	}
	return sqlite3.SQLITE_OK
}

func diskClose(t tls, file uintptr) int32 {
	f := fileAt(file)
	valueAt[sqlite3.Tsqlite3_file](file).FpMethods = uintptr(unsafe.Pointer(f.before)) // restore SQLite's own functions
	faulty.mu.Lock()
	delete(faulty.files, file)
	faulty.mu.Unlock()
	return toGoFunc[closeFunc](f.before.FxClose)(t, file)
}
