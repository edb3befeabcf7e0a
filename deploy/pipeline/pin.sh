#!/bin/sh
# Sets the digest of each image that a file names with a tag and 64 zeros: pin.sh FILE… (agent.yaml, the Dockerfile).
# Whoever runs it decides that the tag is the right image now; from then on the digest decides.
stage=pin here=$(cd "$(dirname "$0")" && pwd)
# Makes the paths absolute, since the stages move to the repository's root.
for file; do
  shift
  case $file in /*) ;; *) file=$PWD/$file ;; esac
  set -- "$@" "$file"
done
. "$here/stage.sh"
. "$here/registry.sh"
need skopeo
private_folder
said=$private/said
[ $# -gt 0 ] || end BAD_PARAMETER 'Name the files: pin.sh deploy/pipeline/agent.yaml'
ZEROS=0000000000000000000000000000000000000000000000000000000000000000
for file; do
  [ -f "$file" ] || end BAD_PARAMETER "There is no file $file."
  # shellcheck disable=SC2013 # They are words.
  for image in $(grep -Eo "[A-Za-z0-9.-]+(:[0-9]+)?/[A-Za-z0-9./_-]+:[A-Za-z0-9._-]+@sha256:$ZEROS" "$file" | sort -u); do
    tagged=${image%@*}
    served "$tagged"
    [ -n "$digest" ] || end BAD_PARAMETER "${tagged%%/*} has no $tagged."
    sed "s|$tagged@sha256:$ZEROS|$tagged@$digest|g" "$file" >"$private/pinned"
    cat "$private/pinned" >"$file"
    say "$tagged@$digest"
  done
done
