# shellcheck shell=sh
# shellcheck disable=SC2154,SC2034 # `private` is set by private_folder, `said` by the stage, which reads `digest`.
# Functions by which the stages reach the registry. Sourced after stage.sh.

HOST='[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]+)?|\[[0-9A-Fa-f:]+\](:[0-9]+)?'

# Gives the robot account's credentials to the tools: docker, skopeo, buildah, podman and Kaniko read the same
# file. Without REGISTRY_USER they use their existing logins.
log_in() {
  parameter REGISTRY "$HOST" 'a host with an optional port, such as registry.example:5000'
  secret REGISTRY_PASSWORD
  if [ -n "${REGISTRY_USER:-}" ]; then
    [ -n "$REGISTRY_PASSWORD" ] || end BAD_PARAMETER 'REGISTRY_USER is set; REGISTRY_PASSWORD or REGISTRY_PASSWORD_FILE is not.'
    # printf is built into the shell, so that no process has the password among its arguments.
    login=$(printf '%s:%s' "$REGISTRY_USER" "$REGISTRY_PASSWORD" | base64 | tr -d '\n')
    (umask 077 && printf '{"auths":{"%s":{"auth":"%s"}}}\n' "$REGISTRY" "$login" >"$private/config.json")
    export DOCKER_CONFIG="$private" REGISTRY_AUTH_FILE="$private/config.json"
  fi
  unset REGISTRY_PASSWORD
}

# Lets buildah and podman reach one registry, INSECURE_REGISTRY, by plain HTTP or without checking its certificate.
relax_tls() {
  [ -n "${INSECURE_REGISTRY:-}" ] || return 0
  parameter INSECURE_REGISTRY "$HOST" 'one host with an optional port'
  printf 'unqualified-search-registries = []\n[[registry]]\nlocation = "%s"\ninsecure = true\n' "$INSECURE_REGISTRY" >"$private/registries.conf"
  export CONTAINERS_REGISTRIES_CONF="$private/registries.conf"
}

# verifies_tls HOST: prints `false` for that registry. It is for skopeo, which does not read that file.
verifies_tls() {
  if [ "$1" = "${INSECURE_REGISTRY:-}" ]; then echo false; else echo true; fi
}

# Runs skopeo, and writes its errors to the file `said`.
ask() { skopeo --command-timeout 10m "$@" 2>"$said"; }

# refuse HOST DEED: ends the stage according to skopeo's error.
refuse() {
  cat "$said" >&2
  if grep -Eqi 'unauthorized|authentication required|denied|forbidden|invalid username/password' "$said"; then
    end REGISTRY_REFUSED "$1 refuses to $2 as ${REGISTRY_USER:-nobody}: is the password right, and may this account do it?"
  fi
  end REGISTRY_UNREACHABLE "$1 did not $2, after $RETRIES further attempts."
}

# served REFERENCE: sets `digest` to the digest that the registry serves under it, or to nothing if it has none.
served() {
  digest=
  if ask inspect --raw "--tls-verify=$(verifies_tls "${1%%/*}")" --retry-times "$RETRIES" "docker://$1" >"$private/manifest"; then
    digest=sha256:$(sha256sum <"$private/manifest" | cut -c 1-64)
  elif ! grep -Eqi 'manifest unknown|name unknown|(artifact|repository) .* not found|status code 404|StatusCode: 404' "$said"; then
    refuse "${1%%/*}" "say what $1 is"
  fi
}
