#!/bin/sh
# Stage: pushes the tar files that build.sh made, named by commit, and writes the digests that the registry then serves.
# $OUT/digests appears only when the registry has them all, so that nobody deploys half of a commit.
stage=push here=$(cd "$(dirname "$0")" && pwd)
. "$here/stage.sh"
. "$here/registry.sh"
need skopeo
commit_parameters
private_folder
log_in
said=$private/said

rm -f "$OUT/digests" "$OUT/digests.part"
for image in $IMAGES; do
  [ -f "$OUT/$image.tar" ] || end BAD_PARAMETER "$OUT/$image.tar is absent: build.sh makes it."
done
printf 'commit %s\n' "$GIT_COMMIT" >"$OUT/digests.part"
for image in $IMAGES; do
  repository=$REGISTRY/$PROJECT/$image
  served "$repository:$GIT_COMMIT"
  if [ -n "$digest" ]; then
    # The commit's name stays with its first build: somebody may have deployed that digest, and registries
    # delete images that have lost their name.
    say "$image: the registry has this commit already."
  else
    ask copy --quiet "--dest-tls-verify=$(verifies_tls "$REGISTRY")" --retry-times "$RETRIES" "docker-archive:$OUT/$image.tar" "docker://$repository:$GIT_COMMIT" ||
      refuse "$REGISTRY" "take $image"
    served "$repository:$GIT_COMMIT"
    [ -n "$digest" ] || end REGISTRY_UNREACHABLE "$REGISTRY took $image and does not serve it."
  fi
  say "$image: $digest"
  printf '%s %s\n' "$image" "$digest" >>"$OUT/digests.part"
done
mv "$OUT/digests.part" "$OUT/digests"
