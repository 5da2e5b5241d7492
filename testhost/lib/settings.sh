# What may be set from outside, and what follows from it.

# Must be on ext4, xfs or btrfs: overlayfs cannot lie on overlayfs.
state=${TESTHOST_STATE:-/var/tmp/minion-testhost}
# Two runs side by side need two prefixes: each has its own hosts, bridge and lock, and names its network namespaces and
# control groups by it.
prefix=${TESTHOST_PREFIX:-mt}
# The bridge's own address: who asks from there is "another machine" to the hosts.
gateway=${TESTHOST_GATEWAY:-172.16.213.1/24}
suite=${TESTHOST_SUITE:-bookworm}
# hybrid: the machine's own mixture of cgroup v1 and v2; v2: what a stock Debian 12 has.
cgroup_mode=${TESTHOST_CGROUP:-hybrid}
boot_timeout=${TESTHOST_TIMEOUT:-60}
stop_timeout=${TESTHOST_STOP_TIMEOUT:-15}
# Shared kernel: these would reach the machine itself (its clock, its modules, its memory, its log).
dropped_capabilities=${TESTHOST_DROPPED_CAPABILITIES-CAP_SYS_TIME,CAP_SYS_MODULE,CAP_SYS_RAWIO,CAP_SYSLOG}

# Hosts have no mirror: everything the packages under test depend on must be in the root file system already.
packages=systemd,systemd-sysv,dbus,libpam-systemd,libnss-myhostname,iptables,iproute2,iputils-ping,procps,kmod
packages+=,docker.io,ca-certificates,python3-minimal,curl,socat,busybox-static,libsqlite3-0,libsystemd0,libyaml-0-2
packages+=${TESTHOST_EXTRA_PACKAGES:+,$TESTHOST_EXTRA_PACKAGES}

# Raise the leading number when rootfs_quieten changes.
rootfs_key=$suite-$(printf '%s\n' 1 "$suite" "$packages" | md5sum | cut -c1-8)
rootfs=$state/base-$rootfs_key
rootfs_archive=$rootfs.tar.zst
hosts=$state/$prefix
bridge=$prefix-bridge

die() {
    echo "testhost: $*" >&2
    exit 1
}

[ "$(id -u)" = 0 ] || die "needs root (network namespaces, mounts, systemd-nspawn)"
[[ $prefix =~ ^[a-z][a-z0-9]{0,11}$ ]] || die "bad TESTHOST_PREFIX '$prefix': a letter, then at most eleven letters or digits"

# Fails if a tool is missing and cannot be installed: a host that cannot boot is no reason to skip a test.
tools_ensure() {
    local tool missing=
    for tool in systemd-nspawn mmdebstrap zstd ip nsenter setpriv flock pgrep; do
        command -v "$tool" >/dev/null || missing+=" $tool"
    done
    [ -z "$missing" ] || "$here/../scripts/install-prerequisites" testhost >&2 || die "missing:$missing"
}
