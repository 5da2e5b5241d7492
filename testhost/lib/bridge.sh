# One bridge in a network namespace of its own, one cable per host. No way out: nothing a host sends leaves the machine.

bridge_make() {
    [ ! -e "/run/netns/$bridge" ] || return 0
    ip netns add "$bridge"
    ip -n "$bridge" link set lo up
    ip -n "$bridge" link add br0 type bridge
    ip -n "$bridge" addr add "$gateway" dev br0
    ip -n "$bridge" link set br0 up
}

bridge_run() {
    [ -e "/run/netns/$bridge" ] || die "no bridge yet: bring a host up first"
    exec ip netns exec "$bridge" "$@"
}

cable_plug() { # ADDRESS[/LENGTH] of the selected host
    local address=$1
    [[ $address == */* ]] || address=$address/${gateway#*/}
    ip -n "$netns" link show eth0 >/dev/null 2>&1 && return 0
    cable_remove # half made by an interrupted `up`
    ip netns add "$netns"
    ip -n "$bridge" link add "v-$host" type veth peer name eth0 netns "$netns"
    ip -n "$bridge" link set "v-$host" master br0 up
    ip -n "$netns" link set lo up
    ip -n "$netns" addr add "$address" dev eth0
    ip -n "$netns" link set eth0 up
    # Leads to the bridge's namespace and no further: a host needs a default route for its portal addresses to be
    # routable at all before the packet filter rewrites them.
    ip -n "$netns" route add default via "${gateway%/*}"
}

# The cable first: a deleted namespace lets go of its links only later, and the next `up` would find them in its way.
cable_remove() {
    ip -n "$bridge" link del "v-$host" 2>/dev/null || :
    [ ! -e "/run/netns/$netns" ] || ip netns del "$netns"
}
