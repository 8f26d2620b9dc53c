#!/bin/sh
# Makes a machine of a bare Debian with packages.txt in it. Runs as root inside the new root file system (mmdebstrap hook, or RUN of
# a Dockerfile) and expects in /lab: lab-init, authorized_keys, hostkeys/NAME/.
set -eu

for user in jimmyb jamesb; do
  id $user >/dev/null 2>&1 || useradd -m -s /bin/bash $user
  usermod -p '*' $user # with `UsePAM no`, sshd refuses an account locked with `!`
  echo "$user ALL=(ALL) NOPASSWD:ALL" >/etc/sudoers.d/$user
  chmod 440 /etc/sudoers.d/$user
  install -d -m 700 -o $user -g $user /home/$user/.ssh
  install -m 600 -o $user -g $user /lab/authorized_keys /home/$user/.ssh/authorized_keys
done
usermod -aG docker jimmyb
# root is how the lab itself sets the clock; the orchestrator never logs in as root.
usermod -p '*' root
install -d -m 700 /root/.ssh
install -m 600 /lab/authorized_keys /root/.ssh/authorized_keys

# MaxSessions stays 10, the default: that is what real machines have.
printf 'UsePAM no\nUseDNS no\nPrintMotd no\nMaxStartups 50:30:100\n' >/etc/ssh/sshd_config.d/lab.conf

printf 'options ifb numifbs=0\n' >/etc/modprobe.d/lab.conf
cat >/etc/modules-load.d/lab.conf <<'E'
overlay
br_netfilter
sch_netem
sch_prio
sch_tbf
sch_ingress
cls_flower
cls_u32
act_mirred
ifb
nf_tables
nf_conntrack_netlink
nft_compat
nft_chain_nat
nft_ct
nft_limit
nft_reject_inet
xt_addrtype
xt_comment
xt_conntrack
xt_mark
xt_MASQUERADE
xt_multiport
xt_nat
xt_statistic
xt_tcpudp
E

mkdir -p /etc/docker
cat >/etc/docker/daemon.json <<'E'
{ "default-runtime": "crun", "runtimes": { "crun": { "path": "/usr/bin/crun" } }, "userland-proxy": false,
  "log-driver": "json-file", "storage-driver": "overlay2", "exec-opts": ["native.cgroupdriver=cgroupfs"], "live-restore": false }
E

install -m 755 /lab/lab-init /usr/local/sbin/lab-init
[ ! -e /.dockerenv ] || exit 0 # a container has no boot of its own: what follows is for systemd

cat >/etc/systemd/system/lab-init.service <<'E'
[Unit]
Description=lab: name and address from the kernel command line
DefaultDependencies=no
After=systemd-udevd.service systemd-udev-trigger.service systemd-modules-load.service local-fs.target
Before=network.target ssh.service docker.service sysinit.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/lab-init
[Install]
WantedBy=sysinit.target
E
for service in docker containerd; do
  mkdir -p /etc/systemd/system/$service.service.d
  printf '[Unit]\nConditionKernelCommandLine=lab.docker\n' >/etc/systemd/system/$service.service.d/lab.conf
done
systemctl enable lab-init.service ssh.service
systemctl mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer \
  systemd-timesyncd.service systemd-random-seed.service getty@tty1.service serial-getty@ttyS0.service getty.target motd-news.timer \
  systemd-update-utmp.service systemd-update-utmp-runlevel.service systemd-pstore.service docker.socket dev-hugepages.mount \
  sys-kernel-debug.mount sys-kernel-tracing.mount systemd-tmpfiles-clean.timer >/dev/null 2>&1
sed -i 's/ -H fd:\/\/ / /; s/^Requires=docker.socket/#&/; s/ docker.socket / /' /lib/systemd/system/docker.service
systemctl set-default multi-user.target >/dev/null 2>&1
printf 'Storage=volatile\nRuntimeMaxUse=8M\n' >>/etc/systemd/journald.conf
: >/etc/machine-id
