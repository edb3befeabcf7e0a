#!/bin/sh
# Sets the digest of each image that a file names with a tag and 64 zeros: pin.sh FILE… (agent.yaml, the Dockerfile).
# Whoever runs it decides that the tag is the right image now; from then on the digest decides.
stage=pin here=$(cd "$(dirname "$0")" && pwd)
files=
for file; do files="$files $(cd "$(dirname "$file")" && pwd)/$(basename "$file")"; done
. "$here/stage.sh"
. "$here/registry.sh"
need skopeo
private_folder
[ -n "$files" ] || end BAD_PARAMETER 'Name the files: pin.sh deploy/pipeline/agent.yaml'
ZEROS=0000000000000000000000000000000000000000000000000000000000000000
for file in $files; do
  # shellcheck disable=SC2013 # They are words.
  for image in $(grep -Eo "[A-Za-z0-9./_:-]+@sha256:$ZEROS" "$file" | sort -u); do
    tagged=${image%@*}
    skopeo inspect --raw "--tls-verify=$(verifies_tls "${image%%/*}")" --retry-times "$RETRIES" "docker://$tagged" >"$private/manifest" ||
      end REGISTRY_UNREACHABLE "No digest of $tagged."
    digest=$(sha256sum <"$private/manifest" | cut -c 1-64)
    sed "s|$tagged@sha256:$ZEROS|$tagged@sha256:$digest|g" "$file" >"$private/pinned"
    cat "$private/pinned" >"$file"
    say "$tagged@sha256:$digest"
  done
done
