"""Passes packets between two network interfaces, each a while after it came: for faults.py.

In place of the kernel's netem, which not every machine has. Runs in the network namespace of the two, as root.
"""

import collections
import select
import socket
import sys
import time

SOL_PACKET = 263
PACKET_VNET_HDR = 15
PACKET_IGNORE_OUTGOING = 23
ETH_P_ALL = 3
LARGEST = 1 << 17


def interface(name):
    # With the header that tells how a packet of many segments, as TCP hands them down, is to be cut.
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    packets.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    packets.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    packets.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    packets.bind((name, ETH_P_ALL))
    packets.setblocking(False)
    return packets


def main():
    first, second, milliseconds = sys.argv[1:]
    ends = interface(first), interface(second)
    waiting = collections.deque()
    while True:
        left = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        for source in select.select(ends, (), (), left)[0]:
            other = ends[source is ends[0]]
            waiting.append((time.monotonic() + int(milliseconds) / 1000, other, source.recv(LARGEST)))
        while waiting and waiting[0][0] <= time.monotonic():
            _, target, packet = waiting.popleft()
            try:
                target.send(packet)
            except OSError:
                pass  # lost, as on any network


main()
