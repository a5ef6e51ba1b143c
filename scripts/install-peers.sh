#!/usr/bin/env bash
# Installs the Debian packages whose programs the tests talk to. Needs root; does nothing where all are installed.
set -euo pipefail

PACKAGES=(
  # the netcat family, and what else the servers and clients are tested against
  netcat-openbsd ncat socat testssl.sh stunnel4 busybox xinetd nginx-light curl openssl python3 python3-twisted
  websocketd python3-websockets
  # chat: clients, driven on terminals and by a pipe, and a server to run them against
  irssi weechat-headless weechat-plugins ngircd
  # the name server: who asks it by DNS and HTTP, what it is measured beside, and a clock to move
  dnsutils dnsperf dnsmasq-base etcd-server haproxy prometheus faketime
  # namespaces, packet counts, terminals, limits, system call traces
  iproute2 nftables tmux procps bsdutils util-linux strace bzip2
  # what shows and checks the manual page
  man-db groff-base mandoc
  # the shells that have completion scripts, besides bash
  zsh fish
  # a browser, and letters for it
  chromium fonts-dejavu-core
)
POLICY=/usr/sbin/policy-rc.d

is_installed() {
  [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

missing=()
for package in "${PACKAGES[@]}"; do
  is_installed "$package" || missing+=("$package")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

if [[ $(id -u) -ne 0 ]]; then
  echo "install-peers: not root, cannot install ${missing[*]}; try sudo $0" >&2
  exit 1
fi

log=$(mktemp)
made_policy=
cleanup() {
  if [[ -n $made_policy ]]; then rm -f "$POLICY"; fi
  rm -f "$log"
}
trap cleanup EXIT

# Some packages bring daemons: 101 tells the package scripts not to start them (invoke-rc.d(8)).
if [[ ! -e $POLICY ]]; then
  made_policy=yes
  printf '#!/bin/sh\nexit 101\n' >"$POLICY"
  chmod 755 "$POLICY"
fi

apt() {
  if ! DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 "$@" >"$log" 2>&1; then
    cat "$log" >&2
    echo "install-peers: apt-get $1 failed" >&2
    exit 1
  fi
}
apt update
apt install --yes --no-install-recommends "${missing[@]}"

# Nor may they start with the machine.
if [[ -d /run/systemd/system ]]; then
  for package in xinetd nginx stunnel4 ngircd; do
    if [[ " ${missing[*]} " == *" $package"* ]]; then systemctl --quiet disable "$package" || true; fi
  done
fi
