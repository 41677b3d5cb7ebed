using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace ReliableDownload.Tests.Support;

/// <summary>Somebody else's web server, real and from Debian, that listens at a socket of its own. Killed when disposed of.</summary>
internal sealed partial class WebServer : IAsyncDisposable
{
    private readonly TempFolder _own = new();
    private ProcessRunner _process = null!;

    private WebServer() => EndPoint = new UnixDomainSocketEndPoint(_own["socket"]);

    public System.Net.EndPoint EndPoint { get; private set; }

    /// <param name="server">What stands within <c>server { }</c> beside where it listens.</param>
    /// <param name="http">What stands beside that within <c>http { }</c>.</param>
    /// <param name="listen">What stands behind where it listens.</param>
    public static Task<WebServer> NginxAsync(string server, string http = "", string listen = "") => StartAsync(own => ($$"""
        daemon off; master_process off; pid {{own["pid"]}}; error_log stderr;
        events { }
        http {
          client_body_temp_path {{own["1"]}}; proxy_temp_path {{own["2"]}}; fastcgi_temp_path {{own["3"]}};
          uwsgi_temp_path {{own["4"]}}; scgi_temp_path {{own["5"]}}; access_log off; default_type application/octet-stream; {{http}}
          server { listen unix:{{own["socket"]}} {{listen}}; {{server}} }
        }
        """, ["/usr/sbin/nginx", "-c", own["conf"]]));

    /// <param name="configuration">In its own language (VCL).</param>
    public static Task<WebServer> VarnishAsync(string configuration) => StartAsync(own => (
        configuration, ["/usr/sbin/varnishd", "-F", "-n", own["work"], "-a", own["socket"], "-f", own["conf"], "-s", "malloc,64m", "-j", "none"]));

    public static Task<WebServer> LighttpdAsync(string root) => StartAsync(own => ($"""
        server.document-root = "{root}"
        server.bind = "{own["socket"]}"
        mimetype.assign = ( "" => "application/octet-stream" )
        """, ["/usr/sbin/lighttpd", "-D", "-f", own["conf"]]));

    public static Task<WebServer> CaddyAsync(string root, string options = "") => StartAsync(own => (
        $"{{\n admin off\n auto_https off\n storage file_system {own["store"]}\n}}\nhttp:// {{\n bind unix/{own["socket"]}\n root * {root}\n file_server {options}\n}}\n",
        ["caddy", "run", "--adapter", "caddyfile", "--config", own["conf"]]));

    /// <summary>Python's, which sends no parts of files and speaks HTTP/1.0.</summary>
    public static async Task<WebServer> PythonAsync(string root)
    {
        var server = new WebServer();
        server._process = ProcessRunner.Start("/usr/bin/env", ["python3", "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", root]);
        var serving = "";
        await server._process.WhenReadyAsync(async () => serving = await server._process.Output.WaitForAsync("Serving HTTP"), server._own);
        server.EndPoint = new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, int.Parse(Port().Match(serving).Groups["port"].Value));
        return server;
    }

    /// <summary>A client that connects to it, whatever the URL.</summary>
    public HttpClient Client() => UnixClient.At(EndPoint.ToString()!);

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _own.Dispose();
    }

    private static async Task<WebServer> StartAsync(Func<TempFolder, (string Configuration, string[] Command)> describe)
    {
        var server = new WebServer();
        var (configuration, command) = describe(server._own);
        await File.WriteAllTextAsync(server._own["conf"], configuration);
        server._process = ProcessRunner.Start("/usr/bin/env", command, server._own.Path, ("HOME", server._own.Path));
        await server._process.WhenReadyAsync(() => Eventually.IsTrueAsync(server.AnswersAsync, $"{command[0]} listens"), server._own);
        return server;
    }

    private async Task<bool> AnswersAsync()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(EndPoint);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"port (?<port>\d+)", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Port();
}
