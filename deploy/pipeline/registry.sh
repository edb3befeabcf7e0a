# shellcheck shell=sh
# shellcheck disable=SC2154 # `private` is set by private_folder.
# How the stages reach the registry. Sourced after stage.sh.

HOST='[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]+)?|\[[0-9A-Fa-f:]+\](:[0-9]+)?'

# Gives the robot account's credentials to the tools: docker, skopeo, buildah, podman and Kaniko read one file.
# Without REGISTRY_USER they use the logins that they have.
log_in() {
  parameter REGISTRY "$HOST" 'a host with an optional port, such as registry.example:5000'
  secret REGISTRY_PASSWORD
  if [ -n "${REGISTRY_USER:-}" ]; then
    [ -n "$REGISTRY_PASSWORD" ] || end BAD_PARAMETER 'REGISTRY_USER is set; REGISTRY_PASSWORD or REGISTRY_PASSWORD_FILE is not.'
    # printf is the shell's own, so that no process has the password among its arguments.
    login=$(printf '%s:%s' "$REGISTRY_USER" "$REGISTRY_PASSWORD" | base64 | tr -d '\n')
    (umask 077 && printf '{"auths":{"%s":{"auth":"%s"}}}\n' "$REGISTRY" "$login" >"$private/config.json")
    export DOCKER_CONFIG="$private" REGISTRY_AUTH_FILE="$private/config.json"
  fi
  unset REGISTRY_PASSWORD
}

# Lets buildah and podman reach one registry, INSECURE_REGISTRY, by plain HTTP or without a check of its certificate.
relax_tls() {
  [ -n "${INSECURE_REGISTRY:-}" ] || return 0
  parameter INSECURE_REGISTRY "$HOST" 'one host with an optional port'
  printf 'unqualified-search-registries = []\n[[registry]]\nlocation = "%s"\ninsecure = true\n' "$INSECURE_REGISTRY" >"$private/registries.conf"
  export CONTAINERS_REGISTRIES_CONF="$private/registries.conf"
}

# verifies_tls HOST: `false` for that registry, for skopeo, which reads no such file.
verifies_tls() {
  if [ "$1" = "${INSECURE_REGISTRY:-}" ]; then echo false; else echo true; fi
}
