#!/bin/sh
# Starts Postgres: makes the cluster on the first start, sets the password from its file on every start.
# POSIX sh; runs on busybox and dash, as an ordinary user, on a read-only root file system.
set -eu

CONFIG=/opt/database/postgresql.conf
SECRETS=/etc/database            # password, tls.crt, tls.key, ca.crt: mounted from a Secret
TLS=/tmp/database-tls
VOLUME=$(dirname "$PGDATA")
NAME=${DATABASE_NAME:-todo}
OWNER=${DATABASE_USER:-todo}
PATH=$PATH:/usr/lib/postgresql/17/bin
child=''
stopping=''

say() { echo "database: $*" >&2; }
fail() { unless_stopping; say "$*"; exit 1; }
unless_stopping() { [ -z "$stopping" ] || { say 'stopped before the start was over'; exit 0; }; }

# A shell that is process 1 ignores signals without a trap, and would keep them from its child.
# Both signals mean Postgres' fast shutdown (SIGINT); its own answer to SIGTERM waits for every client to leave.
stop() {
    stopping=yes
    [ -z "$child" ] || kill -INT "$child" 2>/dev/null || true
}
trap stop TERM INT

# run COMMAND…: a child that gets our signals and reads descriptor 3; ends with its status.
run() {
    "$@" <&3 &
    child=$!
    while :; do
        status=0
        wait "$child" || status=$?
        kill -0 "$child" 2>/dev/null || break   # it has ended; otherwise wait was cut short by a signal
    done
    child=''
    return "$status"
}

check_settings() {
    for value in "$NAME" "$OWNER"; do
        case $value in
            '' | *[!a-z0-9_]* | [0-9]*) fail "DATABASE_NAME and DATABASE_USER must match [a-z_][a-z0-9_]*" ;;
        esac
    done
    for file in password tls.crt tls.key; do
        [ -s "$SECRETS/$file" ] || fail "$SECRETS/$file is missing or empty (or user $(id -u) may not read it)"
        [ -r "$SECRETS/$file" ] || fail "user $(id -u) may not read $SECRETS/$file"
    done
    [ "$(wc -l < "$SECRETS/password")" -le 1 ] || fail "$SECRETS/password has more than one line"
}

# Two servers on one volume would destroy it. Postgres' own lock cannot see into another container; this one can.
# It is held by descriptor 9, which Postgres inherits, for as long as any of its processes lives.
lock_volume() {
    [ -w "$VOLUME" ] || fail "user $(id -u) may not write to $VOLUME (fsGroup?)"
    if command -v flock > /dev/null; then
        exec 9> "$VOLUME/.lock"
        flock -n 9 || wait_for_lock
    else
        say 'this image has no flock: nothing but the cluster keeps a second server off the volume'
    fi
    # What a killed server left behind; its process numbers mean nothing in this container.
    rm -f "$PGDATA/postmaster.pid" /tmp/.s.PGSQL.5432 /tmp/.s.PGSQL.5432.lock
}

wait_for_lock() {
    say "another server holds $VOLUME: waiting up to 30 s"
    tries=0
    until flock -n 9; do
        unless_stopping
        tries=$((tries + 1))
        [ "$tries" -le 30 ] || fail "another server holds $VOLUME"
        sleep 1
    done
}

copy_tls() {
    rm -rf "$TLS"
    mkdir -m 0700 "$TLS"
    umask 077
    cp "$SECRETS/tls.crt" "$SECRETS/tls.key" "$TLS/"   # Postgres takes no key that others may read
    chmod 0600 "$TLS/tls.key"
}

# sql DATA-DIRECTORY STATEMENTS: single-user mode, so nobody can connect before the password is set.
# Statements go over standard input, one a line, and are never logged: one of them holds the password.
sql() {
    exec 3<<END
$2
END
    run postgres --single -D "$1" -c config_file="$CONFIG" -c exit_on_error=on \
        -c log_min_error_statement=panic -c log_min_messages=fatal -c ssl=off postgres > /dev/null
}

# The builtin locale gives the same order on musl and glibc, so a volume may move between images.
make_cluster() {
    new=$VOLUME/.pgdata.new
    rm -rf "$new"
    exec 3< /dev/null
    run initdb --pgdata="$new" --username=postgres --data-checksums --auth=scram-sha-256 \
        --auth-local=peer --encoding=UTF8 --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8 \
        --no-instructions > /tmp/initdb.log 2>&1 || { cat /tmp/initdb.log >&2; fail 'initdb failed'; }
    unless_stopping
    sql "$new" "CREATE ROLE $OWNER LOGIN
CREATE DATABASE $NAME OWNER $OWNER" || fail "could not make $NAME"
    sync
    unless_stopping
    mv "$new" "$PGDATA"          # what is called pgdata is complete
    sync
    say "made a new cluster with database $NAME, owner $OWNER"
}

# A cluster's fsGroup opens the files of a volume to the group; Postgres refuses such a folder.
check_volume() {
    chmod 0700 "$PGDATA"
    have=$(cat "$PGDATA/PG_VERSION")
    want=$(postgres --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
    [ "$have" = "$want" ] || fail "the volume holds Postgres $have data, this image is Postgres $want: pg_upgrade it first"
}

# The Secret is authoritative: a volume that outlived its Secret takes the new one's password.
set_password() {
    quoted=$(head -n 1 "$SECRETS/password" | sed "s/'/''/g")
    sql "$PGDATA" "ALTER ROLE $OWNER PASSWORD '$quoted'" \
        || fail "could not set the password of role $OWNER (is DATABASE_USER the one of the first start?)"
}

check_settings
lock_volume
copy_tls
[ -d "$PGDATA" ] || make_cluster
check_volume
unless_stopping
set_password
unless_stopping
exec 3< /dev/null
status=0
run postgres -D "$PGDATA" -c config_file="$CONFIG" || status=$?
exit "$status"
