using System.Net;
using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Redis;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Fleet;

/// <summary>Does what others say of a file, if the same content is here by the same name.</summary>
internal sealed class ToldFiles(HashJobs jobs, IWebRoot root, RdApiOptions options)
{
    /// <summary>May block, because it looks for the file.</summary>
    public void Do(FleetMessage.OfFile message)
    {
        try
        {
            if (!IsPath(message.Path.Span) || message.BlockSize is not (DigestKey.WholeFile or (>= BlockLayout.MinBlockSize and <= BlockLayout.MaxServedBlockSize)))
                return;
            var path = new RequestPath(message.Path);
            if ((path.IsHidden && !options.ShowHidden) || root.Identify(path) is not { } identity)
                return;
            var key = new DigestKey(DigestKey.NameOf(options.WebRoot, path), identity, message.BlockSize, message.Algorithm);
            if (!RedisKeys.HashOf(key).AsSpan().SequenceEqual(message.Hash))
                return;
            if (message is FleetMessage.Renewal)
                jobs.Doubt(key);
            else if (!key.IsWhole)
                jobs.Ask(new DigestRequest(key, path, IPAddress.None, IsHelp: true));
        }
        catch (IOException)
        {
            // It cannot be read here now.
        }
    }

    private static bool IsPath(ReadOnlySpan<byte> path)
    {
        foreach (var segment in path.Split((byte)'/'))
        {
            if (!RequestPath.IsName(path[segment]))
                return false;
        }

        return true;
    }
}
