using System.Net.Sockets;

namespace ReliableDownload.Tests.Support;

/// <summary>A client that connects to a Unix socket, whatever the URL.</summary>
internal static class UnixClient
{
    public static HttpClient At(string path) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
        AllowAutoRedirect = false,
    })
    {
        BaseAddress = new Uri("http://rd-api.example/"),
        Timeout = ProcessRunner.Limit,
    };
}
