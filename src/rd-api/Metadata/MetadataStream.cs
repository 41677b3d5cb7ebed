using System.IO.Pipelines;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Metadata;

/// <summary>
/// The stream form: each digest once, in order, as soon as it is known (docs/protocol.md). One for all requests; a client that is slow to
/// read its lines delays nobody else.
/// </summary>
internal sealed class MetadataStream(IWebRoot root, TimeProvider time)
{
    public async Task WriteAsync(PipeWriter output, DigestReader reader, RequestPath path, FileVersion version, CancellationToken cancellationToken)
    {
        using var lines = new StreamLineWriter(output);
        lines.File(Describe(reader.Digests, path, version));
        await output.FlushAsync(cancellationToken);
        await WriteBlocksAsync(output, lines, reader, path, cancellationToken);
        WriteLast(lines, reader.Digests, path);
        await output.FlushAsync(cancellationToken);
    }

    private async Task WriteBlocksAsync(
        PipeWriter output, StreamLineWriter lines, DigestReader reader, RequestPath path, CancellationToken cancellationToken)
    {
        var digests = reader.Digests;
        var digestSize = digests.Key.Algorithm.Size;
        var buffer = new byte[Wire.MaxDigestsPerLine * digestSize];
        var pace = new StreamPace(time);
        while (true)
        {
            // In this order: later changes complete the pulse, and digests read after the end are complete.
            var (news, state) = (digests.News, digests.State);
            if (state is DigestsState.Changed or DigestsState.Failed or DigestsState.Dropped)
                return;
            var first = reader.Position;
            var count = reader.Read(buffer);
            if (count > 0)
                lines.Blocks(first, buffer.AsSpan(0, count * digestSize), digestSize);
            else if (state == DigestsState.Complete)
                return;
            else if (await pace.WaitAsync(news, cancellationToken))
                continue;
            else if (IsChanged(digests, path))
                return;
            else
                lines.Wait(digests.KnownCount);

            await output.FlushAsync(cancellationToken);
            pace.Spoke();
        }
    }

    private void WriteLast(StreamLineWriter lines, FileDigests digests, RequestPath path)
    {
        if (digests.State == DigestsState.Failed)
            lines.Error(digests.Failure);
        else if (root.Identify(path) is not { } now)
            lines.Error(FileDigests.Removed);
        else if (digests.State == DigestsState.Complete && now == digests.Key.Identity)
            lines.End(digests.Read(static table => table.Root()));
        else
            lines.Changed();
    }

    private bool IsChanged(FileDigests digests, RequestPath path) => root.Identify(path) != digests.Key.Identity;

    private static StreamLine.File Describe(FileDigests digests, RequestPath path, FileVersion version)
    {
        var key = digests.Key;
        var modified = DateTimeOffset.UnixEpoch.AddTicks(key.Identity.Modified / TimeSpan.NanosecondsPerTick);
        return new StreamLine.File(path.Text, digests.Layout, key.Algorithm, version, modified);
    }
}
