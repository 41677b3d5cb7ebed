using ReliableDownload.Client;
using ReliableDownload.Protocol;

namespace ReliableDownload.Rd;

/// <summary>An argument that is not a file to be downloaded, but a Metalink that says which files are.</summary>
internal static class MetalinkArgument
{
    private static readonly string[] Extensions = [".meta4", ".metalink"];

    /// <summary>The Metalink that is meant: a path on disk, or a URL whose name or query says that it is one. Null for anything else.</summary>
    public static Uri? Of(string text)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
            return Extensions.Contains(Path.GetExtension(url.AbsolutePath), StringComparer.OrdinalIgnoreCase) || IsMetalinkQuery(url.Query) ? url : null;
        return Extensions.Contains(Path.GetExtension(text), StringComparer.OrdinalIgnoreCase) && !text.Contains("://", StringComparison.Ordinal) ? FileUrl.OfPath(text) : null;
    }

    /// <summary>Reads it, and says which files it asks for; one that cannot be downloaded says why.</summary>
    public static async Task<IReadOnlyList<RequestedFile>> ExpandAsync(RequestedFile argument, RdOptions options, CancellationToken cancellationToken)
    {
        var read = argument.Location.IsFile ? await ReadFileAsync(argument.Location.LocalPath, cancellationToken) : await new Downloader(options.Download).ReadMetalinkAsync(argument.Location, cancellationToken);
        if (read.Metalink is not { } metalink)
            return [Failed(argument, read.Outcome, read.Message)];
        if (metalink.Files.Count > 1 && (argument.IsTargetChosen || argument.Checksum is not null))
            return [Failed(argument, DownloadOutcome.LocalFile, $"a name (--output, 'out=') and a checksum are for one file, and this Metalink has {metalink.Files.Count}")];
        var taken = new HashSet<string>(RequestedFiles.PathComparer);
        return [.. metalink.Files.Select(file => FileOf(argument, file, options, taken))];
    }

    // As rd-api gives it.
    private static bool IsMetalinkQuery(string query) => query.TrimStart('?').Split('&').Any(part => part.Split('=')[0] == "meta4");

    private static async Task<MetalinkResult> ReadFileAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = File.OpenRead(path);
            return new MetalinkResult { Outcome = DownloadOutcome.Complete, Metalink = await Metalink.ReadAsync(file, cancellationToken) };
        }
        catch (ProtocolException error)
        {
            return new MetalinkResult { Outcome = DownloadOutcome.Protocol, Message = error.Message };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new MetalinkResult { Outcome = DownloadOutcome.LocalFile, Message = error.Message };
        }
        catch (OperationCanceledException)
        {
            return new MetalinkResult { Outcome = DownloadOutcome.Canceled };
        }
    }

    private static RequestedFile FileOf(RequestedFile argument, MetalinkFile file, RdOptions options, HashSet<string> taken)
    {
        var problem = "";
        var target = argument.IsTargetChosen ? argument.Target : TargetName.Below(options.OutputDirectory, file.Name, out problem);
        if (target is null)
            return Failed(argument, DownloadOutcome.LocalFile, $"'{file.Name}' in this Metalink {problem}");
        if (!taken.Add(Path.GetFullPath(target)))
            return Failed(argument, DownloadOutcome.LocalFile, $"'{file.Name}' is in this Metalink twice");
        if (file.Urls is not [var first, ..])
            return Failed(argument, DownloadOutcome.Protocol, $"this Metalink names no place by http or https where '{file.Name}' is");
        return new RequestedFile(first, target) { Checksum = argument.Checksum, Description = file, Origin = argument.Location };
    }

    private static RequestedFile Failed(RequestedFile argument, DownloadOutcome outcome, string message) =>
        argument with { Failure = new DownloadResult { Outcome = outcome, Message = message, Target = argument.Target } };
}
