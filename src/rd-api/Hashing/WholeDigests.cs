using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Hashing;

/// <summary>The SHA-256 of whole files: known ones, and those that are calculated because a client asks. Thread-safe.</summary>
internal sealed class WholeDigests(DigestMemory memory, HashJobs jobs, Recalls recalls, RdApiOptions options)
{
    // How long somebody waits for a lookup, which may stand behind others.
    private static readonly TimeSpan RecallLimit = TimeSpan.FromSeconds(5);

    private static readonly byte[] Empty = SHA256.HashData([]);

    public DigestKey KeyOf(RequestPath path, FileIdentity identity) =>
        new DigestKey(DigestKey.NameOf(options.WebRoot, path), identity, DigestKey.WholeFile, DigestAlgorithm.Sha256);

    /// <summary>The digest if it is in memory; without blocking, and without an allocation where the system numbers its files.</summary>
    public byte[]? InMemory(RequestPath path, FileIdentity identity)
    {
        if (identity.Size == 0)
            return Empty;
        var key = identity.IsOfAnyName ? new DigestKey("", identity, DigestKey.WholeFile, DigestAlgorithm.Sha256) : KeyOf(path, identity);
        return memory.FindWhole(key);
    }

    /// <summary>Has a digest that is stored brought into memory, soon; without blocking.</summary>
    public void Recall(RequestPath path, FileIdentity identity)
    {
        if (InMemory(path, identity) is null)
            recalls.TryAdd(KeyOf(path, identity));
    }

    /// <summary>The digest if it is in memory or stored; null if it would have to be calculated, or the store does not answer.</summary>
    public async Task<byte[]?> FindAsync(RequestPath path, FileIdentity identity, CancellationToken cancellationToken)
    {
        await LookUpAsync(path, identity, cancellationToken);
        return InMemory(path, identity);
    }

    /// <summary>Has a digest that is stored brought into memory.</summary>
    /// <returns>False if the store does not answer: then it may have one.</returns>
    public async Task<bool> LookUpAsync(RequestPath path, FileIdentity identity, CancellationToken cancellationToken)
    {
        if (InMemory(path, identity) is not null)
            return true;
        var lookup = recalls.AddAsync(KeyOf(path, identity));
        await ((Task)lookup).WaitAsync(RecallLimit, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return lookup is { IsCompletedSuccessfully: true, Result: true };
    }

    /// <summary>Has the digest calculated, and reads it; null if too much is being calculated already.</summary>
    public DigestReader? AskToRead(HttpContext context, RequestPath path, FileIdentity identity) => jobs.AskToRead(Request(context, path, identity), 0);

    /// <summary>Has the digest calculated in the background.</summary>
    public FileDigests? Ask(HttpContext context, RequestPath path, FileIdentity identity) => jobs.Ask(Request(context, path, identity));

    private DigestRequest Request(HttpContext context, RequestPath path, FileIdentity identity) =>
        new(KeyOf(path, identity), path, DigestRequest.ClientOf(context.Connection.RemoteIpAddress ?? IPAddress.None), DigestRequest.IsDistrustfulOf(context.Request));
}
