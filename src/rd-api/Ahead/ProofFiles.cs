using System.IO.Pipelines;
using System.Text;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Proof;

namespace ReliableDownload.Api.Ahead;

/// <summary>
/// Writes <c>FILE.meta4</c> and <c>SHA256SUMS</c> to a folder that is laid out like the web root, or is the web root: for a host that has no rd-api. Each
/// file is complete before it gets its name. What somebody else wrote under such a name is left alone.
/// </summary>
internal sealed class ProofFiles(string folder, IReadOnlyList<string> urls, IWebRoot root, AheadProgress progress)
{
    // Lists of 500,000 files; it is held in memory.
    private const int MaxList = 64 << 20;

    // Where MetalinkWriter says who wrote it.
    private const int MaxHead = 1024;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private ChecksumLines _lines = new();
    private RequestPath? _listed;

    /// <summary>Whether a file may be one that an earlier run wrote.</summary>
    public static bool IsOwn(RequestPath path) => path.Bytes.Span.EndsWith(".meta4"u8) || path.FolderOf("SHA256SUMS"u8) is not null;

    /// <summary>Writes the file's Metalink, and notes its line for the list of its folder. What cannot be written is a failure of this file alone.</summary>
    /// <param name="whole">Null if the digest of the whole file is not known.</param>
    public async Task WriteAsync(RequestPath path, FileDigests blocks, byte[]? whole, CancellationToken cancellationToken)
    {
        await TryAsync(path, async name =>
        {
            var metalink = $"{name}.meta4";
            if (File.Exists(metalink) && !IsOurs(metalink))
            {
                AheadProgress.Say(path, "its .meta4 is not one that rd-api wrote, and is left as it is");
                return;
            }

            await WriteAsync(metalink, async output =>
            {
                using var writer = new MetalinkWriter(output);
                await writer.FileAsync(MetalinkName.OfFile(path), blocks, whole, PublicUrl.Of(urls, path), cancellationToken);
                await writer.EndAsync(cancellationToken);
            });
        });
        if (whole is null)
            return;
        var bytes = path.Bytes;
        var slash = bytes.Span.LastIndexOf((byte)'/');
        var its = slash < 0 ? RequestPath.Root : new RequestPath(bytes[..slash], EndsWithSlash: true);
        if (_listed is { } listed && !listed.Bytes.Span.SequenceEqual(its.Bytes.Span))
            await EndAsync(cancellationToken);
        _listed = its;
        _lines.Add(bytes.Span[(slash + 1)..], whole);
    }

    /// <summary>Writes the list of the last folder.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        if (_listed is not { } listed)
            return;
        var (lines, path) = (_lines, listed.Child("SHA256SUMS"u8));
        (_lines, _listed) = (new ChecksumLines(), null);
        await TryAsync(path, async name =>
        {
            var old = new FileInfo(name) is { Exists: true, Length: var length } ? length > MaxList ? null : await File.ReadAllBytesAsync(name, cancellationToken) : [];
            // Only some of the folder's files may have been hashed this time.
            var list = old is null ? null : lines.MergedInto(old, its => root.Describe(listed.Child(its)) is not null);
            if (list is null)
                AheadProgress.Say(path, "is not a list of this folder's files as sha256sum writes it, and is left as it is");
            else if (!list.AsSpan().SequenceEqual(old))
                await WriteAsync(name, async output => await output.WriteAsync(list, cancellationToken));
        });
    }

    private async Task TryAsync(RequestPath path, Func<string, Task> write)
    {
        try
        {
            await write(Path.Combine(folder, Strict.GetString(path.Bytes.Span)));
        }
        catch (DecoderFallbackException)
        {
            progress.Fail(path, "has a name that cannot be written");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            progress.Fail(path, $"its {(path.FolderOf("SHA256SUMS"u8) is null ? "Metalink" : "list")} could not be written: {error.Message}");
        }
    }

    private static bool IsOurs(string metalink)
    {
        using var file = File.OpenRead(metalink);
        var head = new byte[MaxHead];
        return head.AsSpan(0, file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)).IndexOf("<generator>rd-api/"u8) >= 0;
    }

    private static async Task WriteAsync(string name, Func<PipeWriter, Task> write)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(name)!);
        var unfinished = $"{name}.unfinished";
        try
        {
            await using (var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write))
            {
                var output = PipeWriter.Create(file, new StreamPipeWriterOptions(leaveOpen: true));
                await write(output);
                await output.CompleteAsync();
                file.Flush(flushToDisk: true);
            }

            File.Move(unfinished, name, overwrite: true);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
    }
}
