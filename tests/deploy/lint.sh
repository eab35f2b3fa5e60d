#!/usr/bin/env bash
# Lints what deploys lawtail, with each tool that is on this machine; says which ones are not.
# docs/deploy.md tells which versions of them have passed.
set -euo pipefail
cd "$(dirname "$0")/../.."

have() {
  command -v "$1" >/dev/null && return
  echo "skipped: $2 needs $1"
  return 1
}

rendered=$(mktemp -d)
trap 'rm -rf "$rendered"' EXIT
chart=deploy/helm/lawtail

# The chart shares its rules and dashboards by symbolic links, which Helm remarks on at each turn.
helm_quietly() { helm "$@" --kube-version 1.33 2> >(grep -v 'found symbolic link' >&2); }

if have helm "$chart"; then
  helm_quietly lint --strict --quiet "$chart"
  helm_quietly template crm "$chart" --set dashboards.enabled=true --set 'policies.policy\.yaml=pack: crm' \
    >"$rendered/chart.yaml"
  if grep -q 'monitoring.coreos.com' "$rendered/chart.yaml"; then
    echo "what needs the Prometheus Operator is rendered without being asked for" >&2
    exit 1
  fi
  # The operator's rules are the very files of deploy/prometheus. Their kinds have no schema here.
  helm_quietly template crm "$chart" --set serviceMonitor.enabled=true --set prometheusRule.enabled=true \
    >"$rendered/operator"
  for name in LawtailWatchdog LawtailSlow lawtail:changes:rate5m ServiceMonitor; do
    grep -q "$name" "$rendered/operator"
  done
fi
if have kubectl deploy/kubernetes; then
  kubectl kustomize deploy/kubernetes >"$rendered/manifests.yaml"
fi
if compgen -G "$rendered/*.yaml" >/dev/null && have kubernetes-validate "the schemas of both"; then
  kubernetes-validate --strict --quiet "$rendered"/*.yaml
fi
if have hadolint deploy/Containerfile; then
  hadolint deploy/Containerfile
fi
if have systemd-analyze deploy/systemd; then
  # In tenths: no more exposed than this.
  systemd-analyze security --offline=true --threshold=15 deploy/systemd/lawtail.service | tail -n 1
fi
for script in deploy/compose/*.sh deploy/debian/postinst deploy/demo.sh tests/deploy/lint.sh; do
  bash -n "$script"
done
