#!/usr/bin/env python3
"""A line with latency: takes connections, makes one to another port for each, and passes on what comes half of a round trip later.

Usage: bench/fleet/delay.py PORT TARGET_PORT MILLISECONDS: the round trip. It says "ready" on standard output.
"""
import asyncio
import sys

LISTEN, TARGET, ONE_WAY = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) / 2000


async def pass_on(reader, writer):
    loop, waiting = asyncio.get_running_loop(), asyncio.Queue()

    async def send():
        while True:
            due, data = await waiting.get()
            await asyncio.sleep(due - loop.time())
            if not data:
                break
            writer.write(data)
            await writer.drain()
        writer.close()

    sending = asyncio.create_task(send())
    while True:
        try:
            data = await reader.read(1 << 16)
        except ConnectionError:
            data = b""
        waiting.put_nowait((loop.time() + ONE_WAY, data))
        if not data:
            break
    await asyncio.gather(sending, return_exceptions=True)


async def connected(reader, writer):
    await asyncio.sleep(ONE_WAY)
    target_reader, target_writer = await asyncio.open_connection("127.0.0.1", TARGET)
    await asyncio.gather(pass_on(reader, target_writer), pass_on(target_reader, writer))


async def main():
    server = await asyncio.start_server(connected, "127.0.0.1", LISTEN)
    print("ready", flush=True)
    await server.serve_forever()


asyncio.run(main())
