#!/bin/sh
# Beast, once its Docker engine runs: the image, the network and the containers of the Compose file. stdin: one container a line,
# its name, a blank and the body of Docker's create request.
set -eu
docker_api() { curl -sS --fail-with-body --unix-socket /run/docker.sock "$@"; }

i=0; until docker_api -o /dev/null http://docker/_ping 2>/dev/null; do i=$((i + 1)); [ $i -lt 240 ]; sleep 0.5; done

# The image is a skeleton: /usr, and with it every program, is bound from the machine (4 s instead of 21).
root=$(mktemp -d); cd "$root"
mkdir -p usr etc proc sys dev tmp data opt/lab run/lab var root
chmod 1777 tmp
for dir in bin sbin lib lib64; do ln -s usr/$dir $dir; done
printf 'root:x:0:0:root:/root:/bin/sh\n' >etc/passwd
printf 'root:x:0:\n' >etc/group
tar -c . | docker import -c 'ENV PATH=/opt/lab/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' - 0k-sync-lab >/dev/null
cd /; rm -rf "$root"

docker network create --subnet 172.30.0.0/24 --label com.docker.compose.project=dist-chaos \
  --label com.docker.compose.network=default dist-chaos_default >/dev/null
while read -r name body; do
  printf %s "$body" | docker_api -o /dev/null -X POST -H 'Content-Type: application/json' --data-binary @- \
    "http://docker/v1.41/containers/create?name=$name"
  docker start "$name" >/dev/null
done
