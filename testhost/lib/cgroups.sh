# Every host gets a cgroup of its own, in every hierarchy, below the caller's own one. Without it all systemd-nspawn
# instances share one "payload" group and their systemds kill each other's units; below the caller's, so that the
# caller's limits and accounting still cover the hosts.

cgroups_of() { # PID: prints "mount-point path" per hierarchy
    local id controllers path first mount
    while IFS=: read -r id controllers path; do
        if [ -z "$controllers" ]; then
            mount=/sys/fs/cgroup/unified
            [ -e "$mount/cgroup.procs" ] || mount=/sys/fs/cgroup
        else
            first=${controllers#name=}
            mount=/sys/fs/cgroup/${first%%,*}
            [ ! -d "/sys/fs/cgroup/$first" ] || mount=/sys/fs/cgroup/$first
        fi
        [ ! -e "$mount/cgroup.procs" ] || echo "$mount ${path%/}"
    done <"/proc/$1/cgroup"
}

cgroups_make() { # for the selected host; remembers them in its folder
    local mount path group file
    : >"$disk/cgroups"
    while read -r mount path; do
        group=$mount$path/$prefix-$host
        mkdir -p "$group"
        echo "$group" >>"$disk/cgroups"
        if [ -e "$group/cpuset.cpus" ]; then
            # A v1 cpuset starts empty, and a process cannot enter an empty one.
            for file in cpuset.cpus cpuset.mems; do
                [ -n "$(cat "$group/$file")" ] || cat "$mount$path/$file" >"$group/$file"
            done
            echo 1 >"$group/cgroup.clone_children" 2>/dev/null || :
        fi
    done < <(cgroups_of self)
}

cgroups_remove() {
    local group
    [ -s "$disk/cgroups" ] || return 0
    while read -r group; do
        [ -d "$group" ] || continue
        find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || :
        [ ! -d "$group" ] || echo "testhost: cgroup $group is still busy" >&2
    done <"$disk/cgroups"
}
