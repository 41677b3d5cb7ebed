using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace ReliableDownload.Tests.Support;

/// <summary>Takes TLS off the connections to something that has none.</summary>
internal sealed class TlsFront : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly X509Certificate2 _certificate;
    private readonly IPEndPoint _behind;
    private readonly List<Task> _connections = [];
    private readonly Task _accepting;

    private TlsFront(X509Certificate2 certificate, IPEndPoint behind)
    {
        (_certificate, _behind) = (certificate, behind);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public EndPoint EndPoint => _listener.LocalEndpoint;

    /// <param name="certificate">The path of the certificate.</param>
    /// <param name="key">The path of its key.</param>
    /// <param name="behind">What is connected to.</param>
    public static TlsFront Start(string certificate, string key, IPEndPoint behind) => new(X509Certificate2.CreateFromPemFile(certificate, key), behind);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections);
        _certificate.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _connections.Add(CarryAsync(await _listener.AcceptSocketAsync(_stop.Token)));
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task CarryAsync(Socket accepted)
    {
        try
        {
            await using var client = new SslStream(new NetworkStream(accepted, ownsSocket: true));
            await client.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _stop.Token);
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(_behind, _stop.Token);
            await using var server = new NetworkStream(socket);
            await Task.WhenAny(client.CopyToAsync(server, _stop.Token), server.CopyToAsync(client, _stop.Token));
        }
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException or AuthenticationException)
        {
            // One of the two is gone.
        }
    }
}
