#!/bin/sh
# Takes the building machine's traces out of the node's root file system. $1 is its root.
set -eu
root=$1
find "$root/etc/apt" ! -type d ! -name 00mmdebstrap -delete # mmdebstrap takes that file away itself
rm -f "$root/etc/hostname" "$root/etc/resolv.conf" "$root/etc/machine-id" "$root/var/lib/dbus/machine-id"
rm -rf "$root/var/log" "$root/var/lib/apt" "$root/var/cache/apt" "$root/var/cache/debconf"
mkdir -p "$root/var/log" "$root/etc/kubernetes/manifests"
# Only the merge of /usr needed the whole of Perl; what stays of Debian's scripts is content with perl-base.
rm -rf "$root"/usr/share/perl "$root"/usr/share/perl5/File "$root"/usr/lib/*/perl "$root"/usr/lib/*/libperl.so*
