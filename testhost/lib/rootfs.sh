# The root file system every host boots from: made once, kept as an archive, shared read-only below each host's own layer.

rootfs_make() { # [--force]
    tools_ensure
    mkdir -p "$hosts"
    if [ "${1:-}" = --force ]; then rm -rf "$rootfs" "$rootfs_archive"; fi
    exec 8>"$state/base.lock"
    flock 8 # another prefix may be making the same one
    if [ ! -e "$rootfs/.complete" ]; then
        rm -rf "$rootfs" "$rootfs.new"
        if [ -s "$rootfs_archive" ]; then rootfs_unpack; else rootfs_bootstrap; fi
        touch "$rootfs.new/.complete"
        mv "$rootfs.new" "$rootfs"
    fi
    exec 8>&-
}

rootfs_unpack() {
    mkdir "$rootfs.new"
    tar --xattrs --xattrs-include='*' --acls --numeric-owner -C "$rootfs.new" -I zstd -xpf "$rootfs_archive"
}

rootfs_bootstrap() {
    echo "testhost: making the root file system of the test hosts (about 40 s, once)" >&2
    local mirror=${TESTHOST_MIRROR:-}
    # The mirror this machine's own apt uses, so that a proxy or a local mirror is honoured.
    [ -n "$mirror" ] || mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -n 1)
    [ -n "$mirror" ] || die "no Debian mirror known: run apt-get update, or set TESTHOST_MIRROR"
    mmdebstrap --quiet --mode=root --variant=minbase --include="$packages" --components=main \
        --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-include=/usr/share/doc/*/copyright' "$suite" "$rootfs.new" "$mirror"
    rm -f "$rootfs.new/etc/dpkg/dpkg.cfg.d/99mmdebstrap" # the package under test keeps its documentation
    rootfs_quieten "$rootfs.new"
    tar --xattrs --acls --numeric-owner -C "$rootfs.new" -I 'zstd -3 -T2' -cf "$rootfs_archive.new" .
    mv "$rootfs_archive.new" "$rootfs_archive"
}

rootfs_quieten() { # ROOT: nothing in it may act on the machine, wait for hardware, or do work of its own
    local root=$1 unit
    # Empty, not absent: an absent machine-id makes the first boot preset every unit.
    : >"$root/etc/machine-id"
    rm -f "$root/var/lib/dbus/machine-id"
    ln -s /etc/machine-id "$root/var/lib/dbus/machine-id"
    # mmdebstrap copies the machine's.
    rm -f "$root/etc/hostname" "$root/etc/resolv.conf"
    : >"$root/etc/resolv.conf"
    for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
        e2scrub_reap.service fstrim.timer systemd-pstore.service console-getty.service getty.target \
        remote-fs.target modprobe@.service sys-kernel-debug.mount sys-kernel-tracing.mount \
        sys-fs-fuse-connections.mount sys-kernel-config.mount dev-hugepages.mount; do
        ln -sf /dev/null "$root/etc/systemd/system/$unit"
    done
    mkdir -p "$root/var/log/journal" "$root/etc/systemd/journald.conf.d"
    printf '[Journal]\nStorage=persistent\nSystemMaxUse=256M\n' >"$root/etc/systemd/journald.conf.d/testhost.conf"
    # systemd-nspawn mounts the v1 controllers read-only, runc makes folders in them, and systemd decides once, at its
    # start, whether MemoryMax= and friends can work: so they are made writable before PID 1 runs. "bind" matters: a
    # plain remount would change the superblock that all mounts share, and is refused as busy.
    cat >"$root/usr/local/sbin/testhost-init" <<'INIT'
#!/bin/sh
for controller in /sys/fs/cgroup/*/; do mount -o remount,bind,rw "${controller%/}" 2>/dev/null || :; done
exec /lib/systemd/systemd "$@"
INIT
    chmod 755 "$root/usr/local/sbin/testhost-init"
}
