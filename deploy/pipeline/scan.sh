#!/bin/sh
# Stage: looks for known vulnerabilities in the images and in the packages of their bundles, and writes an SBOM of each.
# An image scanner does not see the packages in a bundle, so the lock file is scanned as well.
stage=scan here=$(cd "$(dirname "$0")" && pwd)
. "$here/stage.sh"
SCAN=${SCAN:-required}
parameter SCAN 'required|skip' 'required or skip'
if [ "$SCAN" = skip ]; then
  say 'Skipped, since SCAN=skip: no vulnerability was looked for and no SBOM written.'
  exit
fi
need trivy

# scan SUBJECT NAME COMMAND…: the SBOM is written first, since it is wanted of refused images, too.
scan() {
  subject=$1 name=$2
  shift 2
  trivy "$@" --quiet --format cyclonedx --output "$OUT/$name.cdx.json" ||
    end SCAN_FAILED "No SBOM of $subject; trivy's output is above."
  status=0
  trivy "$@" --scanners vuln --severity HIGH,CRITICAL --ignore-unfixed --exit-code 3 || status=$?
  case $status in
    0) ;;
    3) end VULNERABLE "$subject has a vulnerability of high or critical severity that a newer version mends." ;;
    *) end SCAN_FAILED "trivy could not look for vulnerabilities in $subject." ;;
  esac
}

scan 'the lock file' packages fs pnpm-lock.yaml
for image in $IMAGES; do
  [ -f "$OUT/$image.tar" ] || end BAD_PARAMETER "$OUT/$image.tar is absent: build.sh makes it."
  scan "$image" "$image" image --input "$OUT/$image.tar"
done
