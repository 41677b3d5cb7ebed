using System.Net;
using Microsoft.Extensions.Logging;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api;

/// <summary>Every message that rd-api logs.</summary>
internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "serving {Root} at {Addresses}, digest cache {Cache}")]
    public static partial void Serving(this ILogger log, string root, string addresses, string cache);

    [LoggerMessage(Level = LogLevel.Information, Message = "stopping: responses in progress get {Seconds} s to finish; a second signal stops at once")]
    public static partial void Stopping(this ILogger log, double seconds);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Client} {Method} {Target} {Status} {Bytes} {Milliseconds} ms{Range}")]
    public static partial void Answered(
        this ILogger log, IPEndPoint? client, string method, string target, int status, string bytes, long milliseconds, string range);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} shrank while it was being sent; the connection was cut")]
    public static partial void FileShrank(this ILogger log, RequestPath path);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "this system does not allow openat2 (Linux 5.6; some containers forbid it): anybody who can write below the root could use a link to make rd-api serve files outside")]
    public static partial void WeakerJail(this ILogger log);

    [LoggerMessage(Level = LogLevel.Warning, Message = "this user may not read the names in {Root}: clients get files whose names they know, and no list")]
    public static partial void CannotList(this ILogger log, string root);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Target} cannot be read: {Reason}")]
    public static partial void CannotRead(this ILogger log, string target, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Cache} is corrupt ({Reason}): renamed to {Aside}, starting a new one")]
    public static partial void CacheSetAside(this ILogger log, string cache, string aside, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Reason}; going on in memory")]
    public static partial void CacheIsAway(this ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "the digest cache can be used again")]
    public static partial void CacheIsBack(this ILogger log);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Reason}; new digests are kept in memory meanwhile")]
    public static partial void CacheIsForReading(this ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "the digest cache takes new digests again")]
    public static partial void CacheTakesDigests(this ILogger log);

    [LoggerMessage(Level = LogLevel.Error, Message = "the digest cache failed because of an internal error; going on in memory")]
    public static partial void CacheBroke(this ILogger log, Exception error);

    [LoggerMessage(
        Level = LogLevel.Warning, Message = "the digests of {Files} files could not be stored in time and were dropped: they will be calculated again")]
    public static partial void DigestsNotKept(this ILogger log, int files);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Loop} ended because of an internal error and is being restarted")]
    public static partial void LoopEnded(this ILogger log, Exception error, string loop);

    [LoggerMessage(
        Level = LogLevel.Information, Message = "{Path} hashed: {Algorithm}, {Blocks} blocks, {Bytes} bytes, {Seconds:0.000} s, {Rate:0} MiB/s")]
    public static partial void FileHashed(
        this ILogger log, RequestPath path, string algorithm, int blocks, long bytes, double seconds, double rate);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Path} hashed as a whole: SHA-256, {Bytes} bytes, {Seconds:0.000} s, {Rate:0} MiB/s")]
    public static partial void WholeHashed(this ILogger log, RequestPath path, long bytes, double seconds, double rate);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} changed while it was being hashed")]
    public static partial void FileChanged(this ILogger log, RequestPath path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} cannot be hashed: {Reason}")]
    public static partial void FileFailed(this ILogger log, RequestPath path, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} cannot be hashed because of an internal error")]
    public static partial void HashingBroke(this ILogger log, Exception error, RequestPath path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the access log {File} cannot be written: {Reason}; its lines are lost until it can")]
    public static partial void AccessLogBroke(this ILogger log, string file, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} lines of the access log were dropped: they could not be written fast enough")]
    public static partial void AccessLogIsSlow(this ILogger log, long count);

    [LoggerMessage(Level = LogLevel.Information, Message = "redirecting {Addresses} to https")]
    public static partial void Redirecting(this ILogger log, string addresses);

    [LoggerMessage(Level = LogLevel.Information, Message = "the renewed certificate {File} is used from now on, until {End:yyyy-MM-dd HH:mm} UTC")]
    public static partial void CertificateRenewed(this ILogger log, string file, DateTime end);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the previous certificate stays in use: {Problem}")]
    public static partial void CertificateNotRenewed(this ILogger log, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the certificate {File} expired on {End:yyyy-MM-dd HH:mm} UTC: clients will refuse it; renew it, there is no need for a restart")]
    public static partial void CertificateExpired(this ILogger log, string file, DateTime end);

    [LoggerMessage(Level = LogLevel.Information, Message = "metrics at {Metrics}, status at {Status}")]
    public static partial void MetricsAt(this ILogger log, string metrics, string status);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Client} could not log in as {User}")]
    public static partial void LoginFailed(this ILogger log, IPAddress client, string user);

    [LoggerMessage(Level = LogLevel.Information, Message = "the changed files say from now on who may download")]
    public static partial void AccessChanged(this ILogger log);

    [LoggerMessage(Level = LogLevel.Warning, Message = "who may download stays as it was: {Problem}")]
    public static partial void AccessNotChanged(this ILogger log, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "reloaded: {Parts}; changed in the configuration: {Options}")]
    public static partial void Reloaded(this ILogger log, string parts, string options);

    [LoggerMessage(Level = LogLevel.Warning, Message = "a restart is needed for the change of {Options}")]
    public static partial void NeedsRestart(this ILogger log, string options);

    [LoggerMessage(Level = LogLevel.Warning, Message = "nothing was reloaded, and all stays as it was: {Problem}")]
    public static partial void NotReloaded(this ILogger log, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "passwords and tokens cross the network in clear text: add --tls-cert and --tls-key, unless a proxy encrypts")]
    public static partial void SecretsInClearText(this ILogger log);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} is hashed alone because of an internal error")]
    public static partial void FleetBroke(this ILogger log, Exception error, RequestPath path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis does not let rd-api share the hashing ({Reason}): each hashes alone; that takes Redis 6.2 and the right to use streams and scripts")]
    public static partial void FleetRefused(this ILogger log, string reason);
}
