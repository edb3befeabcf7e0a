#!/bin/sh
# Stage: writes the pushed digests into the deploy repository's kustomization, in one commit. If the branch has
# moved on, the edit is made again on its new state: two bumps of the same lines never rebase.
stage=bump here=$(cd "$(dirname "$0")" && pwd)
. "$here/stage.sh"
. "$here/registry.sh"
need git
need kustomize
DEPLOY_PATH=${DEPLOY_PATH:-chat-ui}
DEPLOY_BRANCH=${DEPLOY_BRANCH:-main}
parameter REGISTRY "$HOST" 'a host with an optional port, such as registry.example:5000'
parameter DEPLOY_REPOSITORY '(https?|ssh|file)://.+|/.+|[^@/]+@[^:/]+:.+' 'the URL of a git repository'
# git would print the user in its errors, and the process list would show it.
matches "$DEPLOY_REPOSITORY" 'https?://[^/]*@.*' &&
  end BAD_PARAMETER 'DEPLOY_REPOSITORY has a user in it: give GIT_USER and GIT_PASSWORD (or GIT_PASSWORD_FILE).'
parameter DEPLOY_PATH '[A-Za-z0-9_-]+([./A-Za-z0-9_-]*[A-Za-z0-9_-])?' 'a folder of the deploy repository'
parameter DEPLOY_BRANCH '[A-Za-z0-9_][./A-Za-z0-9_-]*' 'a branch'
commit_parameters
digests=$root/$OUT/digests
case $OUT in /*) digests=$OUT/digests ;; esac
[ -f "$digests" ] || end BAD_PARAMETER "$digests is absent: push.sh writes it when everything is pushed."
[ "$(sed -n '1s/^commit //p' "$digests")" = "$GIT_COMMIT" ] || end BAD_PARAMETER "$digests is of another commit than $GIT_COMMIT."
secret GIT_PASSWORD
private_folder
said=$private/said work=$private/work

export GIT_TERMINAL_PROMPT=0 GIT_HTTP_LOW_SPEED_LIMIT=100 GIT_HTTP_LOW_SPEED_TIME=30
export GIT_AUTHOR_NAME="${GIT_AUTHOR_NAME:-Slicechat pipeline}" GIT_AUTHOR_EMAIL="${GIT_AUTHOR_EMAIL:-pipeline@slicechat.invalid}"
export GIT_COMMITTER_NAME="$GIT_AUTHOR_NAME" GIT_COMMITTER_EMAIL="$GIT_AUTHOR_EMAIL"
# A redirect could lead the password elsewhere.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=http.followRedirects GIT_CONFIG_VALUE_0=false
if [ -n "${GIT_USER:-}" ]; then
  [ -n "$GIT_PASSWORD" ] || end BAD_PARAMETER 'GIT_USER is set; GIT_PASSWORD or GIT_PASSWORD_FILE is not.'
  # git calls this helper itself, for this server only, and the helper reads the password from the environment.
  server=$(printf '%s\n' "$DEPLOY_REPOSITORY" | sed -E 's|^(https?://[^/]+).*|\1|')
  export GIT_USER GIT_CONFIG_COUNT=3 GIT_CONFIG_KEY_1=credential.helper GIT_CONFIG_VALUE_1='' "GIT_CONFIG_KEY_2=credential.$server.helper"
  # shellcheck disable=SC2016 # Expanded by the shell that git starts.
  export GIT_CONFIG_VALUE_2='!f() { [ "$1" != get ] || printf "username=%s\npassword=%s\n" "$GIT_USER" "$GIT_PASSWORD"; }; f'
fi

# Ends the stage if another attempt would end alike; else sets the message for when there are no more attempts.
classify() {
  sed 's/^/  git: /' "$said" >&2
  if grep -Eqi 'authentication failed|could not read (username|password)|returned error: 40[13]|permission denied|access denied|hook declined|protected branch' "$said"; then
    end REPOSITORY_REFUSED "$DEPLOY_REPOSITORY refuses this account: is the password right, and may it push to $DEPLOY_BRANCH?"
  fi
  if grep -Eqi "repository .* not found|does not appear to be a git repository" "$said"; then
    end REPOSITORY_REFUSED "$DEPLOY_REPOSITORY is absent, or not shown to this account."
  fi
  if grep -Eqi "remote branch .* not found|couldn't find remote ref" "$said"; then
    end BAD_PARAMETER "$DEPLOY_REPOSITORY has no branch $DEPLOY_BRANCH."
  fi
  if grep -Eqi '\[rejected\]|fetch first|non-fast-forward|cannot lock ref|failed to update ref|failed to lock|incorrect old value|reference already exists' "$said"; then
    reason=REPOSITORY_CONTESTED sentence="$DEPLOY_BRANCH moved on at each of $attempt attempts."
  else
    reason=REPOSITORY_UNREACHABLE sentence="$DEPLOY_REPOSITORY could not be reached in $attempt attempts."
  fi
}

# Clones the current state of the branch into a fresh folder.
fetch() {
  rm -rf "$work"
  git clone --quiet --depth 1 --single-branch --branch "$DEPLOY_BRANCH" -- "$DEPLOY_REPOSITORY" "$work" 2>"$said"
}

released() { sed -n "s/^$1=//p" release.env 2>/dev/null || true; }

# Edits the kustomization and commits. Ends the stage successfully if nothing is left to do.
edit() {
  cd "$work/$DEPLOY_PATH" 2>/dev/null || end KUSTOMIZATION_UNFIT "The deploy repository has no folder $DEPLOY_PATH."
  [ -f kustomization.yaml ] || end KUSTOMIZATION_UNFIT "$DEPLOY_PATH has no kustomization.yaml."
  theirs=$(released SOURCE_DATE_EPOCH)
  if matches "$theirs" '[0-9]+' && [ "$theirs" -gt "$SOURCE_DATE_EPOCH" ]; then
    say "Nothing to do: a newer commit is deployed, $(released GIT_COMMIT). To go back, revert in the deploy repository."
    exit
  fi
  set --
  while read -r image digest; do
    # Only images that the kustomization names: an overlay without the simulator does not get it.
    if grep -Eq "^[ -]*name: [\"']?${image}[\"']?( |\$)" kustomization.yaml; then
      set -- "$@" "$image=$REGISTRY/$PROJECT/$image@$digest"
    fi
  done <<IMAGES
$(sed 1d "$digests")
IMAGES
  [ $# -gt 0 ] || end KUSTOMIZATION_UNFIT "$DEPLOY_PATH/kustomization.yaml names none of the images in \`images:\`."
  kustomize edit set image "$@" 2>"$said" || { cat "$said" >&2; end KUSTOMIZATION_UNFIT "kustomize could not edit $DEPLOY_PATH/kustomization.yaml."; }
  printf 'GIT_COMMIT=%s\nSOURCE_DATE_EPOCH=%s\n' "$GIT_COMMIT" "$SOURCE_DATE_EPOCH" >release.env
  git add kustomization.yaml release.env
  if git diff --cached --quiet; then
    say "Nothing to do: $DEPLOY_PATH has these digests."
    exit
  fi
  trailers="Source-Commit: $GIT_COMMIT"
  [ -z "${BUILD_URL:-}" ] || trailers="$trailers
Build: $BUILD_URL"
  short=$(printf '%.12s' "$GIT_COMMIT")
  git commit --quiet --message "$DEPLOY_PATH: slicechat at $short" --message "$(printf '%s\n' "$@")" \
    --message "$trailers"
}

# Pushes, with an answer in fixed words that do not depend on git's version.
publish() { git push --porcelain origin "HEAD:refs/heads/$DEPLOY_BRANCH" >"$said" 2>&1; }

attempt=0
while :; do
  attempt=$((attempt + 1))
  if fetch; then
    edit
    if publish; then break; fi
    cd "$root"
  fi
  classify
  [ "$attempt" -le "$RETRIES" ] || end "$reason" "$sentence"
  say "Attempt $attempt failed, another follows."
  pause "$attempt"
done
say "$DEPLOY_BRANCH of $DEPLOY_REPOSITORY has the digests of $GIT_COMMIT in $DEPLOY_PATH."
