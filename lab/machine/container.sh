#!/bin/sh
# After setup.sh, in a machine that is a container: what a virtual machine gets from its disk, kernel and template.
set -eu
install -m 755 /lab/container-init /usr/local/sbin/container-init
cp /bin/busybox /usr/local/bin/busybox
# crun cannot set up networks of containers within a container (its hook fails); runc can. What crun saves counts under emulation only.
sed -i 's/"default-runtime": "crun", //' /etc/docker/daemon.json
mkdir -p /opt/lab/bin
printf '#!/bin/sh\nexec node /opt/lab/sync-cli.cjs "$@"\n' >/opt/lab/bin/sync-cli
chmod 755 /opt/lab/bin/sync-cli
