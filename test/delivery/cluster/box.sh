#!/bin/sh
# box.sh RIG: process 1 of the box, in new mount, process, network, host name and IPC namespaces. It sets them up, prints its
# process id as seen from outside, and becomes `pause`. When `pause` dies, all processes, mounts and networks of the box end.
set -eu
rig=$1
read -r outer_pid _ < /proc/self/stat
hostname cp-1

mount --make-rshared /
mount -t proc proc /proc
# Files that the cluster writes outside of its own folder go to memory.
for folder in /run /var/log /var/lib; do mount -t tmpfs -o mode=755 tmpfs "$folder"; done
mkdir -p /run/netns /run/lock /run/sshd /run/sysctl
# The kubelet would set these for the whole machine. Files with the values that it wants are mounted over them.
while read -r name value; do
  echo "$value" > "/run/sysctl/$(basename "$name")"
  mount --bind "/run/sysctl/$(basename "$name")" "/proc/sys/$name"
done <<EOF
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
EOF

# The office network 10.0.24.0/24, and behind the tunnel host m1 the "WAN" 10.9.0.0/24 with the GPU's machine.
for name in lan node m1 desk gpu; do
  ip netns add "$name"
  ip -n "$name" link set lo up
done
ip -n lan link add br0 type bridge
ip -n lan link set br0 up
while read -r name address; do
  ip link add "port-$name" netns lan type veth peer name eth0 netns "$name"
  ip -n lan link set "port-$name" master br0 up
  ip -n "$name" addr add "$address/24" dev eth0
  ip -n "$name" link set eth0 up
done <<EOF
node 10.0.24.28
m1 10.0.24.31
desk 10.0.24.40
EOF
ip link add wan0 netns m1 type veth peer name eth0 netns gpu
ip -n m1 addr add 10.9.0.1/24 dev wan0
ip -n gpu addr add 10.9.0.2/24 dev eth0
ip -n m1 link set wan0 up
ip -n gpu link set eth0 up
# Without a default route, the kubelet gives the node no address.
ip -n node route add default via 10.0.24.31
# ip_forward is for pods, route_localnet for NodePorts on 127.0.0.1.
nsenter --net=/run/netns/node sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.route_localnet=1
# Without this sysctl, traffic between two pods of the bridge passes no iptables rule. The sysctl is absent if the kernel
# lacks the module.
nsenter --net=/run/netns/node sysctl -qw net.bridge.bridge-nf-call-iptables=1 || true

echo "ready $outer_pid"
exec "$rig/pause" > /dev/null
