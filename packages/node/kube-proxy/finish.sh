#!/bin/sh
# Busybox' shell and the iptables of the node's own mode. $1 is the root of the new system.
set -eu
root=$1
for applet in $("$root/bin/busybox" --list); do
    case $applet in dpkg | dpkg-deb | rpm | run-init | init | linuxrc) continue ;; esac
    [ -e "$root/bin/$applet" ] || [ -e "$root/sbin/$applet" ] || ln -s /bin/busybox "$root/bin/$applet"
done
cat > "$root/usr/sbin/iptables-of-node" << 'SCRIPT'
#!/bin/sh
# Calls the variant of iptables that the kubelet of this node uses: it leaves a chain of this name as a hint.
name=${0##*/} # iptables, ip6tables-restore, …
family=${name%%-*}
rest=${name#"$family"}
mode=legacy
if /usr/sbin/iptables-nft -t mangle -S KUBE-KUBELET-CANARY > /dev/null 2>&1; then
    mode=nft
elif /usr/sbin/iptables-legacy -t mangle -S KUBE-KUBELET-CANARY > /dev/null 2>&1; then
    mode=legacy
elif /usr/sbin/iptables-nft -t nat -S > /dev/null 2>&1; then
    mode=nft
fi
exec "/usr/sbin/$family-$mode$rest" "$@"
SCRIPT
chmod 755 "$root/usr/sbin/iptables-of-node"
for name in iptables iptables-restore iptables-save ip6tables ip6tables-restore ip6tables-save; do
    ln -sf iptables-of-node "$root/usr/sbin/$name"
done
