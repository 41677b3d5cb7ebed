using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using ReliableDownload.Api.Access;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Tar;

/// <summary>Walks through a folder to find out how long its tar is. One for all requests.</summary>
internal sealed class TarPlanner(IWebRoot root, FolderWalk walk, TimeProvider time, AccessControl? access)
{
    // Two blocks of zeros end a tar.
    public const int EndLength = 2 * TarHeader.Block;

    /// <exception cref="FolderWalkException">There is more than a request may take.</exception>
    /// <exception cref="IOException">A folder cannot be read.</exception>
    public async Task<TarPlan> MakeAsync(HttpContext context, RequestPath folder)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var entries = new List<TarEntry>();
        var (length, isYoung, now) = ((long)EndLength, false, time.GetUtcNow());
        await foreach (var path in EntriesAsync(context, folder))
        {
            if (Describe(path) is not { } entry)
                continue;
            var header = TarHeader.Of(NameIn(folder, path), entry);
            hash.AppendData(header);
            hash.AppendData(BitConverter.GetBytes(entry.Identity.Modified));
            length += header.Length + TarHeader.Padded(entry.Size);
            isYoung |= entry.Identity.IsYoung(now);
            entries.Add(entry);
        }

        var tag = new EntityTagHeaderValue($"\"tar-{Convert.ToHexStringLower(hash.GetHashAndReset())[..32]}\"");
        return new TarPlan(length, tag, isYoung, [.. entries]);
    }

    /// <summary>What is below a folder that the visitor may have, always in the same order.</summary>
    public async IAsyncEnumerable<RequestPath> EntriesAsync(HttpContext context, RequestPath folder)
    {
        await foreach (var path in walk.EntriesAsync(folder, Limits.TarEntries, onSkipped: null, context.RequestAborted))
        {
            if (access?.IsGranted(context, path) != false)
                yield return path;
        }
    }

    /// <summary>What a path stands for in the tar; null if it is not in it, because it is gone or cannot be read.</summary>
    public TarEntry? Describe(RequestPath path) =>
        root.Describe(path) is { } entry && (entry.IsFolder || root.IdentifyReadable(path) is not null) ? TarEntry.Of(entry) : null;

    /// <summary>A name in the tar: below the folder's own, that of a folder with a slash.</summary>
    public static byte[] NameIn(RequestPath folder, RequestPath path)
    {
        var above = folder.Bytes.Span;
        var name = path.Bytes.Span[(above.LastIndexOf((byte)'/') + 1)..];
        return path.EndsWithSlash ? [.. name, (byte)'/'] : name.ToArray();
    }
}
