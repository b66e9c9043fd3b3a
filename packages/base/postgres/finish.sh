#!/bin/sh
# The official image's user and folders. $1 is the root of the new system.
set -eu
root=$1
# As in the official alpine image: user and group 70. initdb refuses a user without a name.
sed -i '/^postgres:/d' "$root/etc/passwd" "$root/etc/group"
echo 'postgres:x:70:' >> "$root/etc/group"
echo 'postgres:x:70:70::/var/lib/postgresql:/bin/sh' >> "$root/etc/passwd"
for folder in var/lib/postgresql var/lib/postgresql/data run/postgresql; do
    mkdir -p "$root/$folder"
    chown 70:70 "$root/$folder"
done
chmod 700 "$root/var/lib/postgresql/data"
chmod 3777 "$root/run/postgresql"
# Scripts whose interpreter isn't here.
grep -lrI '^#!.*perl' "$root/usr/bin" "$root/usr/sbin" | xargs -r rm -f
# The wrappers in /usr/bin need Perl; PATH names the real programs' folder first, these stay for scripts.
for program in "$root"/usr/lib/postgresql/17/bin/*; do
    ln -sf "../lib/postgresql/17/bin/${program##*/}" "$root/usr/bin/${program##*/}"
done
