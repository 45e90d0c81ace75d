#!/usr/bin/env bash
# Puts the rules of deploy/prometheus into the PrometheusRule and the Helm chart, which cannot refer to other folders.
# With --check nothing is written, and the exit code is 1 when something is not up to date.
set -euo pipefail
cd "$(dirname "$0")"

# All groups as one list, without comments before the first one.
groups() {
    echo "groups:"
    local file
    for file in prometheus/rules.yml prometheus/alerts.yml; do
        sed '1,/^groups:/d' "$file"
    done
}

rule() {
    cat <<'HEAD'
# Made by deploy/embed-rules.sh from deploy/prometheus. For the Prometheus Operator.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: bedrock-quota-exporter
  labels:
    app.kubernetes.io/name: bedrock-quota-exporter
    app.kubernetes.io/instance: bedrock-quota-exporter
    app.kubernetes.io/component: exporter
    app.kubernetes.io/part-of: monitoring
spec:
HEAD
    groups | sed 's/^\(.\)/  \1/'
}

chart() {
    echo "# Made by deploy/embed-rules.sh from deploy/prometheus."
    groups
}

status=0
put() {
    local target=$1 text
    text=$(cat)
    if [ "${check:-}" ]; then
        [ "$text" == "$(cat "$target")" ] || { echo "$target is not up to date: run deploy/embed-rules.sh" >&2; status=1; }
    else
        mkdir -p "$(dirname "$target")"
        printf '%s\n' "$text" >"$target"
    fi
}

case ${1:-} in
    "") ;;
    --check) check=yes ;;
    *) echo "usage: embed-rules.sh [--check]" >&2; exit 2 ;;
esac
put kubernetes/prometheusrule.yaml < <(rule)
put helm/bedrock-quota-exporter/files/rules.yaml < <(chart)
exit $status
