#!/bin/sh
# Makes the namespace and the search attributes of 0k-chaos exist. Safe to repeat: a namespace that is there keeps its retention.
set -eu

# By IPv4 address, as the server's own samples do: the name may lead to an address that nobody listens on.
ip=$(getent ahosts "$TEMPORAL_HOST" | awk '/STREAM/ { print $1; exit }')
export TEMPORAL_ADDRESS="$ip:$TEMPORAL_PORT"

# Repeats a question until it is answered: a server that starts, or a new namespace, takes a few seconds to be known everywhere.
patiently() {
  left=30
  until "$@"; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || { echo "$TEMPORAL_ADDRESS: no answer to: $*; see: docker compose logs temporal" >&2; exit 1; }
    sleep 1
  done
}

patiently temporal operator cluster health

temporal operator namespace describe --namespace "$NAMESPACE" >/dev/null 2>&1 ||
  temporal operator namespace create --namespace "$NAMESPACE" --retention "$RETENTION"

there=$(patiently temporal operator search-attribute list --namespace "$NAMESPACE")
while read -r name type; do
  echo "$there" | grep -qw "$name" ||
    temporal operator search-attribute create --namespace "$NAMESPACE" --name "$name" --type "$type"
done <<'ATTRIBUTES'
ChaosScenario Keyword
ChaosPhase Keyword
ChaosVerdict Keyword
ChaosSuite Keyword
ChaosFleet Keyword
ChaosTarget KeywordList
ChaosFaultActive Bool
ChaosSeed Int
ATTRIBUTES
