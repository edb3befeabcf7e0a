#!/bin/sh
# enclosure.sh FOLDER: process 1 of new process and mount namespaces. It prints its process id as seen from outside and stays until it is killed;
# all processes and mounts inside go with it.
set -eu
folder=$1
read -r outer_pid _ < /proc/self/stat

mount -t proc proc /proc
# Container engines also write outside of the folder that they are given: here such files go to memory or to $folder/tmp.
resolver=$(readlink -f /etc/resolv.conf)
cp "$resolver" "$folder/resolv.conf"
mkdir -p /var/lib/containers "$folder/tmp"
for place in /run /dev/shm /var/lib/containers; do mount -t tmpfs tmpfs "$place"; done
mount --bind "$folder/tmp" /var/tmp
case $resolver in /run/*) mkdir -p "$(dirname "$resolver")" && cp "$folder/resolv.conf" "$resolver" ;; esac

echo "ready $outer_pid"
# While the shell waits for `sleep`, it also reaps orphaned processes.
while :; do sleep 60; done
