using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace ReliableDownload.Tests.Support;

/// <summary>Takes TLS off the connections to something that has none.</summary>
internal sealed class TlsFront : IAsyncDisposable
{
    private readonly X509Certificate2 _certificate;
    private readonly IPEndPoint _behind;
    private readonly Acceptor _acceptor;

    private TlsFront(X509Certificate2 certificate, IPEndPoint behind)
    {
        (_certificate, _behind) = (certificate, behind);
        _acceptor = new Acceptor((client, _, stop) => CarryAsync(client, stop));
    }

    public EndPoint EndPoint => _acceptor.EndPoint;

    /// <param name="certificate">The path of the certificate.</param>
    /// <param name="key">The path of its key.</param>
    /// <param name="behind">What is connected to.</param>
    public static TlsFront Start(string certificate, string key, IPEndPoint behind) => new(X509Certificate2.CreateFromPemFile(certificate, key), behind);

    public async ValueTask DisposeAsync()
    {
        await _acceptor.DisposeAsync();
        _certificate.Dispose();
    }

    private async Task CarryAsync(Socket accepted, CancellationToken stop)
    {
        try
        {
            await using var client = new SslStream(new NetworkStream(accepted, ownsSocket: true));
            await client.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, stop);
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(_behind, stop);
            await using var server = new NetworkStream(socket);
            await Task.WhenAny(client.CopyToAsync(server, stop), server.CopyToAsync(client, stop));
        }
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException or AuthenticationException)
        {
            // One of the two is gone.
        }
    }
}
