using System.Buffers;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Access;
using ReliableDownload.Api.Files;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Trees;

/// <summary>
/// Sends a tree while it is read, and says that it is alive while a disk takes long. What reads does so on the thread pool, and waits while the client does
/// not take its lines. One for all requests.
/// </summary>
internal sealed class TreeStream(IWebRoot root, TreeNames names, TreeDigests digests, TimeProvider time, AccessControl? access)
{
    // Bytes: some 400 lines.
    private const int Part = 64 << 10;

    private const int RetryAfter = 2; // seconds

    // Half of what the protocol allows, so that a slightly late line does not look like a dead connection.
    private static readonly TimeSpan MaxSilence = Wire.MaxSilence / 2;

    /// <param name="context">The request.</param>
    /// <param name="path">The folder.</param>
    /// <param name="folder">The same, opened.</param>
    /// <param name="query">What of the tree is asked for.</param>
    /// <param name="output">Where the lines go.</param>
    public async Task WriteAsync(HttpContext context, RequestPath path, IServedFolder folder, TreeQuery query, TreeOutput output)
    {
        var part = new ArrayBufferWriter<byte>(Part);
        using var lines = new TreeLines(part, time.GetUtcNow());
        using var walk = new TreeWalk(root, names, query);
        var telling = new TreeTelling(walk, lines, query.HasDigests ? digests : null, access is null ? null : file => access.IsGranted(context, file), time);
        var isBegun = false;
        lines.Tree(path, digests.BlockSize);
        while (await output.TrySendAsync(part.WrittenMemory))
        {
            part.ResetWrittenCount();
            var reading = Task.Run(() =>
            {
                if (!isBegun)
                    walk.Begin(path, folder);
                isBegun = true;
                return telling.TryTellAsync(context.RequestAborted);
            });
            var goesOn = await IsMoreAsync(reading, lines, output);
            if (goesOn)
                continue;
            if (!reading.IsFaulted)
                lines.End(isWhole: query.After is null);
            await output.TrySendAsync(part.WrittenMemory);
            return;
        }
    }

    private async Task<bool> IsMoreAsync(Task<bool> reading, TreeLines lines, TreeOutput output)
    {
        try
        {
            while (!reading.IsCompleted)
            {
                await ((Task)reading).WaitAsync(MaxSilence, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (!reading.IsCompleted)
                    await output.TrySendAsync(Wait);
            }

            return await reading;
        }
        catch (Exception error) when (error is TreeFullException or IOException)
        {
            lines.Error(error.Message, error is TreeFullException ? RetryAfter : null);
            return false;
        }
        finally
        {
            // It cannot be interrupted, and what it uses is closed by the caller: also a client that is gone is waited for.
            await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static ReadOnlyMemory<byte> Wait { get; } = TreeLines.Wait.ToArray();
}
