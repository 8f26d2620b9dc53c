#!/bin/sh
# Beast, before the stand-ins: waits for its Docker engine, and makes the image and the network of the Compose project.
set -eu
docker_api() { curl -sS --fail-with-body --unix-socket /run/docker.sock "$@"; }

i=0; until docker_api -o /dev/null http://docker/_ping 2>/dev/null; do i=$((i + 1)); [ $i -lt 240 ]; sleep 0.5; done

# The image is a skeleton: /usr, and with it every program, is bound from the machine (4 s instead of 21).
root=$(mktemp -d); cd "$root"
mkdir -p usr etc/alternatives proc sys dev tmp data opt/lab run/lab var root
chmod 1777 tmp
for dir in bin sbin lib lib64; do ln -s usr/$dir $dir; done
printf 'root:x:0:0:root:/root:/bin/sh\n' >etc/passwd
printf 'root:x:0:\n' >etc/group
tar -c . | docker import -c 'ENV PATH=/opt/lab/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' - 0k-sync-lab >/dev/null
cd /; rm -rf "$root"

docker network create --subnet 172.30.0.0/24 --label com.docker.compose.project=dist-chaos \
  --label com.docker.compose.network=default dist-chaos_default >/dev/null
