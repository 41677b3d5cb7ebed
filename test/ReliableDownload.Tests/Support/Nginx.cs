using System.Net.Sockets;

namespace ReliableDownload.Tests.Support;

/// <summary>A real nginx that serves a folder at a socket of its own. Killed when disposed of.</summary>
internal sealed class Nginx : IAsyncDisposable
{
    private readonly TempFolder _own = new();
    private readonly ProcessRunner _process;

    private Nginx(string root)
    {
        File.WriteAllText(_own["nginx.conf"], $$"""
            daemon off; master_process off; pid {{_own["pid"]}}; error_log stderr;
            events { }
            http {
              client_body_temp_path {{_own["1"]}}; proxy_temp_path {{_own["2"]}}; fastcgi_temp_path {{_own["3"]}};
              uwsgi_temp_path {{_own["4"]}}; scgi_temp_path {{_own["5"]}}; access_log off; default_type application/octet-stream;
              server { listen unix:{{_own["socket"]}}; root {{root}}; }
            }
            """);
        _process = ProcessRunner.Start("/usr/sbin/nginx", ["-c", _own["nginx.conf"]]);
        Client = new HttpClient(new SocketsHttpHandler { ConnectCallback = ConnectAsync }) { BaseAddress = new Uri("http://nginx/") };
    }

    public HttpClient Client { get; }

    public static async Task<Nginx> StartAsync(string root)
    {
        var nginx = new Nginx(root);
        await Eventually.IsTrueAsync(() => File.Exists(nginx._own["socket"]), "nginx listens");
        return nginx;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _process.DisposeAsync();
        _own.Dispose();
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(_own["socket"]), cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
