"""A name server that is far away: a forwarder in front of a near one, which keeps every datagram for half a round trip in
each direction and drops one in so many; TCP is as slow and loses nothing. For machines whose kernel has no netem.

    python3 distant.py PORT SERVER_PORT ROUND_TRIP_MS LOSS_PERCENT     both on 127.0.0.1; prints "ready"
"""
import asyncio, random, sys


class Way(asyncio.DatagramProtocol):
    """Datagrams one way: each is handed on later, or never."""

    def __init__(self, half, loss, hand_on):
        self.half, self.loss, self.hand_on = half, loss, hand_on

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        if random.random() >= self.loss:
            asyncio.get_running_loop().call_later(self.half, self.hand_on, data, address)

    def error_received(self, _):
        pass  # the server is not there: silence


async def main(port, server, round_trip, loss):
    loop, half = asyncio.get_running_loop(), round_trip / 2
    ways = {}  # a socket to the server for each client, as clients take a port for each question
    front = None

    async def ask(data, client):
        def hand_back(reply, _):
            front.sendto(reply, client)
        if client not in ways:
            ways[client] = None
            transport, _ = await loop.create_datagram_endpoint(lambda: Way(half, loss, hand_back),
                                                               remote_addr=('127.0.0.1', server))
            ways[client] = transport
            loop.call_later(20, forget, client)
        if ways[client] is not None:
            ways[client].sendto(data)

    def forget(client):
        ways.pop(client).close()

    front, _ = await loop.create_datagram_endpoint(
        lambda: Way(half, loss, lambda data, client: asyncio.ensure_future(ask(data, client))),
        local_addr=('127.0.0.1', port))

    async def pump(reader, writer):
        while data := await reader.read(65536):
            await asyncio.sleep(half)
            writer.write(data)
        writer.close()

    async def serve(reader, writer):
        await asyncio.sleep(round_trip)  # of the handshake
        far = await asyncio.open_connection('127.0.0.1', server)
        await asyncio.gather(pump(reader, far[1]), pump(far[0], writer), return_exceptions=True)

    await asyncio.start_server(serve, '127.0.0.1', port)
    print('ready', flush=True)
    await asyncio.Event().wait()


if __name__ == '__main__':
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) / 1e3, float(sys.argv[4]) / 100))
