#!/bin/sh
# Turns freshly unpacked Debian packages into a base image: what their maintainer scripts would have
# done and an image needs, and nothing of the machine that builds it. $1 is the root of the new system.
set -eu
root=$1

# Users and groups (base-passwd's script).
cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
# The public CA bundle (ca-certificates' script): Debian's list alone.
mkdir -p "$root/etc/ssl/certs"
find "$root/usr/share/ca-certificates/mozilla" -name '*.crt' | LC_ALL=C sort \
    | xargs cat > "$root/etc/ssl/certs/ca-certificates.crt"
# Network names (netbase and glibc carry the rest).
printf 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n' > "$root/etc/nsswitch.conf"

# The clock is UTC (tzdata's script).
if [ -d "$root/usr/share/zoneinfo" ]; then ln -sf /usr/share/zoneinfo/Etc/UTC "$root/etc/localtime"; fi

# Of the building machine: names, resolver, package sources, logs, caches.
rm -f "$root/etc/hostname" "$root/etc/resolv.conf"
find "$root/etc/apt" ! -type d ! -name 00mmdebstrap -delete # mmdebstrap takes that file away itself
rm -rf "$root/var/lib/apt" "$root/var/cache/apt" "$root/var/log" "$root/var/lib/dpkg/info"
mkdir -p "$root/var/log" "$root/tmp"
chmod 1777 "$root/tmp"
for link in run lock; do
    rm -rf "$root/var/$link"
    ln -s /run "$root/var/$link"
done
