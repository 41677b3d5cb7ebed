using System.Runtime.ExceptionServices;
using ReliableDownload.Client.Blocks;
using ReliableDownload.Client.Disk;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Transfers;

/// <summary>
/// One version of a file on its way to disk: connections fetch what is missing, provers look at what was found, side by side, until
/// each block is proven or one of them ends it all. Used once.
/// </summary>
internal sealed class Transfer
{
    private readonly CancellationTokenSource _stop;
    private readonly BlockMap _map;
    private readonly PartFile _part;
    private readonly Journal _journal;
    private ExceptionDispatchInfo? _failure;
    private volatile bool _changed;

    /// <param name="stop">Ends everything; canceled from outside, or by the transfer itself.</param>
    public Transfer(BlockMap map, PartFile part, Journal journal, CancellationTokenSource stop)
    {
        _stop = stop;
        _map = map;
        _part = part;
        _journal = journal;
        _stop.Token.Register(map.Stop);
    }

    /// <summary>Ends when the transfer does, in whatever way.</summary>
    public CancellationToken Stopped => _stop.Token;

    /// <summary>Runs <paramref name="loops"/> on a thread each, and feeds them the digests of <paramref name="manifest"/>.</summary>
    /// <returns>Whether each block is proven and on disk; false when the file changed on the server.</returns>
    /// <exception cref="DownloadFailedException">The first failure that ended it.</exception>
    public async Task<bool> RunAsync(IAsyncEnumerator<StreamLine> manifest, IEnumerable<Action> loops)
    {
        var threads = loops.Select(Start).ToArray();
        try
        {
            await FollowAsync(manifest);
        }
        catch (Exception error)
        {
            Fail(error);
        }

        await Task.WhenAll(threads);
        _failure?.Throw();
        if (!_changed)
            _stop.Token.ThrowIfCancellationRequested();
        return !_changed;
    }

    /// <summary>Proves a whole block that arrived or was found; if it is right, writes it where <paramref name="isOnDisk"/> does not say that it is there.</summary>
    public bool TryComplete(int block, ReadOnlySpan<byte> data, bool isOnDisk)
    {
        if (!_map.Proves(block, data))
            return false;
        var offset = _map.Layout.Offset(block);
        try
        {
            if (!isOnDisk)
                _part.Write(offset, data);
            _journal.Add(new ByteRange(offset, data.Length));
        }
        catch (Exception error) when (DiskFailure.Is(error))
        {
            throw DiskFailure.Of(error, _part.Path);
        }

        _map.Complete(block);
        return true;
    }

    /// <summary>The server has another version: ends the transfer.</summary>
    public void Change()
    {
        _changed = true;
        _stop.Cancel();
    }

    /// <summary>Ends the transfer; the first failure is the one that counts, and what fails because it was stopped does not.</summary>
    private void Fail(Exception error)
    {
        if (_stop.IsCancellationRequested)
            return;
        Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(error), null);
        _stop.Cancel();
    }

    private async Task FollowAsync(IAsyncEnumerator<StreamLine> manifest)
    {
        while (await manifest.MoveNextAsync())
        {
            switch (manifest.Current)
            {
                case StreamLine.Blocks blocks:
                    if (!_map.AddDigests(blocks.First, blocks.Digests))
                        Change();
                    break;
                case StreamLine.Changed:
                    Change();
                    break;
                case StreamLine.End end:
                    if (_map.Root() is not { } root || !root.AsSpan().SequenceEqual(end.Root))
                        throw new ProtocolException("the server's digests do not add up to what it says of them");
                    break;
                default:
                    break;
            }
        }
    }

    private Task Start(Action loop)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                loop();
            }
            catch (Exception error)
            {
                Fail(error);
            }

            ended.SetResult();
        })
        { IsBackground = true }.Start();
        return ended.Task;
    }
}
