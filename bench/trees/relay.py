"""A line between a client and rd-api that writes down what it carried.

Usage: relay.py PORT_FILE UPSTREAM_FILE RUN_FILE RECORDS BYTES_PER_SECOND

It listens at a free port of loopback, which it writes to PORT_FILE. Each connection goes to the port that UPSTREAM_FILE names at that moment. All of them together get
BYTES_PER_SECOND from the server. RECORDS gets for each connection what went up (RUN-NUMBER.up), what came down (.down), and when (.times: a line for each piece with its
time and where it begins), where RUN is what RUN_FILE said at the connection's beginning. What the client's system has not taken is not written down.
"""
import os
import socket
import sys
import threading
import time

PIECE = 16 << 10
BUFFER = 64 << 10  # of each socket: little is on the way at any moment

port_file, upstream_file, run_file, records = sys.argv[1:5]
rate = float(sys.argv[5])
turn = threading.Lock()
free_at = 0.0


def read(path):
    with open(path) as file:
        return file.read().strip()


def wait_for_turn(count):
    """All connections share one line: each piece waits for those before it."""
    global free_at
    with turn:
        begin = max(time.monotonic(), free_at)
        free_at = begin + count / rate
        end = free_at
    time.sleep(max(0.0, end - time.monotonic()))


def carry(source, sink, record, times):
    """Until either end is closed; then both are, as a line that is cut does."""
    position = 0
    try:
        while data := source.recv(PIECE):
            if times:
                wait_for_turn(len(data))
            sink.sendall(data)
            record.write(data)
            record.flush()
            if times:
                times.write(f"{time.time():.6f} {position}\n")
                times.flush()
            position += len(data)
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(client, number):
    with client:
        try:
            server = socket.create_connection(("127.0.0.1", int(read(upstream_file))))
        except OSError:
            return  # The server is down.
        name = os.path.join(records, f"{read(run_file)}-{number}")
        with server, open(name + ".up", "wb") as up, open(name + ".down", "wb") as down, open(name + ".times", "w") as times:
            for end in (client, server):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            thread = threading.Thread(target=carry, args=(client, server, up, None), daemon=True)
            thread.start()
            carry(server, client, down, times)
            thread.join()


listener = socket.create_server(("127.0.0.1", 0), backlog=256)
with open(port_file + ".new", "w") as file:
    file.write(f"{listener.getsockname()[1]}\n")
os.rename(port_file + ".new", port_file)
number = 0
while True:
    connection, _ = listener.accept()
    number += 1
    threading.Thread(target=serve, args=(connection, number), daemon=True).start()
