#!/bin/sh
# box.sh RIG: process 1 of the box, in new mount, process, network, host name and IPC namespaces. It arranges them, prints
# its process id as seen from outside, and becomes `pause`. When that dies, all processes, mounts and networks go with it.
set -eu
rig=$1
read -r outer_pid _ < /proc/self/stat
hostname cp-1

mount --make-rshared /
mount -t proc proc /proc
# What programs write outside of their folder ends in memory.
for folder in /run /var/log /var/lib; do mount -t tmpfs -o mode=755 tmpfs "$folder"; done
# sshd wants its folder.
mkdir -p /run/netns /run/lock /run/sshd

# The office network 10.0.24.0/24, and behind the tunnel host m1 the "WAN" 10.9.0.0/24 with the GPU's machine.
for name in node m1 gpu; do
  ip netns add "$name"
  ip -n "$name" link set lo up
done
ip link add eth0 netns node type veth peer name eth0 netns m1
ip -n node addr add 10.0.24.28/24 dev eth0
ip -n m1 addr add 10.0.24.31/24 dev eth0
ip -n node link set eth0 up
ip -n m1 link set eth0 up
ip link add wan0 netns m1 type veth peer name eth0 netns gpu
ip -n m1 addr add 10.9.0.1/24 dev wan0
ip -n gpu addr add 10.9.0.2/24 dev eth0
ip -n m1 link set wan0 up
ip -n gpu link set eth0 up

echo "ready $outer_pid"
exec "$rig/pause" > /dev/null
