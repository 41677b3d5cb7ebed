using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Proof;

namespace ReliableDownload.Api.Ahead;

/// <summary>
/// Writes <c>FILE.meta4</c> and <c>SHA256SUMS</c> to a folder that is laid out like the web root, or is the web root: for a host that has no rd-api. Each
/// file is complete before it gets its name. Files must come folder by folder.
/// </summary>
internal sealed class ProofFiles(string folder, IReadOnlyList<string> urls)
{
    private const string ListName = "SHA256SUMS";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ArrayBufferWriter<byte> _list = new();
    private string? _listed;

    /// <summary>Whether a file may be one that an earlier run wrote.</summary>
    public static bool IsOwn(RequestPath path) => path.Bytes.Span.EndsWith(".meta4"u8) || path.FolderOf("SHA256SUMS"u8) is not null;

    /// <param name="whole">Null if the digest of the whole file is not known.</param>
    /// <returns>False if the file's name cannot be expressed as text.</returns>
    public async Task<bool> TryWriteAsync(RequestPath path, FileDigests blocks, byte[]? whole, CancellationToken cancellationToken)
    {
        if (NameOf(path) is not { } name)
            return false;
        await WriteAsync($"{name}.meta4", async output =>
        {
            using var writer = new MetalinkWriter(output);
            await writer.FileAsync(MetalinkName.OfFile(path), blocks, whole, PublicUrl.Of(urls, path), cancellationToken);
            await writer.EndAsync(cancellationToken);
        });
        if (whole is null)
            return true;
        var its = Path.GetDirectoryName(name)!;
        if (its != _listed)
            await EndAsync(cancellationToken);
        _listed = its;
        ChecksumLine.Write(_list, whole, path.Bytes.Span[(path.Bytes.Span.LastIndexOf((byte)'/') + 1)..]);
        return true;
    }

    /// <summary>Writes the list of the last folder.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        if (_listed is null)
            return;
        await WriteAsync(Path.Combine(_listed, ListName), async output => await output.WriteAsync(_list.WrittenMemory, cancellationToken));
        _list.ResetWrittenCount();
        _listed = null;
    }

    private static async Task WriteAsync(string name, Func<PipeWriter, Task> write)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(name)!);
        var unfinished = $"{name}.unfinished";
        await using (var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write))
        {
            var output = PipeWriter.Create(file, new StreamPipeWriterOptions(leaveOpen: true));
            await write(output);
            await output.CompleteAsync();
            file.Flush(flushToDisk: true);
        }

        File.Move(unfinished, name, overwrite: true);
    }

    private string? NameOf(RequestPath path)
    {
        try
        {
            return Path.Combine(folder, Strict.GetString(path.Bytes.Span));
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
