#!/bin/sh
# Names and folders as in the official image. $1 is the root of the new system.
set -eu
root=$1
local=$root/usr/local

# The official image's site-packages are Debian's dist-packages here: one folder with both names, so that
# a Dockerfile which copies either of them works.
mkdir -p "$local/bin" "$local/lib/python3.13/site-packages"
ln -s site-packages "$local/lib/python3.13/dist-packages"
ln -s /usr/bin/python3.13 "$local/bin/python3.13"
ln -s python3.13 "$local/bin/python3"
ln -s python3.13 "$local/bin/python"
wheel=$(ls "$root"/usr/share/python-wheels/pip-*.whl)
env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin chroot "$root" /usr/bin/python3.13 "/${wheel#"$root"/}/pip" install --no-index --no-compile --no-cache-dir \
    --root-user-action=ignore --break-system-packages "/${wheel#"$root"/}"
ln -s which.debianutils "$root/usr/bin/which"
find "$root" -xdev -name __pycache__ -prune -exec rm -rf {} +
