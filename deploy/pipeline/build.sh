#!/bin/sh
# Stage: builds each image from the Dockerfile's target of the same name into a tar file. Only cache layers are pushed.
stage=build here=$(cd "$(dirname "$0")" && pwd)
. "$here/stage.sh"
. "$here/registry.sh"
BUILDER=${BUILDER:-kaniko}
parameter BUILDER 'kaniko|buildah|podman' 'kaniko, buildah or podman'
CACHE_REPOSITORY=${CACHE_REPOSITORY-${REGISTRY:-}/$PROJECT/slicechat-cache}
commit_parameters
executor=/kaniko/executor
if [ "$BUILDER" = kaniko ]; then
  need "$executor"
  # Kaniko deletes everything else in its container between stages.
  TMPDIR=/kaniko
else
  need "$BUILDER"
fi
private_folder
log_in
relax_tls
changed=$(git status --porcelain 2>/dev/null) || changed=
[ -z "$changed" ] || end BAD_PARAMETER 'There are uncommitted changes, and images are named by their commit.'

with_kaniko() {
  "$executor" --context="dir://$root" --dockerfile="$root/Dockerfile" --target="$target" "$@" \
    --no-push --tar-path="$tar.part" --destination="$reference" --digest-file="$OUT/$image.built" \
    --reproducible --snapshot-mode=redo --cleanup \
    ${CACHE_REPOSITORY:+--cache=true --cache-copy-layers "--cache-repo=$CACHE_REPOSITORY"} \
    ${INSECURE_REGISTRY:+"--insecure-registry=$INSECURE_REGISTRY" "--skip-tls-verify-registry=$INSECURE_REGISTRY"} || return
  # Files that a build leaves there make the next build in this container fail.
  (set +f && rm -rf /kaniko/[0-9]*)
}

with_buildah() {
  # The Docker format contains the id of the container that built the image, so that no two builds would be alike.
  # The OCI format has no place for HEALTHCHECK, which no cluster uses.
  "$BUILDER" build --file="$root/Dockerfile" --target="$target" "$@" \
    --format=oci --timestamp="$SOURCE_DATE_EPOCH" --layers --tag="$reference" \
    ${CACHE_REPOSITORY:+"--cache-from=$CACHE_REPOSITORY" "--cache-to=$CACHE_REPOSITORY"} "$root" &&
    "$BUILDER" push --quiet --digestfile="$OUT/$image.built" "$reference" "docker-archive:$tar.part:$reference"
}

set -- "--build-arg=REVISION=$GIT_COMMIT"
[ -z "${SOURCE_URL:-}" ] || set -- "$@" "--build-arg=SOURCE=$SOURCE_URL"
# NAME=VALUE, one on each line.
IFS='
'
for argument in ${BUILD_ARGS:-}; do set -- "$@" "--build-arg=$argument"; done
unset IFS
mkdir -p "$OUT"
for image in $IMAGES; do
  target=${image#slicechat-} tar=$OUT/$image.tar reference=$REGISTRY/$PROJECT/$image:$GIT_COMMIT
  rm -f "$tar" "$tar.part"
  case $BUILDER in kaniko) builder=with_kaniko ;; *) builder=with_buildah ;; esac
  "$builder" "$@" || end BUILD_FAILED "$BUILDER could not build $image; its output is above."
  mv "$tar.part" "$tar"
  say "$image: $(wc -c <"$tar") bytes in $tar"
done
