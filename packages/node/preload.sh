#!/bin/sh
# Runs in the half-made node: puts the control plane's images into containerd's store. /mnt holds
# images.tar (one archive with all of them) and layers.txt (the digests of its layers).
set -eu
trap 'exit 130' INT TERM
containerd --log-level error > /tmp/containerd.log 2>&1 &
daemon=$!
tries=0
until ctr version > /dev/null 2>&1; do
    tries=$((tries + 1))
    if [ $tries -gt 100 ]; then
        cat /tmp/containerd.log >&2
        exit 1
    fi
    sleep 0.1
done
ctr --namespace k8s.io images import --snapshotter overlayfs /mnt/images.tar > /dev/null
# Unpacked layers are all that the node needs; their archives would double its size.
xargs ctr --namespace k8s.io content rm < /mnt/layers.txt > /dev/null
# Their files go with the next garbage collection, and removing an image synchronously runs one.
ctr --namespace k8s.io images tag "$(ctr --namespace k8s.io images ls --quiet | head -n 1)" localhost/none > /dev/null
ctr --namespace k8s.io images rm --sync localhost/none > /dev/null
kill "$daemon"
wait "$daemon" || true
rm -rf /run/containerd /tmp/containerd.log
sync
