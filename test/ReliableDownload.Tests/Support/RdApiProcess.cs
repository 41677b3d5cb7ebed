using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using ReliableDownload.Api.Sending;

namespace ReliableDownload.Tests.Support;

/// <summary>A real rd-api that serves a folder on a free port, its digest cache in a folder of its own. Killed when disposed of.</summary>
internal sealed partial class RdApiProcess : IAsyncDisposable
{
    /// <summary>Has the server end itself where a call that may block runs on an event thread.</summary>
    public static readonly (string Name, string Value) CheckThreads = (EventThread.CheckVariable, "1");

    private readonly TempFolder _cache;

    private readonly Uri? _address;

    private RdApiProcess(ProcessRunner process, TempFolder cache, Uri? address)
    {
        Process = process;
        _cache = cache;
        _address = address;
        Client = new HttpClient { BaseAddress = address, Timeout = ProcessRunner.Limit };
    }

    public ProcessRunner Process { get; }

    /// <summary>The first address that clients can take; there is none if it listens at Unix sockets alone.</summary>
    public Uri BaseAddress => _address ?? throw new InvalidOperationException("this rd-api listens at Unix sockets alone");

    public HttpClient Client { get; }

    /// <param name="root">The folder to serve; null if the arguments name it.</param>
    /// <param name="arguments">More of them; they replace the ones that are given here otherwise.</param>
    public static Task<RdApiProcess> StartAsync(string? root, params string[] arguments) => StartAsync(null, [], root, arguments);

    /// <summary>One that lives under a limit which the shell sets first.</summary>
    /// <param name="limit">A shell command such as <c>ulimit -n 400</c>.</param>
    /// <param name="environment">What it finds beside the environment of the tests.</param>
    public static Task<RdApiProcess> StartLimitedAsync(
        string limit, string root, (string Name, string Value)[]? environment = null, params string[] arguments) =>
        StartAsync(limit, environment ?? [], root, arguments);

    /// <summary>A server with TLS by a certificate for 127.0.0.1, which <see cref="TrustingClient"/> takes as it is.</summary>
    /// <param name="files">Where the certificate's files go.</param>
    public static async Task<RdApiProcess> StartTlsAsync(TempFolder files, string root, params string[] arguments)
    {
        using var authority = new TestAuthority(files);
        var (certificate, key) = authority.Sign("127.0.0.1");
        return await StartAsync(root, ["--tls-cert", certificate, "--tls-key", key, .. arguments]);
    }

    /// <param name="saw">Is told each certificate's serial number.</param>
    /// <param name="connect">Makes the stream below TLS; null for an ordinary one.</param>
    /// <param name="certificate">What it shows of itself, PEM files; null for nothing.</param>
    public HttpClient TrustingClient(
        Action<string>? saw = null, Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>>? connect = null, (string File, string Key)? certificate = null)
    {
        var handler = new SocketsHttpHandler { ConnectCallback = connect, AllowAutoRedirect = false };
        if (certificate is var (file, key))
            handler.SslOptions.ClientCertificates = [X509Certificate2.CreateFromPemFile(file, key)];
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) =>
        {
            saw?.Invoke(shown!.GetSerialNumberString());
            return shown is not null;
        };
        return new HttpClient(handler) { BaseAddress = BaseAddress, Timeout = ProcessRunner.Limit };
    }

    /// <summary>Wrong usage: it does not start, but ends with 2 and one sentence.</summary>
    /// <param name="part">Of the sentence.</param>
    public static Task RefusesAsync(string part, params string[] arguments) => FailsAsync(2, part, arguments);

    /// <summary>It does not start, but ends with this code and one sentence.</summary>
    /// <param name="part">Of the sentence.</param>
    public static async Task FailsAsync(int exitCode, string part, params string[] arguments)
    {
        await using var program = ProcessRunner.Start("rd-api", arguments);
        await program.FailsAsync(exitCode, part);
    }

    /// <summary>Where a server listens whose log is <paramref name="log"/>; null where it does not say yet.</summary>
    public static Uri? FindAddress(string log) => Address().Match(log) is { Success: true } match ? new Uri(match.Value) : null;

    private static async Task<RdApiProcess> StartAsync(
        string? limit, (string Name, string Value)[] environment, string? root, string[] arguments)
    {
        var cache = new TempFolder();
        (string Name, string? Value)[] address = arguments.Contains("--listen") ? [] : [("--host", "127.0.0.1"), ("--port", "0")];
        (string Name, string? Value)[] defaults = [.. address, ("--web-root", root), ("--cache", cache["digests.db"])];
        var missing = defaults.Where(option => option.Value is not null && !arguments.Contains(option.Name));
        arguments = [.. missing.SelectMany(option => (string[])[option.Name, option.Value!]), .. arguments];
        var process = limit is null
            ? ProcessRunner.Start("rd-api", arguments, environment: [CheckThreads, .. environment])
            : ProcessRunner.Start(
                "/bin/sh",
                ["-c", $"{limit}; exec \"$0\" \"$@\"", ProcessRunner.PathOf("rd-api"), .. arguments],
                environment: [CheckThreads, .. environment]);
        var serving = "";
        await process.WhenReadyAsync(async () => serving = await process.Error.WaitForAsync("serving "), cache);
        return new RdApiProcess(process, cache, FindAddress(serving));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Process.DisposeAsync();
        _cache.Dispose();
    }

    [GeneratedRegex("https?://[^ ,]+/", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Address();
}
