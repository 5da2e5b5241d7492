# One host: a folder with its disk, a network namespace, and a systemd-nspawn held by a small supervisor.

host_select() {
    [ -n "${1:-}" ] || die "which host?"
    host=$1
    [[ $host =~ ^[a-z0-9][a-z0-9-]{0,10}$ ]] || die "bad host name '$host'"
    disk=$hosts/$host
    netns=$prefix-$host
}

# The supervisor is the shell that starts systemd-nspawn, again and again while the host reboots.
supervisor() { [ -s "$disk/pid" ] && cat "$disk/pid"; }
is_up() {
    local pid
    pid=$(supervisor) && [ -d "/proc/$pid" ] && grep -qsz "^testhost-$prefix-$host\$" "/proc/$pid/cmdline"
}
nspawn_pid() {
    local pid
    pid=$(supervisor) && pgrep -P "$pid" | head -n 1
}
init_pid() { # the host's PID 1 as this machine sees it: the child of nspawn that is 1 in an inner PID namespace
    local nspawn child
    nspawn=$(nspawn_pid) && [ -n "$nspawn" ] || return 1
    for child in $(pgrep -P "$nspawn"); do
        if awk '/^NSpid:/ { inner = (NF > 2 && $NF == 1) } END { exit !inner }' "/proc/$child/status" 2>/dev/null; then
            echo "$child"
            return 0
        fi
    done
    return 1
}

host_up() { # HOST ADDRESS
    [ $# -ge 2 ] || die "up HOST ADDRESS"
    host_select "$1"
    local address=$2
    ! is_up || die "$host is up already"
    rootfs_make
    mkdir -p "$disk"/{layer,work,root,docker,containerd}
    echo "$address" >"$disk/address"
    {
        flock 9 # hosts may come up side by side
        bridge_make
        cable_plug "$address"
    } 9>"$hosts/lock"
    mountpoint -q "$disk/root" || mount -t overlay "$netns" \
        -o "lowerdir=$rootfs,upperdir=$disk/layer,workdir=$disk/work" "$disk/root"
    if [ ! -s "$disk/root/etc/machine-id" ]; then host_personalise; fi
    host_boot
    host_wait "$host"
}

host_personalise() { # the first boot of this disk
    printf '%s' "$prefix-$host" | md5sum | cut -c1-32 >"$disk/root/etc/machine-id"
    echo "$host" >"$disk/root/etc/hostname"
    printf '127.0.0.1 localhost\n127.0.1.1 %s\n::1 localhost\n' "$host" >"$disk/root/etc/hosts"
}

host_boot() {
    cgroups_make
    (
        while read -r group; do echo "$BASHPID" >"$group/cgroup.procs"; done <"$disk/cgroups"
        # network: /proc/sys/net is writable, as dockerd wants, the rest of /proc/sys and /sys is not: so neither
        # systemd-sysctl nor udev of a host changes the machine's kernel.
        export SYSTEMD_NSPAWN_API_VFS_WRITABLE=network SYSTEMD_NSPAWN_LOCK=0
        [ "$cgroup_mode" != v2 ] || export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
        # The network namespace is entered before nspawn starts: its own option for that leaves the machine's
        # interfaces visible in /sys/class/net. The private tmpfs: where /run is on disk nspawn refuses to clean its
        # folder. The loop: with --keep-unit nspawn ends with 133 when the host asked for a reboot.
        mkdir -p /run/systemd/nspawn
        # shellcheck disable=SC2016,SC2086
        exec setsid nsenter --net="/run/netns/$netns" unshare --mount --propagation slave \
            sh -c 'mount -t tmpfs -o mode=755 tmpfs /run/systemd/nspawn || exit
                   while :; do "$@"; status=$?; [ $status = 133 ] || exit $status; done' "testhost-$prefix-$host" \
            systemd-nspawn --quiet --directory="$disk/root" --machine="$host" --hostname="$host" \
            --uuid="$(cat "$disk/root/etc/machine-id")" \
            --register=no --keep-unit --settings=no --link-journal=no --resolv-conf=off --timezone=off \
            --capability=all ${dropped_capabilities:+--drop-capability="$dropped_capabilities"} \
            --system-call-filter='@keyring bpf @mount' --rlimit=RLIMIT_NOFILE=1024:524288 --console=pipe \
            --bind="$disk/docker:/var/lib/docker" --bind="$disk/containerd:/var/lib/containerd" \
            --kill-signal=SIGRTMIN+3 ${TESTHOST_NSPAWN_ARGS:-} \
            /usr/local/sbin/testhost-init </dev/null >>"$disk/console.log" 2>&1
    ) &
    local pid=$! try
    echo "$pid" >"$disk/pid"
    for ((try = 0; try < 100; try++)); do # until the supervisor has its name
        if is_up || [ ! -d "/proc/$pid" ]; then break; fi
        sleep 0.02
    done
}

host_wait() {
    host_select "${1:-}"
    local deadline=$((SECONDS + boot_timeout)) answer
    while :; do
        answer=$(init_pid >/dev/null && host_exec "$host" systemctl is-system-running --wait 2>/dev/null) || :
        case $answer in
            running) return 0 ;;
            degraded)
                echo "testhost: $host is degraded:" >&2
                host_exec "$host" systemctl --failed --no-legend --plain >&2
                return 0
                ;;
        esac
        if ! is_up; then
            tail -n 20 "$disk/console.log" >&2
            die "$host died while booting"
        fi
        [ $SECONDS -lt $deadline ] || die "$host is not ready after $boot_timeout s (systemd says '$answer')"
        sleep 0.05
    done
}

