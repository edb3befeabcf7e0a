#!/bin/sh
# Stage: pushes the tar files that build.sh made, named by commit, and writes the digests that the registry then serves.
# $OUT/digests appears when the registry has them all, so that nobody deploys half of a commit.
stage=push here=$(cd "$(dirname "$0")" && pwd)
. "$here/stage.sh"
. "$here/registry.sh"
need skopeo
commit_parameters
private_folder
log_in
verify=$(verifies_tls "$REGISTRY")
said=$private/said

# Ends the stage by what skopeo said.
refuse() {
  cat "$said" >&2
  if grep -Eqi 'unauthorized|authentication required|denied|forbidden|invalid username/password' "$said"; then
    end REGISTRY_REFUSED "$REGISTRY refuses to $1 as ${REGISTRY_USER:-nobody}: is the password right, and may this account do it?"
  fi
  end REGISTRY_UNREACHABLE "$REGISTRY did not $1, after $RETRIES further attempts."
}

ask() { skopeo --command-timeout 10m "$@" 2>"$said"; }

# served REFERENCE: the digest that the registry serves under it; empty where it has none. Sets `digest`.
served() {
  digest=
  if ask inspect --raw "--tls-verify=$verify" --retry-times "$RETRIES" "docker://$1" >"$private/manifest"; then
    digest=sha256:$(sha256sum <"$private/manifest" | cut -c 1-64)
  elif ! grep -Eqi 'manifest unknown|name unknown|(artifact|repository) .* not found|status code 404|StatusCode: 404' "$said"; then
    refuse "say what $1 is"
  fi
}

rm -f "$OUT/digests" "$OUT/digests.part"
for image in $IMAGES; do
  [ -f "$OUT/$image.tar" ] || end BAD_PARAMETER "$OUT/$image.tar is absent: build.sh makes it."
done
printf 'commit %s\n' "$GIT_COMMIT" >"$OUT/digests.part"
for image in $IMAGES; do
  repository=$REGISTRY/$PROJECT/$image
  served "$repository:$GIT_COMMIT"
  if [ -n "$digest" ]; then
    # The first build of a commit stays what the commit's name means: somebody may have deployed its digest,
    # and registries delete what has lost its name.
    say "$image: the registry has this commit already."
  else
    ask copy --quiet "--dest-tls-verify=$verify" --retry-times "$RETRIES" "docker-archive:$OUT/$image.tar" "docker://$repository:$GIT_COMMIT" ||
      refuse "take $image"
    served "$repository:$GIT_COMMIT"
    [ -n "$digest" ] || end REGISTRY_UNREACHABLE "$REGISTRY took $image and does not serve it."
  fi
  say "$image: $digest"
  printf '%s %s\n' "$image" "$digest" >>"$OUT/digests.part"
done
mv "$OUT/digests.part" "$OUT/digests"
