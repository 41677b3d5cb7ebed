using System.Net;
using Microsoft.Extensions.Logging;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api;

/// <summary>Every message that rd-api logs.</summary>
internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "serving {Root} at {Addresses}, digests are kept in {Cache}")]
    public static partial void Serving(this ILogger log, string root, string addresses, string cache);

    [LoggerMessage(Level = LogLevel.Information, Message = "stopping: responses under way have {Seconds} s, a second signal ends them at once")]
    public static partial void Stopping(this ILogger log, double seconds);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Client} {Method} {Target} {Status} {Bytes} bytes {Milliseconds} ms{Range}")]
    public static partial void Answered(
        this ILogger log, IPEndPoint? client, string method, string target, int status, string bytes, long milliseconds, string range);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} shrank while it was sent; the connection was cut")]
    public static partial void FileShrank(this ILogger log, RequestPath path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Target} cannot be read: {Reason}")]
    public static partial void CannotRead(this ILogger log, string target, string reason);
}
