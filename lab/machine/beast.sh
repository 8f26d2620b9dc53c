#!/bin/sh
# Beast: the containers of the Compose file. stdin: one container a line, its name, a blank and the body of Docker's create request.
set -eu
docker_api() { curl -sS --fail-with-body --unix-socket /run/docker.sock "$@"; }

names=
while read -r name body; do
  printf %s "$body" | docker_api -o /dev/null -X POST -H 'Content-Type: application/json' --data-binary @- \
    "http://docker/v1.41/containers/create?name=$name"
  names="$names $name"
done
starts=
for name in $names; do
  docker_api -X POST "http://docker/v1.41/containers/$name/start" &
  starts="$starts $!"
done
for start in $starts; do wait "$start"; done
