using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using ReliableDownload.Api.Access;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Proof;

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
        var files = new List<FileIdentity>();
        var (length, modified, isYoung, now) = ((long)EndLength, 0L, false, time.GetUtcNow());
        await foreach (var path in FilesAsync(context, folder))
        {
            if (root.IdentifyReadable(path) is not { } identity)
                continue;
            var header = TarHeader.Of(NameIn(folder, path), identity);
            hash.AppendData(header);
            hash.AppendData(BitConverter.GetBytes(identity.Modified));
            length += header.Length + TarHeader.Padded(identity.Size);
            modified = Math.Max(modified, identity.Modified);
            isYoung |= identity.IsYoung(now);
            files.Add(identity);
        }

        var tag = new EntityTagHeaderValue($"\"tar-{Convert.ToHexStringLower(hash.GetHashAndReset())[..32]}\"");
        var seconds = DateTimeOffset.FromUnixTimeSeconds(modified / 1_000_000_000);
        return new TarPlan(length, tag, seconds, isYoung, [.. files]);
    }

    /// <summary>The files below a folder that the visitor may have, always in the same order.</summary>
    public async IAsyncEnumerable<RequestPath> FilesAsync(HttpContext context, RequestPath folder)
    {
        await foreach (var path in walk.FilesAsync(folder, Limits.TarFiles, context.RequestAborted))
        {
            if (access?.IsGranted(context, path) != false)
                yield return path;
        }
    }

    /// <summary>A file's name in the tar: below the folder's own name.</summary>
    public static byte[] NameIn(RequestPath folder, RequestPath file)
    {
        var path = folder.Bytes.Span;
        return file.Bytes.Span[(path.LastIndexOf((byte)'/') + 1)..].ToArray();
    }
}
