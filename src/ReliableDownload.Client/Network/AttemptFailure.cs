using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.RegularExpressions;

namespace ReliableDownload.Client.Network;

/// <summary>Why one attempt to get something from the server failed, and whether another may succeed.</summary>
/// <param name="Outcome">What the download ends with when no further attempt is made.</param>
/// <param name="IsTemporary">Whether trying again makes sense.</param>
/// <param name="Message">For a person: what happened.</param>
/// <param name="RetryAfter">How long the server asked to wait (RFC 9110, 10.2.3).</param>
internal sealed partial record AttemptFailure(DownloadOutcome Outcome, bool IsTemporary, string Message, TimeSpan? RetryAfter = null)
{
    // Long enough for any sentence, and short enough for a terminal.
    private const int MaxMessageLength = 300;

    /// <summary>For a person: what happened. Parts of it come from the server: control characters are replaced, passwords of URLs left out, and it is never long.</summary>
    public string Message { get; private init; } = Printable(Message);

    /// <summary>Whether nothing came for so long that the attempt was given up.</summary>
    public bool IsSilence { get; private init; }

    /// <summary>Whether the server has too much to do (429, 503).</summary>
    public bool IsOverload { get; private init; }

    /// <summary>Whether the server is up and answers, but not rightly: waiting as long as for one that is away would help little.</summary>
    public bool IsWrongAnswer => Outcome is DownloadOutcome.Http or DownloadOutcome.Protocol && !IsOverload;

    /// <summary>The server has too much to do.</summary>
    public static AttemptFailure Overload(string message, TimeSpan retryAfter) => new(DownloadOutcome.Http, true, message, retryAfter) { IsOverload = true };

    /// <summary>What an HTTP status that is no success means.</summary>
    public static AttemptFailure Of(HttpResponseMessage response, DateTimeOffset now)
    {
        var status = response.StatusCode;
        var message = $"the server answered {(int)status} {response.ReasonPhrase}".TrimEnd();
        return status switch
        {
            HttpStatusCode.Unauthorized when response.RequestMessage?.Headers.Authorization is null =>
                new(DownloadOutcome.NotAllowed, false, $"{message}; it wants a user name and password (--user, --netrc) or a token (--bearer-file)"),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new(DownloadOutcome.NotAllowed, false, message),
            HttpStatusCode.ProxyAuthenticationRequired => new(DownloadOutcome.NotAllowed, false, "the proxy asks for another user name and password (407)"),
            HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or (HttpStatusCode)425 or >= HttpStatusCode.InternalServerError =>
                new(DownloadOutcome.Http, true, message, RetryAfterOf(response, now)) { IsOverload = status is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable },
            >= HttpStatusCode.BadRequest => new(DownloadOutcome.Http, false, message),
            _ => new(DownloadOutcome.Protocol, true, message),
        };
    }

    /// <summary>What an exception of the network means; null where it is none.</summary>
    public static AttemptFailure? Of(Exception error) => error switch
    {
        RedirectException => new(DownloadOutcome.Http, false, error.Message),
        // What the process is short of no further attempt will bring.
        _ when InnerOf<OutOfMemoryException>(error) is not null => null,
        _ when InnerOf<ConnectException>(error) is { } connect => Of(connect),
        _ when InnerOf<CertificateException>(error) is { } certificate => new(DownloadOutcome.Tls, false, certificate.Message),
        HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError, StatusCode: HttpStatusCode.Forbidden or HttpStatusCode.ProxyAuthenticationRequired } =>
            new(DownloadOutcome.NotAllowed, false, error.Message),
        HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } => OfTunnel(error),
        TimeoutException or { InnerException: TimeoutException } => Silent(),
        HttpRequestException { InnerException: AuthenticationException tls } => new(DownloadOutcome.Tls, false, $"TLS failed: {tls.InnerException?.Message ?? tls.Message}"),
        HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError } =>
            new(DownloadOutcome.Protocol, true, $"the answer is not HTTP: {error.Message}"),
        _ when SocketErrorOf(error) is SocketError.TimedOut or SocketError.WouldBlock or SocketError.TryAgain => Silent(),
        _ when SocketErrorOf(error) is { } code => Temporary(Describe(code)),
        ObjectDisposedException => Temporary("the connection was closed"),
        HttpRequestException or IOException => Temporary($"the connection broke: {error.Message}"),
        _ => null,
    };

    // A SOCKS proxy; its failures have no code of their own.
    private static AttemptFailure OfTunnel(Exception error) => error.InnerException is not { Message: var reason } ? Temporary(error.Message)
        : reason.Contains("auth", StringComparison.OrdinalIgnoreCase) ? new(DownloadOutcome.NotAllowed, false, "the proxy asks for another user name and password")
        : Temporary($"the proxy has no way to the server: {reason}");

    private static AttemptFailure Of(ConnectException failure)
    {
        var host = failure.Peer.Host.Contains(':') && !failure.Peer.Host.StartsWith('[') ? $"[{failure.Peer.Host}]" : failure.Peer.Host;
        var peer = $"{(failure.IsProxy ? "the proxy " : "")}{host}:{failure.Peer.Port}";
        return SocketErrorOf(failure) switch
        {
            SocketError.ConnectionRefused => Temporary($"{peer} refused the connection"),
            SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => Temporary($"the name of {peer} cannot be resolved"),
            // Also where the system itself has no such family.
            SocketError.AddressFamilyNotSupported => Temporary($"{peer} has no address of the family that may be used; leave out -4 or -6") with { IsTemporary = false },
            null or SocketError.TimedOut or SocketError.WouldBlock => Temporary($"{peer} does not answer") with { IsSilence = true },
            { } code => Temporary($"cannot connect to {peer}: {Describe(code)}"),
        };
    }

    private static AttemptFailure Silent() => Temporary("nothing came for too long") with { IsSilence = true };

    private static AttemptFailure Temporary(string message) => new(DownloadOutcome.Network, true, message);

    private static SocketError? SocketErrorOf(Exception error) => InnerOf<SocketException>(error)?.SocketErrorCode;

    private static T? InnerOf<T>(Exception? error)
        where T : Exception => error switch
        {
            null => null,
            T found => found,
            _ => InnerOf<T>(error.InnerException),
        };

    // The framework's message of a proxy that refuses has the proxy's URL as the environment has it, password included.
    [GeneratedRegex(@"//[^/\s']*@", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex UserInfo();

    /// <summary>A text with parts that come from elsewhere, as it may be shown.</summary>
    public static string Printable(string message)
    {
        message = UserInfo().Replace(message, "//");
        if (message.Length > MaxMessageLength)
            message = $"{message[..(MaxMessageLength - (char.IsHighSurrogate(message[MaxMessageLength - 1]) ? 1 : 0))]}…";
        return string.Create(message.Length, message, static (printable, message) =>
        {
            for (var i = 0; i < message.Length; i++)
                printable[i] = char.IsControl(message[i]) ? '\uFFFD' : message[i];
        });
    }

    private static string Describe(SocketError code) => code switch
    {
        SocketError.ConnectionReset => "the connection was reset",
        SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.NetworkDown or SocketError.HostDown => "the network is unreachable",
        _ => $"the connection failed: {new SocketException((int)code).Message}",
    };

    private static TimeSpan? RetryAfterOf(HttpResponseMessage response, DateTimeOffset now) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - now,
        _ => null,
    };
}
