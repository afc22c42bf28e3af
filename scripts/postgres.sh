#!/usr/bin/env bash
# Runs a temporary PostgreSQL server for the tests, for development and for the
# benchmark. The server uses a temporary directory and a free port on 127.0.0.1.
# Its data is deleted when it stops.
#
#   scripts/postgres.sh run [--durable] -- COMMAND...   start a server, run COMMAND, stop the server
#   scripts/postgres.sh start [--durable]               start a server and leave it running
#   scripts/postgres.sh stop                            stop the server that start has started
#   scripts/postgres.sh install                         install PostgreSQL if it is missing
#
# COMMAND gets the server's URL in TRIBUTARY_TEST_POSTGRES. Without --durable, the
# server does not wait for writes to the disk, so a crash may lose all data. With
# --durable, commits are as durable as in production.
set -euo pipefail

oldest=15                                     # oldest supported version of PostgreSQL
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
state=$root/.tools/postgres.dir               # file in which start stores the server's directory for stop

fail() { echo "postgres.sh: $*" >&2; exit 1; }

usage() { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2; exit 2; }

# bindir prints the directory of the newest installed server. It prints nothing if
# there is none.
bindir() {
	local dir
	for dir in $(printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql@*/bin | sort -rV) \
		"$(pg_config --bindir 2>/dev/null || true)"; do
		if [[ -x $dir/initdb && -x $dir/postgres ]] && (($("$dir/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/') >= oldest)); then
			echo "$dir"
			return
		fi
	done
}

install_server() {
	[[ -z $(bindir) ]] || return 0
	"$root/scripts/apt.sh" "PostgreSQL server" "install PostgreSQL $oldest or newer (on Debian: apt-get install postgresql)" \
		"postgresql-$oldest" postgresql || exit 1
	[[ -n $(bindir) ]] || fail "no server of version $oldest or newer was found after the install"
}

# unprivileged runs a command in the server's directory as a user other than root,
# because PostgreSQL does not run as root.
unprivileged() (
	cd "$dir"
	if ((EUID != 0)); then
		"$@"
	elif command -v setpriv >/dev/null; then
		setpriv --reuid=postgres --regid=postgres --init-groups "$@"
	else
		runuser -u postgres -- "$@"
	fi
)

# start_server starts a server in $dir and sets $url.
start_server() {
	install_server
	local bin sync=()
	bin=$(bindir)
	[[ $durable == yes ]] || sync=(--no-sync)
	dir=$(mktemp -d "${TMPDIR:-/tmp}/tributary-postgres.XXXXXX")
	if ((EUID == 0)); then
		chown postgres "$dir"
	fi
	# Use a linguistic collation, like most servers in production. A test then
	# fails if a query needs byte order but does not ask for it.
	unprivileged "$bin/initdb" -D "$dir/data" -U tributary -A trust -E UTF8 --locale=C \
		--locale-provider=icu --icu-locale=en-US "${sync[@]}" >"$dir/initdb.log" 2>&1 || {
		cat "$dir/initdb.log" >&2
		fail "initdb failed"
	}
	{
		echo "listen_addresses = '127.0.0.1'"
		echo "unix_socket_directories = ''"
		echo "max_connections = 200"
		echo "shared_buffers = 256MB"
		echo "max_wal_size = 4GB"
		if [[ $durable == no ]]; then
			echo "fsync = off"
			echo "full_page_writes = off"
			echo "synchronous_commit = off"
		fi
	} >>"$dir/data/postgresql.conf"
	local port try
	for try in {1..20}; do
		port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
		if unprivileged "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 -s start -o "-p $port" 2>/dev/null; then
			url="postgres://tributary@127.0.0.1:$port/postgres?sslmode=disable"
			return
		fi
		grep -q 'Address already in use' "$dir/log" || break
		: >"$dir/log"
	done
	cat "$dir/log" >&2
	fail "the server did not start (try $try)"
}

stop_server() {
	if [[ -n ${dir:-} && -d $dir ]]; then
		if [[ -f $dir/data/postmaster.pid ]]; then
			unprivileged "$(bindir)/pg_ctl" -D "$dir/data" -m immediate -s stop || true
		fi
		rm -rf "$dir"
	fi
}

action=${1:-}
(($# == 0)) || shift
durable=no
if [[ ${1:-} == --durable ]]; then
	durable=yes
	shift
fi

case $action in
run)
	[[ ${1:-} == -- && $# -ge 2 ]] || usage
	shift
	trap stop_server EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	start_server
	TRIBUTARY_TEST_POSTGRES=$url "$@"
	;;
start)
	[[ ! -f $state || ! -d $(cat "$state") ]] || fail "already running: scripts/postgres.sh stop"
	trap stop_server EXIT
	start_server
	mkdir -p "$(dirname "$state")"
	echo "$dir" >"$state"
	trap - EXIT
	echo "export TRIBUTARY_TEST_POSTGRES='$url'"
	echo "postgres.sh: running; scripts/postgres.sh stop ends it and deletes its data" >&2
	;;
stop)
	[[ -f $state ]] || fail "nothing to stop"
	dir=$(cat "$state")
	[[ $dir == */tributary-postgres.?????? ]] || fail "$state does not name a server's directory"
	stop_server
	rm -f "$state"
	;;
install) install_server ;;
*) usage ;;
esac