host_exec() { # HOST COMMAND...
    host_select "${1:-}"
    shift
    local init mount path bounding=
    init=$(init_pid) && [ -n "$init" ] || die "$host is not up"
    # nsenter keeps this shell's capabilities: without setpriv a `date -s` in a test would set the machine's clock.
    [ -z "$dropped_capabilities" ] || bounding=$(sed 's/cap_/-/g' <<<"${dropped_capabilities,,}")
    (
        while read -r mount path; do
            echo "$BASHPID" >"$mount$path/cgroup.procs" 2>/dev/null || :
        done < <(cgroups_of "$init")
        exec ${bounding:+setpriv --bounding-set="$bounding" --} \
            nsenter -t "$init" -m -u -i -n -p -C -r -w -- \
            env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root USER=root LANG=C.UTF-8 TERM="${TERM:-dumb}" "$@"
    )
}

host_stop() { # [now]: power off; past the bound, or at once, pull the plug
    is_up || return 0
    local supervisor nspawn init try
    supervisor=$(supervisor)
    nspawn=$(nspawn_pid || :)
    init=$(init_pid || :)
    if [ "${1:-}" != now ] && [ -n "$nspawn" ]; then
        kill -TERM "$nspawn" 2>/dev/null || : # nspawn hands on its kill signal: systemd powers off
        for ((try = 0; try < 20 * stop_timeout; try++)); do
            is_up || return 0
            sleep 0.05
        done
    fi
    [ -z "$init" ] || kill -KILL "$init" 2>/dev/null || :
    for ((try = 0; try < 100; try++)); do
        is_up || return 0
        sleep 0.05
    done
    # shellcheck disable=SC2086
    kill -KILL "$supervisor" $nspawn 2>/dev/null || :
}

host_down() { # HOST [--keep|--now]
    host_select "${1:-}"
    [ -d "$disk" ] || return 0
    if [ "${2:-}" = --now ]; then host_stop now; else host_stop; fi
    cgroups_remove
    umount "$disk/root" 2>/dev/null || umount -l "$disk/root" 2>/dev/null || :
    cable_remove
    rm -f "$disk/pid" "$disk/cgroups"
    [ "${2:-}" = --keep ] || rm -rf "$disk"
}

host_down_all() { # [--now]
    local folder
    for folder in "$hosts"/*/; do
        [ -d "$folder" ] || continue
        host_down "$(basename "$folder")" "$@" &
    done
    wait
    [ ! -e "/run/netns/$bridge" ] || ip netns del "$bridge"
    rm -f "$hosts/lock"
    rmdir "$hosts" 2>/dev/null || : # a host that could not be taken down stays for who looks
}

host_restart() {
    host_select "${1:-}"
    host_stop
    cgroups_remove
    host_boot
    host_wait "$host"
}

host_kill() {
    host_select "${1:-}"
    host_stop now
    cgroups_remove
}

host_list() {
    local folder
    for folder in "$hosts"/*/; do
        [ -d "$folder" ] || continue
        host_select "$(basename "$folder")"
        echo "$host $(cat "$disk/address") $(is_up && echo up || echo down)"
    done
}

host_copy() { # HOST FROM TO
    [ $# -eq 3 ] || die "cp HOST FROM TO"
    host_select "$1"
    cp -r --preserve=mode,timestamps "$2" "$disk/root$3"
}

host_link() { # HOST up|down
    host_select "${1:-}"
    ip -n "$bridge" link set "v-$host" "${2:?up or down}"
}

host_journal() { # HOST ARGS...
    host_select "${1:-}"
    shift
    exec journalctl -D "$disk/layer/var/log/journal" "$@"
}
